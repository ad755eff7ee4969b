// Images and media in rich text: one block each, shown as a card with what can be done with it.

import { Node } from "@tiptap/core";
import type { Editing } from "../core/editing";
import { iconElement } from "../core/icons";
import { t } from "../texts";

/** In the order in which the attributes were stored. */
export type Stored = Record<string, string>;

export interface EmbedOptions {
  editing: Editing | null;
  /** Changes the embed that stands there. */
  change: (stored: Stored, put: (stored: Stored) => void) => void;
}

export function embedTitle(stored: Stored, editing: Editing | null): string {
  if (stored.embedtype === "image") return stored.alt || editing?.labels.images[stored.id ?? ""]?.title || t.unknownImage(Number(stored.id));
  return stored.url ?? "";
}

/** The card of an embed, without its tools. */
export function embedCard(stored: Stored, editing: Editing | null): HTMLElement {
  const card = document.createElement("figure");
  card.className = `rich-embed ${stored.embedtype === "image" ? (stored.format ?? "") : "media"}`;
  const thumb = stored.embedtype === "image" ? editing?.labels.images[stored.id ?? ""]?.thumb : undefined;
  if (thumb) {
    const image = document.createElement("img");
    image.src = thumb;
    image.alt = "";
    card.append(image);
  } else card.append(iconElement(stored.embedtype === "image" ? "image" : "media"));
  const words = document.createElement("figcaption");
  words.textContent = embedTitle(stored, editing);
  card.append(words);
  return card;
}

const KEPT = ["embedtype", "id", "alt", "format", "url"];

export const EmbedNode = Node.create<EmbedOptions>({
  name: "embed",
  group: "block",
  atom: true,
  draggable: true,
  selectable: true,
  addOptions: () => ({ editing: null, change: () => undefined }),
  addAttributes: () => ({ stored: { default: {}, rendered: false } }),
  parseHTML: () => [
    {
      tag: "embed[embedtype]",
      getAttrs: (element) => {
        const pairs = [...element.attributes].map(({ name, value }) => [name === "data-id" ? "id" : name, value] as const);
        return { stored: Object.fromEntries(pairs.filter(([name]) => KEPT.includes(name))) };
      },
    },
  ],
  renderHTML: ({ node }) => {
    const { id, ...others } = node.attrs.stored as Stored;
    return ["embed", id ? { ...others, "data-id": id } : others];
  },
  addNodeView() {
    const { editing, change } = this.options;
    return ({ node, editor, getPos }) => {
      let stored = node.attrs.stored as Stored;
      const dom = document.createElement("div");
      const draw = () => dom.replaceChildren(embedCard(stored, editing), tools());
      const put = (next: Stored) => {
        const at = getPos();
        if (at !== undefined) editor.chain().focus().command(({ tr }) => !!tr.setNodeMarkup(at, null, { stored: next })).run();
      };
      const drop = () => {
        const at = getPos();
        if (at !== undefined) editor.chain().focus().deleteRange({ from: at, to: at + 1 }).run();
      };
      const tools = () => {
        const box = document.createElement("span");
        box.className = "embed-tools";
        box.append(tool(t.change, () => change(stored, put)), tool(t.remove, drop));
        return box;
      };
      dom.contentEditable = "false";
      draw();
      return {
        dom,
        update: (next) => {
          if (next.type !== node.type) return false;
          stored = next.attrs.stored as Stored;
          draw();
          return true;
        },
        stopEvent: (event) => (event.target as Element).closest(".embed-tools") !== null,
        ignoreMutation: () => true,
      };
    };
  },
});

function tool(label: string, run: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", run);
  return button;
}
