// A struct field: the fields of its block, inset.

import { LitElement, html, type TemplateResult } from "lit";
import type { JsonObject } from "../core/model";
import { structValue } from "../core/values";
import type { Control } from "../fields/control";
import { structFields } from "../fields/groups";

class StructElement extends LitElement {
  static override properties = { control: { attribute: false } };
  declare control: Control;

  override createRenderRoot(): this {
    return this;
  }

  override render(): TemplateResult {
    const { editing, field, place } = this.control;
    const block = editing.blocks[field.block ?? ""];
    if (!block) return html``;
    const value = structValue(place.holder as JsonObject, String(place.key), block, editing.blocks);
    return html`<div class="struct fields">${structFields(block, value, editing)}</div>`;
  }
}

customElements.define("vt-struct", StructElement);
