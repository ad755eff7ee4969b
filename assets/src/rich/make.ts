// Makes one TipTap editor for a field.

import { Editor, Extension } from "@tiptap/core";
import type { Editing } from "../core/editing";
import { EmbedNode, type EmbedOptions } from "./embeds";
import { cleanPasted } from "./paste";
import { extensionsOf } from "./schema";
import type { Asks } from "./tools";

interface Wanted {
  host: HTMLElement;
  content: string;
  features: string[];
  editing: Editing;
  asks: Asks;
  change: EmbedOptions["change"];
  press: (event: KeyboardEvent) => boolean;
}

export function makeEditor({ host, content, features, editing, asks, change, press }: Wanted): Editor {
  const keys = Extension.create({
    name: "askKeys",
    addKeyboardShortcuts: () => ({
      "Mod-k": () => {
        if (features.includes("link")) asks.link();
        return features.includes("link");
      },
    }),
  });
  const extensions = extensionsOf(features).map((extension) => (extension.name === "embed" ? EmbedNode.configure({ editing, change }) : extension));
  return new Editor({
    element: host,
    content,
    extensions: [...extensions, keys],
    injectCSS: false,
    editorProps: {
      attributes: { class: "prose-text" },
      transformPastedHTML: cleanPasted,
      handleKeyDown: (_view, event) => press(event),
    },
  });
}
