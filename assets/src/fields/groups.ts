// The fields of one object, in the groups of a block's layout; fields of no group stand first.

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Block, Field, JsonObject } from "../core/model";
import type { Editing } from "../core/editing";

export function fieldList(fields: Field[], holder: JsonObject, editing: Editing): TemplateResult {
  return html`${repeat(
    fields,
    (field) => field.name,
    (field) => html`<vt-field .field=${field} .place=${{ holder, key: field.name }} .editing=${editing} .bare=${false}></vt-field>`,
  )}`;
}

export function structFields(block: Block, holder: JsonObject, editing: Editing): TemplateResult {
  const grouped = new Set(block.layout.flatMap((group) => group.fields));
  const byName = (name: string) => block.fields.find((field) => field.name === name);
  const loose = block.fields.filter((field) => !grouped.has(field.name));
  return html`${block.help ? html`<p class="help">${block.help}</p>` : nothing}${fieldList(loose, holder, editing)}
  ${block.layout.map((group) => {
    const fields = group.fields.map(byName).filter((field) => field !== undefined);
    return html`<details class="group" ?open=${!group.collapsed || fields.some((field) => hasProblem(field, holder, editing))}>
      <summary>${group.label}</summary>
      <div class="fields">${fieldList(fields, holder, editing)}</div>
    </details>`;
  })}`;
}

function hasProblem(field: Field, holder: JsonObject, editing: Editing): boolean {
  return editing.problems.of(holder, field.name, true).length > 0;
}
