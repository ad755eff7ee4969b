// The palette that `/` opens in an empty paragraph: what is typed behind it narrows the list, Enter takes.

import type { Editor } from "@tiptap/core";
import { html, nothing, type TemplateResult } from "lit";
import type { Asks, Tool } from "./tools";
import { t } from "../texts";

export class Palette {
  private tools: Tool[] = [];
  private at = 0;
  private dismissed = false;
  private place = { left: 0, top: 0 };

  constructor(private readonly update: () => void) {}

  /** After each change: is there a `/` with a word before the cursor? */
  look(editor: Editor, tools: Tool[]): void {
    const { $from, empty } = editor.state.selection;
    const before = $from.parent.isTextblock ? $from.parent.textBetween(0, $from.parentOffset, undefined, " ") : "";
    const word = empty && $from.parent.type.name === "paragraph" ? /^\/([\p{L} ]*)$/u.exec(before) : null;
    if (!word) {
      this.dismissed = false;
      this.tools = [];
      return;
    }
    if (this.dismissed) return;
    const search = (word[1] ?? "").toLowerCase();
    const found = tools.filter((tool) => tool.isBlock && `${tool.label} ${tool.name}`.toLowerCase().includes(search));
    if (found.length !== this.tools.length) this.at = 0;
    this.tools = found;
    const box = editor.view.dom.closest(".rich")?.getBoundingClientRect();
    const cursor = editor.view.coordsAtPos($from.pos);
    this.place = { left: cursor.left - (box?.left ?? 0), top: cursor.bottom - (box?.top ?? 0) };
  }

  close(): void {
    if (this.tools.length === 0) return;
    this.tools = [];
    this.dismissed = true;
    this.update();
  }

  /** True: the key was for the palette. */
  press(event: KeyboardEvent, editor: Editor, asks: Asks): boolean {
    if (this.tools.length === 0) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + this.tools.length) % this.tools.length;
      this.update();
      return true;
    }
    if (event.key === "Enter" || event.key === "Tab") {
      this.take(this.tools[this.at]!, editor, asks);
      return true;
    }
    if (event.key !== "Escape") return false;
    event.stopPropagation();
    this.close();
    return true;
  }

  private take(tool: Tool, editor: Editor, asks: Asks): void {
    const { $from } = editor.state.selection;
    this.tools = [];
    editor.chain().deleteRange({ from: $from.start(), to: $from.pos }).run();
    tool.run(editor, asks);
  }

  render(editor: Editor | null, asks: Asks): TemplateResult | typeof nothing {
    if (!editor || this.tools.length === 0) return nothing;
    const move = (element: Element | undefined) => {
      if (!(element instanceof HTMLElement)) return;
      element.style.insetInlineStart = `${this.place.left}px`;
      element.style.insetBlockStart = `${this.place.top}px`;
    };
    queueMicrotask(() => move(editor.view.dom.closest(".rich")?.querySelector(".palette") ?? undefined));
    return html`<ul class="palette" role="listbox" aria-label=${t.palette}>
      ${this.tools.map((tool, at) => {
        const take = (event: Event) => {
          event.preventDefault();
          this.take(tool, editor, asks);
        };
        return html`<li role="option" aria-selected=${at === this.at} @mousedown=${take}>${tool.sign} ${tool.label}</li>`;
      })}
    </ul>`;
  }
}
