// A rich text field: the text as it looks, which becomes an editor when somebody goes to it. What is stored changes only
// when somebody changes it: an unchanged text keeps its bytes.

import type { Editor } from "@tiptap/core";
import type { Node } from "@tiptap/pm/model";
import { LitElement, html, type TemplateResult } from "lit";
import type { Control } from "../fields/control";
import { askForEmbed, askForImage, changeEmbed } from "./embed_dialogs";
import { askForDocument, askForLink } from "./link_dialog";
import { makeEditor } from "./make";
import { Palette } from "./palette";
import { shownText } from "./shown";
import { toStored } from "./stored";
import { toolbar } from "./toolbar";
import { toolsOf, type Asks, type Tool } from "./tools";

class RichTextElement extends LitElement {
  static override properties = { control: { attribute: false } };
  declare control: Control;
  private editor: Editor | null = null;
  /** What was stored, and the document it was read as. */
  private original = "";
  private originalDoc: Node | null = null;
  private shown: string | null = null;
  private readonly palette = new Palette(() => this.requestUpdate());

  override createRenderRoot(): this {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.editor?.destroy();
    this.editor = null;
    this.shown = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.requestUpdate();
  }

  private get value(): string {
    return typeof this.control.value === "string" ? this.control.value : "";
  }

  private get features(): string[] {
    return this.control.field.features ?? [];
  }

  private get host(): HTMLElement {
    return this.querySelector<HTMLElement>(":scope > .rich > .host")!;
  }

  private readonly asks: Asks = {
    link: () => this.editor && askForLink(this.editor, this.control.editing, this.features),
    document: () => this.editor && askForDocument(this.editor, this.control.editing),
    image: () => this.editor && askForImage(this.editor, this.control.editing),
    media: () => this.editor && askForEmbed(this.editor),
  };

  /** The content came from elsewhere: it is shown anew. */
  override updated(): void {
    if (this.shown === this.value) return this.name();
    this.editor?.destroy();
    this.editor = null;
    this.shown = this.value;
    const text = document.createElement("div");
    text.className = "prose-text";
    text.tabIndex = 0;
    text.append(shownText(this.value, this.control.editing));
    this.host.replaceChildren(text);
    this.name();
    if (this.control.editing.isReadOnly) return;
    text.addEventListener("focus", () => this.open());
    text.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      const { clientX: left, clientY: top } = event;
      const editor = this.open();
      const at = editor.view.posAtCoords({ left, top });
      editor.commands.focus(at ? at.pos : "end");
    });
  }

  private name(): void {
    const { id, labelId, describedBy, invalid, field, editing } = this.control;
    const box = this.host.firstElementChild;
    if (!box) return;
    const values: Record<string, string | null> = {
      id, role: "textbox", "aria-multiline": "true", "aria-labelledby": labelId, "aria-describedby": describedBy ?? null,
      "aria-invalid": invalid ? "true" : null, "aria-required": field.required ? "true" : null,
      "aria-readonly": editing.isReadOnly ? "true" : null,
    };
    for (const [name, value] of Object.entries(values)) value === null ? box.removeAttribute(name) : box.setAttribute(name, value);
  }

  /** The editor; made when it is not there yet. */
  private open(): Editor {
    if (this.editor) return this.editor;
    const { host } = this;
    host.replaceChildren();
    this.original = this.value;
    const editor = makeEditor({
      host,
      content: this.original,
      features: this.features,
      editing: this.control.editing,
      asks: this.asks,
      change: changeEmbed(),
      press: (event) => this.palette.press(event, editor, this.asks),
    });
    this.editor = editor;
    this.originalDoc = editor.state.doc;
    editor.on("update", () => this.take(editor));
    editor.on("transaction", () => {
      this.palette.look(editor, toolsOf(this.features));
      this.requestUpdate();
    });
    editor.on("blur", () => this.palette.close());
    this.name();
    editor.commands.focus();
    return editor;
  }

  private take(editor: Editor): void {
    const { doc } = editor.state;
    this.shown = this.originalDoc?.eq(doc) ? this.original : toStored(doc);
    this.control.set(this.shown);
  }

  private use(tool: Tool): void {
    tool.run(this.open(), this.asks);
  }

  override render(): TemplateResult {
    const { invalid, labelId } = this.control;
    return html`<div class="rich ${invalid ? "invalid" : ""}">
      ${toolbar({ tools: toolsOf(this.features), editor: this.editor, labelId, use: (tool) => this.use(tool), step: (name) => this.step(name) })}
      <div class="host"></div>
      ${this.palette.render(this.editor, this.asks)}
    </div>`;
  }

  private step(name: "undo" | "redo"): void {
    const chain = this.open().chain().focus() as unknown as Record<string, () => { run: () => boolean }>;
    chain[name]?.().run();
  }
}

customElements.define("vt-rich-text", RichTextElement);
