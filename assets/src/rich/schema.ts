// What rich text may hold in the editor: the nodes and marks of a field's features, in Wagtail's stored form.

import { Extension, InputRule, Mark, Node, markInputRule, markPasteRule, mergeAttributes, nodeInputRule, textblockTypeInputRule, wrappingInputRule, type Extensions } from "@tiptap/core";
import { BulletList, ListItem, ListKeymap, OrderedList } from "@tiptap/extension-list";
import { Dropcursor, Gapcursor, UndoRedo } from "@tiptap/extensions";
import { EmbedNode } from "./embeds";
import { LinkMark } from "./link_mark";

const Doc = Node.create({ name: "doc", topNode: true, content: "block+" });
const Text = Node.create({ name: "text", group: "inline" });

const Paragraph = Node.create({
  name: "paragraph",
  priority: 1000,
  group: "block",
  content: "inline*",
  parseHTML: () => [{ tag: "p" }],
  renderHTML: ({ HTMLAttributes }) => ["p", HTMLAttributes, 0],
});

const HardBreak = Node.create({
  name: "hardBreak",
  group: "inline",
  inline: true,
  selectable: false,
  parseHTML: () => [{ tag: "br" }],
  renderHTML: () => ["br"],
  renderText: () => "\n",
  addKeyboardShortcuts() {
    return { "Shift-Enter": () => this.editor.commands.insertContent({ type: this.name }) };
  },
});

const Rule = Node.create({
  name: "horizontalRule",
  group: "block",
  parseHTML: () => [{ tag: "hr" }],
  renderHTML: () => ["hr"],
  addInputRules() {
    return [nodeInputRule({ find: /^(?:---|—-)\s$/, type: this.type })];
  },
});

function headings(levels: number[]): Node {
  return Node.create({
    name: "heading",
    group: "block",
    content: "inline*",
    defining: true,
    addAttributes: () => ({ level: { default: levels[0], rendered: false } }),
    parseHTML: () => levels.map((level) => ({ tag: `h${level}`, attrs: { level } })),
    renderHTML: ({ node, HTMLAttributes }) => [`h${node.attrs.level as number}`, HTMLAttributes, 0],
    addInputRules() {
      return levels.map((level) => textblockTypeInputRule({ find: new RegExp(`^(#{${level}})\\s$`), type: this.type, getAttributes: { level } }));
    },
    addKeyboardShortcuts() {
      return Object.fromEntries(levels.map((level) => [`Mod-Alt-${level}`, () => this.editor.commands.toggleNode(this.name, "paragraph", { level })]));
    },
  });
}

const Blockquote = Node.create({
  name: "blockquote",
  group: "block",
  content: "block+",
  defining: true,
  addAttributes: () => ({ bare: bareOf }),
  parseHTML: () => [{ tag: "blockquote" }],
  renderHTML: ({ HTMLAttributes }) => ["blockquote", HTMLAttributes, 0],
  addInputRules() {
    return [wrappingInputRule({ find: /^\s*>\s$/, type: this.type })];
  },
});

/** Whether the stored form has its text without a paragraph, as Wagtail writes it. */
const bareOf = { default: true, rendered: false, parseHTML: (element: HTMLElement) => element.querySelector(":scope > p") === null };

const Item = ListItem.extend({
  addAttributes() {
    return { ...this.parent?.(), bare: bareOf };
  },
});

interface MarkSpec {
  name: string;
  tag: string;
  others?: string[];
  keys: string;
  typed?: RegExp;
}

function mark({ name, tag, others = [], keys, typed }: MarkSpec): Mark {
  return Mark.create({
    name,
    addAttributes: () => ({ tag: { default: tag, rendered: false, parseHTML: (element) => [tag, ...others].find((known) => known === element.localName) ?? tag } }),
    parseHTML: () => [tag, ...others].map((known) => ({ tag: known })),
    renderHTML: ({ HTMLAttributes, mark: { attrs } }) => [attrs.tag as string, mergeAttributes(HTMLAttributes), 0],
    addKeyboardShortcuts() {
      return { [keys]: () => this.editor.commands.toggleMark(this.name) };
    },
    addInputRules() {
      return typed ? [markInputRule({ find: typed, type: this.type })] : [];
    },
    addPasteRules() {
      return typed && name === "code" ? [markPasteRule({ find: new RegExp(typed.source.replace("$", ""), "g"), type: this.type })] : [];
    },
  });
}

const MARKS: Record<string, MarkSpec> = {
  bold: { name: "bold", tag: "b", others: ["strong"], keys: "Mod-b", typed: /(?:^|\s)(\*\*(?!\s+\*\*)((?:[^*]+))\*\*(?!\s+\*\*))$/ },
  italic: { name: "italic", tag: "i", others: ["em"], keys: "Mod-i", typed: /(?:^|\s)(\*(?!\s+\*)((?:[^*]+))\*(?!\s+\*))$/ },
  code: { name: "code", tag: "code", keys: "Mod-j", typed: /(?:^|\s)(`([^`]+)`)$/ },
  strikethrough: { name: "strikethrough", tag: "s", others: ["del", "strike"], keys: "Mod-Shift-x", typed: /(?:^|\s)(~~(?!\s+~~)((?:[^~]+))~~(?!\s+~~))$/ },
  superscript: { name: "superscript", tag: "sup", keys: "Mod-." },
  subscript: { name: "subscript", tag: "sub", keys: "Mod-," },
};

/** Draftail's key of a block: Wagtail keeps comments at their place with it. New blocks have none. */
const Keys = Extension.create({
  name: "blockKeys",
  addGlobalAttributes: () => [
    {
      types: ["paragraph", "heading", "listItem", "blockquote"],
      attributes: {
        key: {
          default: null,
          keepOnSplit: false,
          parseHTML: (element: HTMLElement) => element.getAttribute("data-block-key"),
          renderHTML: ({ key }: Record<string, unknown>) => (key ? { "data-block-key": key } : {}),
        },
      },
    },
  ],
});

const Typography = Extension.create({
  name: "ellipsis",
  addInputRules: () => [new InputRule({ find: /\.\.\.$/, handler: ({ range, chain }) => void chain().insertContentAt(range, "…").run() })],
});

export function extensionsOf(features: string[]): Extensions {
  const has = (...names: string[]) => names.some((name) => features.includes(name));
  const levels = [1, 2, 3, 4, 5, 6].filter((level) => has(`h${level}`));
  const chosen: Extensions = [Doc, Text, Paragraph, HardBreak, Keys, Typography, UndoRedo, Dropcursor, Gapcursor];
  if (has("link", "document-link")) chosen.push(LinkMark);
  chosen.push(...Object.keys(MARKS).filter((name) => has(name)).map((name) => mark(MARKS[name]!)));
  if (levels.length > 0) chosen.push(headings(levels));
  if (has("hr")) chosen.push(Rule);
  if (has("blockquote")) chosen.push(Blockquote);
  if (has("ul")) chosen.push(BulletList);
  if (has("ol")) chosen.push(OrderedList);
  if (has("ul", "ol")) chosen.push(Item, ListKeymap);
  if (has("image", "embed")) chosen.push(EmbedNode);
  return chosen;
}
