// Links as they are stored: to a page or a document by id, or to an address.

import { Mark } from "@tiptap/core";

/** In the order in which the attributes were stored. */
export type LinkTarget = Record<string, string>;

const SCHEMES = /^(https?:|mailto:|tel:|#|\/|\?|[^:]*$)/i;

export function isSafeAddress(address: string): boolean {
  return SCHEMES.test(address.replace(/[\u0000-\u0020]/g, ""));
}

/** What a pasted or stored link leads to; null: nowhere that is allowed. */
export function targetOf(element: HTMLElement): LinkTarget | null {
  const target: LinkTarget = {};
  const kind = element.getAttribute("linktype");
  const kept = kind === "page" ? ["linktype", "id", "fragment"] : kind === "document" ? ["linktype", "id"] : ["href"];
  for (const { name, value } of element.attributes) {
    const plain = name === "data-id" ? "id" : name;
    if (kept.includes(plain)) target[plain] = value;
  }
  if (kind) return target.id ? target : null;
  return target.href !== undefined && isSafeAddress(target.href) ? target : null;
}

export const LinkMark = Mark.create({
  name: "link",
  priority: 1100,
  inclusive: false,
  exitable: true,
  addAttributes: () => ({ target: { default: {}, rendered: false } }),
  parseHTML: () => [{ tag: "a", getAttrs: (element) => {
    const target = targetOf(element);
    return target && { target };
  } }],
  renderHTML: ({ mark }) => {
    // An id in the page would be somebody else's.
    const { id, ...others } = mark.attrs.target as LinkTarget;
    return ["a", id ? { ...others, "data-id": id } : others, 0];
  },
});
