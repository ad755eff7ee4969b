// A stream of blocks, or a list of items of one block: adding between, moving, duplicating, deleting with a way back,
// copying and pasting. It is drawn again when its own blocks come, go or move, never when one of them is typed in.

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Block, Entry, Json, JsonObject } from "../core/model";
import { icon } from "../core/icons";
import { copyOf, isEntry, newEntry } from "../core/values";
import { fitStream } from "../core/fits";
import { showToast } from "../core/toast";
import type { Control } from "../fields/control";
import type { BlockElement, Tools } from "./block";
import { dragBlock } from "./drag";
import { pickBlock } from "./picker";
import { copied, readCopied } from "./clipboard";
import { t } from "../texts";
import "./block";

class StreamElement extends LitElement {
  static override properties = { control: { attribute: false } };
  declare control: Control;
  private readonly tools: Tools = {
    move: (entry, by) => this.move(entry, by),
    duplicate: (entry) => this.insert(this.entries.indexOf(entry) + 1, [copyOf(entry)]),
    remove: (entry) => this.drop(entry),
    copy: (entry) => void copied([entry]),
    drag: (entry, event) => dragBlock(this, event, this.entries.indexOf(entry), (to) => this.place(entry, to)),
  };

  override createRenderRoot(): this {
    return this;
  }

  /** The list itself, changed in place. */
  private get entries(): Entry[] {
    const { holder, key } = this.control.place;
    const value = (holder as JsonObject)[key];
    if (Array.isArray(value)) return value as unknown as Entry[];
    const made: Json[] = [];
    (holder as JsonObject)[key] = made;
    return made as unknown as Entry[];
  }

  private get isList(): boolean {
    return this.control.field.kind === "list";
  }

  /** Items of Wagtail's older form are bare values; ids are made where there are none. */
  override willUpdate(): void {
    const { entries } = this;
    entries.forEach((entry, at) => {
      if (!isEntry(entry)) entries[at] = { type: "item", value: entry as Json, id: crypto.randomUUID() };
      else if (!entry.id) entry.id = crypto.randomUUID();
    });
  }

  private block(entry: Entry): Block | undefined {
    return this.control.editing.blocks[this.isList ? (this.control.field.block ?? "") : entry.type];
  }

  private changed(): void {
    this.control.editing.rearranged();
    this.requestUpdate();
  }

  private insert(at: number, entries: Entry[]): void {
    if (this.control.editing.isReadOnly) return;
    this.entries.splice(at, 0, ...entries);
    for (const entry of entries) this.control.editing.setOpen(entry, true);
    this.changed();
    void this.reach(entries[0], true);
  }

  private drop(entry: Entry): void {
    const at = this.entries.indexOf(entry);
    this.entries.splice(at, 1);
    this.changed();
    const next = this.entries[Math.min(at, this.entries.length - 1)];
    void (next ? this.reach(next, false) : this.updateComplete.then(() => this.querySelector<HTMLElement>(".add")?.focus()));
    const back = () => this.insert(Math.min(at, this.entries.length), [entry]);
    showToast(t.removed(this.block(entry)?.label ?? entry.type), { label: t.undo, run: back });
  }

  private move(entry: Entry, by: number): void {
    this.place(entry, this.entries.indexOf(entry) + by);
  }

  private place(entry: Entry, to: number): void {
    const { entries } = this;
    const from = entries.indexOf(entry);
    if (to < 0 || to >= entries.length || to === from || this.control.editing.isReadOnly) return;
    const focused = document.activeElement;
    entries.splice(from, 1);
    entries.splice(to, 0, entry);
    this.changed();
    void this.updateComplete.then(() => {
      if (focused instanceof HTMLElement && focused.isConnected && !(focused as HTMLButtonElement).disabled) focused.focus();
      else void this.reach(entry, false);
      this.element(entry)?.scrollIntoView({ block: "nearest" });
    });
    this.say(t.movedTo(to + 1, entries.length));
  }

