// Controls of numbers. What is no number yet stays as it was typed: the server says what is wrong with it.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Json } from "../core/model";
import type { Control } from "./control";

const NUMBER = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;

function read(text: string, kind: string): Json {
  const typed = text.trim();
  if (typed === "") return null;
  if (!NUMBER.test(typed)) return typed;
  const plain = typed.replace(",", ".");
  if (kind === "decimal") return plain;
  const number = Number(plain);
  return Number.isFinite(number) ? number : typed;
}

/** A number that is being typed, such as `1.`, stays as it is. */
function shown(control: Control, typed: string | undefined): string {
  const { value, field } = control;
  if (typed !== undefined && read(typed, field.kind) === value) return typed;
  return value === null ? "" : String(value);
}

export function numberControl(control: Control): TemplateResult {
  const { field, id, describedBy, invalid, set } = control;
  const typed = document.getElementById(id) as HTMLInputElement | null;
  return html`<input
    id=${id}
    class="number"
    type="text"
    inputmode=${field.kind === "integer" ? "numeric" : "decimal"}
    .value=${live(shown(control, typed?.value))}
    autocomplete="off"
    aria-required=${field.required ? "true" : nothing}
    aria-invalid=${invalid ? "true" : nothing}
    aria-describedby=${describedBy ?? nothing}
    @input=${(event: Event) => set(read((event.target as HTMLInputElement).value, field.kind))}
  />`;
}
