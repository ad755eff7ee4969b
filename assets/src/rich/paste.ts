// What is pasted from elsewhere: word processors' own markup goes; headings, lists, links and emphasis stay as far as the
// field's features allow, which the schema sees to.

const REMOVED = "style, script, meta, link, title, xml, template, iframe, object, svg";

export function cleanPasted(html: string): string {
  const pasted = new DOMParser().parseFromString(html, "text/html");
  pasted.querySelectorAll(REMOVED).forEach((element) => element.remove());
  for (const element of pasted.body.querySelectorAll("*")) {
    if (element.localName.includes(":")) element.replaceWith(...element.childNodes);
    // A paragraph in a list item is the item's text.
    else if (element.localName === "p" && element.parentElement?.localName === "li" && element.parentElement.children.length === 1) {
      element.replaceWith(...element.childNodes);
    } else if (element.localName === "div" && !element.querySelector("p, div, ul, ol, table, h1, h2, h3, h4, h5, h6, blockquote")) {
      const paragraph = pasted.createElement("p");
      paragraph.append(...element.childNodes);
      element.replaceWith(paragraph);
    }
  }
  // Keys of blocks are unique: a copy has none.
  pasted.querySelectorAll("[data-block-key]").forEach((element) => element.removeAttribute("data-block-key"));
  return pasted.body.innerHTML;
}