  private say(text: string): void {
    const spoken = this.querySelector(":scope > .spoken");
    if (spoken) spoken.textContent = text;
  }

  private element(entry: Entry): BlockElement | undefined {
    const found = this.querySelectorAll<BlockElement>(":scope > .blocks > li > vt-block");
    return [...found].find((element) => element.entry === entry);
  }

  /** Moves the focus to a block: to its first control, or to its head. */
  private async reach(entry: Entry | undefined, inside: boolean): Promise<void> {
    if (!entry) return;
    await this.updateComplete;
    const element = this.element(entry);
    element?.near();
    await element?.updateComplete;
    await new Promise(requestAnimationFrame);
    const first = inside ? element?.form?.querySelector<HTMLElement>("input, textarea, select, [tabindex='0']:not(button), .choose, .add") : null;
    (first ?? element?.head)?.focus();
    element?.scrollIntoView({ block: "nearest" });
  }

  private add(at: number): void {
    const { editing, field } = this.control;
    const make = (type: string) => this.insert(at, [newEntry(this.isList ? "item" : type, editing.blocks[type], editing.blocks)]);
    if (this.isList) return make(field.block ?? "");
    const offered = (field.blocks ?? []).map((name) => editing.blocks[name]).filter((block) => block !== undefined);
    if (offered.length === 1) return make(offered[0]!.name);
    pickBlock({ blocks: offered, isFull: (name) => this.isFullOf(name), chosen: make, paste: () => void this.paste(at) });
  }

  private isFullOf(name: string): boolean {
    const max = this.control.field.counts?.[name]?.max;
    return max !== null && max !== undefined && this.entries.filter((entry) => entry.type === name).length >= max;
  }

  private get isFull(): boolean {
    const max = this.control.field.max_items;
    return max !== null && max !== undefined && this.entries.length >= max;
  }

  private async paste(at: number): Promise<void> {
    const { field, editing } = this.control;
    const blocks = fitStream(field, await readCopied(), editing.blocks);
    if (blocks.length === 0) return showToast(t.nothingToPaste);
    this.insert(at, blocks);
  }

  private foldAll(open: boolean): void {
    for (const element of this.querySelectorAll<BlockElement>(":scope > .blocks > li > vt-block")) element.toggle(open);
    this.requestUpdate();
  }

  override render(): TemplateResult {
    const { entries } = this;
    const { editing } = this.control;
    return html`${entries.length > 1 ? this.head(entries) : nothing}
      <ol class="blocks">
        ${repeat(
          entries,
          (entry) => entry,
          (entry, at) => html`<li>
            ${this.adder(at)}
            <vt-block .entry=${entry} .block=${this.block(entry)} .editing=${editing} .tools=${this.tools} .at=${at} .total=${entries.length}></vt-block>
          </li>`,
        )}
      </ol>
      <button type="button" class="add" ?disabled=${this.isFull} @click=${() => this.add(entries.length)}>
        ${icon("plus")} ${this.isFull ? t.full(entries.length) : this.isList ? t.addItem(editing.blocks[this.control.field.block ?? ""]?.label ?? "") : t.addBlock}
      </button>
      <p class="spoken hidden" role="status"></p>`;
  }

  private head(entries: Entry[]): TemplateResult {
    return html`<div class="stream-head">
      <span class="quiet">${this.isList ? t.itemCount(entries.length) : t.blockCount(entries.length)}</span>
      <button type="button" class="plain" @click=${() => this.foldAll(false)}>${t.collapseAll}</button>
      <button type="button" class="plain" @click=${() => this.foldAll(true)}>${t.expandAll}</button>
      ${this.isList ? nothing : html`<button type="button" class="plain" @click=${() => void copied(entries)}>${t.copyAll}</button>`}
    </div>`;
  }

  private adder(at: number): TemplateResult | typeof nothing {
    if (this.isFull) return nothing;
    return html`<button type="button" class="between" aria-label=${t.addBefore(at + 1)} title=${t.addHere} @click=${() => this.add(at)}></button>`;
  }
}

customElements.define("vt-stream", StreamElement);
