// What is checked of a page's content, by the names that axe and Wagtail give the rules.

export const RULES = [
  "alt-text-quality",
  "button-name",
  "empty-heading",
  "empty-meta-description",
  "empty-table-header",
  "frame-title",
  "heading-order",
  "image-alt",
  "input-button-name",
  "link-name",
  "p-as-heading",
] as const;

/** The name of a file, or an address, is no description of what an image shows. */
const NO_DESCRIPTION = /\.(apng|avif|gif|jfif|jpe?g|pjp(eg)?|png|svg|tiff?|webp)$|https?:\/\/|www\.|_/i;

/** The rules that axe has not, in the shape of `axe.configure`. */
export const OWN_RULES = {
  checks: [
    { id: "says-what-it-shows", evaluate: (node: Element) => !NO_DESCRIPTION.test(node.getAttribute("alt") ?? "") },
    {
      id: "has-description",
      evaluate: (node: Element) => node.querySelector("meta[name=description]")?.getAttribute("content")?.trim() !== "" && node.querySelector("meta[name=description]") !== null,
    },
  ],
  rules: [
    { id: "alt-text-quality", selector: "img[alt]:not([alt=''])", any: ["says-what-it-shows"] },
    // The head of a document is never visible.
    { id: "empty-meta-description", selector: "head", any: ["has-description"], excludeHidden: false },
  ],
};
