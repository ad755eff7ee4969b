// The text as it looks, without an editor: what a field shows until somebody writes in it. Only known elements are made,
// without attributes, so that no stored text can do anything here.

import type { Editing } from "../core/editing";
import { embedCard, type Stored } from "./embeds";

const KNOWN = ["p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "i", "em", "ol", "ul", "li", "hr", "a", "code", "sup", "sub", "s", "blockquote"];

export function shownText(html: string, editing: Editing): DocumentFragment {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fragment = document.createDocumentFragment();
  copyInto(fragment, parsed.body, editing);
  return fragment;
}

function copyInto(target: Node, source: Node, editing: Editing): void {
  for (const node of source.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) target.appendChild(document.createTextNode(node.nodeValue ?? ""));
    else if (node instanceof Element) copyElement(target, node, editing);
  }
}

function copyElement(target: Node, element: Element, editing: Editing): void {
  if (element.localName === "embed") {
    const stored = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value])) as Stored;
    target.appendChild(embedCard(stored, editing));
    return;
  }
  if (!KNOWN.includes(element.localName)) return copyInto(target, element, editing);
  const copy = document.createElement(element.localName);
  copyInto(copy, element, editing);
  target.appendChild(copy);
}
