// What is pasted from elsewhere: word processors' own markup goes; headings, lists, links and emphasis stay as far as the
// field's features allow, which the schema sees to.

const REMOVED = "style, script, meta, link, title, xml, template, iframe, object, svg";

/** Styles are read under another name, and handlers of events not at all: the page's policy would complain of both. */
function withoutEffects(html: string): string {
  const tag = (text: string) => text.replace(/\s(style|on\w+)(\s*=)/gi, " data-$1$2");
  return html.replace(/<style\b[\s\S]*?<\/style\s*>/gi, "").replace(/<[a-z][^>]*>/gi, tag);
}

function readStyle(element: Element, pasted: Document): void {
  const style = element.getAttribute("data-style") ?? "";
  // Google Docs wraps all that is copied in <b style="font-weight: normal">.
  if (/font-weight:\s*(normal|[1-5]00)/i.test(style) && /^(b|strong)$/.test(element.localName)) element.replaceWith(...element.childNodes);
  else if (element.localName === "span") {
    if (/font-weight:\s*(bold|[6-9]00)/i.test(style)) wrapContent(element, pasted.createElement("b"));
    if (/font-style:\s*italic/i.test(style)) wrapContent(element, pasted.createElement("i"));
  }
}

function wrapContent(element: Element, wrapper: Element): void {
  wrapper.append(...element.childNodes);
  element.append(wrapper);
}

export function cleanPasted(html: string): string {
  const pasted = new DOMParser().parseFromString(withoutEffects(html), "text/html");
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
  pasted.querySelectorAll("[data-style]").forEach((element) => readStyle(element, pasted));
  // Keys of blocks are unique: a copy has none.
  pasted.querySelectorAll("[data-block-key]").forEach((element) => element.removeAttribute("data-block-key"));
  return pasted.body.innerHTML;
}
