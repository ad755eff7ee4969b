// Every English text about what the checks find, in the editor and on the site.

export const found = {
  nothing: "Nothing to improve was found.",
  show: "Show it on the page",
  rules: {
    "alt-text-quality": "The text for an image is a file name or an address: say what it shows.",
    "button-name": "A button has no name.",
    "empty-heading": "A heading is empty.",
    "empty-meta-description": "There is no description for search engines.",
    "empty-table-header": "A heading of a table is empty.",
    "frame-title": "An embedded frame has no title.",
    "heading-order": "Heading levels are skipped.",
    "image-alt": "An image has no text for people who cannot see it.",
    "input-button-name": "A button of a form has no name.",
    "link-name": "A link has no text.",
    "p-as-heading": "A paragraph looks like a heading: make it one.",
  } as Record<string, string>,
};
