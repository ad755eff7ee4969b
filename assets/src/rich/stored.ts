// The stored form of what the editor holds: Wagtail's database HTML.

import type { Mark, Node } from "@tiptap/pm/model";

const NAMED: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escapeText = (text: string) => text.replace(/[&<>]/g, (sign) => NAMED[sign]!);
const escapeValue = (text: string) => text.replace(/[&<>"]/g, (sign) => NAMED[sign]!);

function attributes(values: Record<string, string>): string {
  return Object.entries(values).map(([name, value]) => ` ${name}="${escapeValue(value)}"`).join("");
}

function keyOf(node: Node): string {
  return node.attrs.key ? attributes({ "data-block-key": String(node.attrs.key) }) : "";
}

const opening = (mark: Mark) => (mark.type.name === "link" ? `<a${attributes(mark.attrs.target as Record<string, string>)}>` : `<${mark.attrs.tag as string}>`);
const closing = (mark: Mark) => (mark.type.name === "link" ? "</a>" : `</${mark.attrs.tag as string}>`);

function inline(parent: Node): string {
  let html = "";
  let open: Mark[] = [];
  const closeTo = (depth: number) => {
    while (open.length > depth) html += closing(open.pop()!);
  };
  parent.forEach((node) => {
    const shared = open.findIndex((mark, at) => !node.marks[at]?.eq(mark));
    closeTo(shared === -1 ? open.length : shared);
    for (const mark of node.marks.slice(open.length)) {
      html += opening(mark);
      open = [...open, mark];
    }
    html += node.isText ? escapeText(node.text ?? "") : "<br/>";
  });
  closeTo(0);
  return html;
}

/** A list item or a quotation: Wagtail's form has its first text without a paragraph. */
function container(tag: string, node: Node): string {
  let html = "";
  node.forEach((child, _offset, at) => {
    const isBare = node.attrs.bare === true && child.type.name === "paragraph" && (at === 0 || node.childCount === 1);
    html += isBare ? inline(child) : block(child);
  });
  return `<${tag}${keyOf(node)}>${html}</${tag}>`;
}

function block(node: Node): string {
  switch (node.type.name) {
    case "paragraph":
      return `<p${keyOf(node)}>${inline(node)}</p>`;
    case "heading":
      return `<h${node.attrs.level as number}${keyOf(node)}>${inline(node)}</h${node.attrs.level as number}>`;
    case "bulletList":
      return `<ul>${blocks(node)}</ul>`;
    case "orderedList":
      return `<ol>${blocks(node)}</ol>`;
    case "listItem":
      return container("li", node);
    case "blockquote":
      return container("blockquote", node);
    case "horizontalRule":
      return "<hr/>";
    case "embed":
      return `<embed${attributes(node.attrs.stored as Record<string, string>)}/>`;
    default:
      return "";
  }
}

function blocks(node: Node): string {
  let html = "";
  node.forEach((child) => (html += block(child)));
  return html;
}

const isBlank = (node: Node | null) => node?.type.name === "paragraph" && node.childCount === 0;

/** Empty paragraphs at the end are where somebody stopped typing. */
export function toStored(doc: Node): string {
  let last = doc.childCount;
  while (last > 0 && isBlank(doc.child(last - 1))) last -= 1;
  let html = "";
  for (let at = 0; at < last; at += 1) html += block(doc.child(at));
  return html;
}
