// Changes a document into what new HTML says, touching only what differs, so that it keeps its place and does not flicker.

export function patchDocument(target: Document, html: string): void {
  const source = new DOMParser().parseFromString(html, "text/html");
  if (target.title !== source.title) target.title = source.title;
  patchMetas(target, source);
  patchAttributes(target.documentElement, source.documentElement);
  patchAttributes(target.body, source.body);
  patchChildren(target.body, source.body);
}

/** What the head says of the page: the rest of it, such as styles, is not written in the form. */
function patchMetas(target: Document, source: Document): void {
  const wanted = [...source.head.querySelectorAll("meta[name]")];
  const there = [...target.head.querySelectorAll("meta[name]")];
  if (wanted.length === there.length && wanted.every((meta, at) => meta.isEqualNode(there[at]!))) return;
  for (const meta of there) meta.remove();
  target.head.append(...wanted.map((meta) => target.importNode(meta, true)));
}

function patchAttributes(target: Element, source: Element): void {
  for (const { name } of [...target.attributes]) if (!source.hasAttribute(name)) target.removeAttribute(name);
  for (const { name, value } of source.attributes) {
    // A nonce is new with every answer and is hidden in the page.
    if (name !== "nonce" && target.getAttribute(name) !== value) target.setAttribute(name, value);
  }
}

function isAlike(one: Node, other: Node): boolean {
  return one.nodeName === other.nodeName && (!(one.nodeType === Node.ELEMENT_NODE) || (one as Element).id === (other as Element).id);
}

function patchChildren(target: Node, source: Node): void {
  const wanted = [...source.childNodes];
  const there = [...target.childNodes];
  // What is the same at both ends stays untouched: the change is between.
  let start = 0;
  while (start < wanted.length && start < there.length && there[start]!.isEqualNode(wanted[start]!)) start += 1;
  let end = 0;
  while (end < wanted.length - start && end < there.length - start && there[there.length - 1 - end]!.isEqualNode(wanted[wanted.length - 1 - end]!)) end += 1;
  const oldPart = there.slice(start, there.length - end);
  const newPart = wanted.slice(start, wanted.length - end);
  const after = there[there.length - end] ?? null;
  newPart.forEach((node, at) => {
    const old = oldPart[at];
    if (old && isAlike(old, node)) patchNode(old, node);
    else if (old) (old as ChildNode).replaceWith(adopt(target, node));
    else target.insertBefore(adopt(target, node), after);
  });
  for (const old of oldPart.slice(newPart.length)) old.remove();
}

function adopt(target: Node, node: Node): Node {
  return (target.ownerDocument ?? (target as Document)).importNode(node, true);
}

function patchNode(target: Node, source: Node): void {
  if (target.nodeType === Node.ELEMENT_NODE && source.nodeType === Node.ELEMENT_NODE) {
    patchAttributes(target as Element, source as Element);
    patchChildren(target, source);
  } else if (target.nodeValue !== source.nodeValue) target.nodeValue = source.nodeValue;
}
