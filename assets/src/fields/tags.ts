// Tags: typed, with those that exist offered; Enter or a comma adds one, Backspace in an empty input takes the last.

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { ask } from "../core/http";
import { icon } from "../core/icons";
import type { Control } from "./control";
import { t } from "../texts";

const PAUSE_MS = 120;

class TagsElement extends LitElement {
  static override properties = { control: { attribute: false }, offered: { state: true }, at: { state: true } };
  declare control: Control;
  declare offered: string[];
  declare at: number;
  private typed = "";
  private timer = 0;

  constructor() {
    super();
    this.offered = [];
    this.at = -1;
  }

  override createRenderRoot(): this {
    return this;
  }

  private get tags(): string[] {
    return Array.isArray(this.control.value) ? this.control.value.map(String) : [];
  }

  private put(tags: string[]): void {
    this.control.set(tags);
    this.control.update();
  }

  private add(text: string): void {
    const known = new Set(this.tags.map((tag) => tag.toLowerCase()));
    const added = text.split(",").map((tag) => tag.trim()).filter((tag) => tag !== "" && !known.has(tag.toLowerCase()));
    this.typed = "";
    this.offered = [];
    this.at = -1;
    if (added.length > 0) this.put([...this.tags, ...added]);
    this.requestUpdate();
  }

  private type(event: Event): void {
    this.typed = (event.target as HTMLInputElement).value;
    if (this.typed.includes(",")) return this.add(this.typed);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.offer(), PAUSE_MS);
  }

  private async offer(): Promise<void> {
    const asked = this.typed.trim();
    if (asked === "") return void (this.offered = []);
    const answer = await ask<{ items?: string[] }>("/admin/choose/tags/", { q: asked });
    if (asked !== this.typed.trim()) return;
    const taken = this.tags;
    this.offered = (answer.body.items ?? []).filter((tag) => !taken.includes(tag));
    this.at = -1;
  }

  private press(event: KeyboardEvent): void {
    const { key } = event;
    if (key === "Enter") {
      event.preventDefault();
      this.add(this.offered[this.at] ?? this.typed);
    } else if (key === "Backspace" && this.typed === "") this.put(this.tags.slice(0, -1));
    else if (key === "Escape" && this.offered.length > 0) {
      event.stopPropagation();
      this.offered = [];
    } else if ((key === "ArrowDown" || key === "ArrowUp") && this.offered.length > 0) {
      event.preventDefault();
      this.at = (this.at + (key === "ArrowDown" ? 1 : -1) + this.offered.length) % this.offered.length;
    }
  }

  private leave(): void {
    // A click on what is offered comes first.
    setTimeout(() => this.add(this.typed), 150);
  }

  override render(): TemplateResult {
    const { id, labelId, describedBy, invalid } = this.control;
    return html`<div class="tag-box">
      ${this.tags.map(
        (tag) => html`<span class="tag"
          >${tag}<button type="button" class="plain" aria-label=${t.removeTag(tag)} @click=${() => this.put(this.tags.filter((other) => other !== tag))}>
            ${icon("close")}
          </button></span
        >`,
      )}
      <input
        id=${id}
        role="combobox"
        aria-labelledby=${labelId}
        aria-expanded=${this.offered.length > 0 ? "true" : "false"}
        aria-controls="${id}-offered"
        aria-activedescendant=${this.at >= 0 ? `${id}-${this.at}` : nothing}
        aria-invalid=${invalid ? "true" : nothing}
        aria-describedby=${describedBy ?? nothing}
        autocomplete="off"
        placeholder=${t.addTag}
        .value=${live(this.typed)}
        @input=${this.type}
        @keydown=${this.press}
        @blur=${this.leave}
      />
      <ul class="offered" id="${id}-offered" role="listbox" aria-label=${t.offeredTags} ?hidden=${this.offered.length === 0}>
        ${this.offered.map(
          (tag, at) => html`<li id="${id}-${at}" role="option" aria-selected=${at === this.at} @mousedown=${() => this.add(tag)}>${tag}</li>`,
        )}
      </ul>
    </div>`;
  }
}

customElements.define("vt-tags", TagsElement);
