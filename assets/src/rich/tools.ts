// What can be done to rich text: one list for the toolbar and for the palette that `/` opens.

import type { Editor } from "@tiptap/core";
import { html, type TemplateResult } from "lit";
import { icon } from "../core/icons";
import { t } from "../texts";

export interface Asks {
  link: () => void;
  document: () => void;
  image: () => void;
  media: () => void;
}

export interface Tool {
  name: string;
  label: string;
  keys?: string;
  sign: TemplateResult;
  /** Makes a block, so that the palette offers it. */
  isBlock: boolean;
  isToggle: boolean;
  run: (editor: Editor, asks: Asks) => void;
  isActive: (editor: Editor) => boolean;
}

const letter = (text: string, kind: string) => html`<span class="letter ${kind}" data-letter=${text}></span>`;

function markTool(name: string, label: string, sign: TemplateResult, keys: string): Tool {
  const run = (editor: Editor) => void editor.chain().focus().toggleMark(name).run();
  return { name, label, sign, keys, isBlock: false, isToggle: true, run, isActive: (editor) => editor.isActive(name) };
}

function headingTool(level: number): Tool {
  const run = (editor: Editor) => void editor.chain().focus().toggleNode("heading", "paragraph", { level }).run();
  const isActive = (editor: Editor) => editor.isActive("heading", { level });
  return { name: `h${level}`, label: t.headingLevel(level), sign: letter(`H${level}`, "small"), isBlock: true, isToggle: true, run, isActive };
}

function nodeTool(name: string, node: string, label: string, sign: string, run: (editor: Editor, asks: Asks) => void): Tool {
  const isToggle = ["ul", "ol", "blockquote"].includes(name);
  return { name, label, sign: icon(sign), isBlock: true, isToggle, run, isActive: (editor) => isToggle && editor.isActive(node) };
}

const TOOLS: Tool[] = [
  ...[1, 2, 3, 4, 5, 6].map(headingTool),
  markTool("bold", t.bold, letter("B", "bold"), "Mod+B"),
  markTool("italic", t.italic, letter("I", "italic"), "Mod+I"),
  { name: "link", label: t.link, keys: "Mod+K", sign: icon("link"), isBlock: false, isToggle: true, run: (_, asks) => asks.link(), isActive: (editor) => editor.isActive("link") },
  nodeTool("document-link", "link", t.documentLink, "page", (_, asks) => asks.document()),
  nodeTool("ul", "bulletList", t.bulletList, "list", (editor) => editor.chain().focus().toggleList("bulletList", "listItem").run()),
  nodeTool("ol", "orderedList", t.numberedList, "numbered", (editor) => editor.chain().focus().toggleList("orderedList", "listItem").run()),
  nodeTool("blockquote", "blockquote", t.quotation, "openquote", (editor) => editor.chain().focus().toggleWrap("blockquote").run()),
  nodeTool("hr", "horizontalRule", t.rule, "rule", (editor) => editor.chain().focus().insertContent({ type: "horizontalRule" }).run()),
  nodeTool("image", "embed", t.image, "image", (_, asks) => asks.image()),
  nodeTool("embed", "embed", t.media, "media", (_, asks) => asks.media()),
  markTool("code", t.code, icon("code"), "Mod+J"),
  markTool("strikethrough", t.strikethrough, letter("S", "strike"), "Mod+Shift+X"),
  markTool("superscript", t.superscript, letter("x²", "small"), "Mod+."),
  markTool("subscript", t.subscript, letter("x₂", "small"), "Mod+,"),
];

export function toolsOf(features: string[]): Tool[] {
  return TOOLS.filter((tool) => features.includes(tool.name));
}
