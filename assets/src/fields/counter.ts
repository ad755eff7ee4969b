// How long a text is, and how long it may be: shown when the end is near.

import { html, nothing, type TemplateResult } from "lit";
import type { Field, Json } from "../core/model";
import { plainText } from "../core/values";
import { t } from "../texts";

/** Shown from this part of the limit on. */
const NEAR = 0.6;

export function counterOf(field: Field, value: Json): TemplateResult | typeof nothing {
  if (!field.max_length || typeof value !== "string") return nothing;
  const text = field.kind === "rich_text" ? plainText(value).trim() : value.trim();
  const length = Array.from(text).length;
  if (length < field.max_length * NEAR) return nothing;
  const over = length > field.max_length;
  return html`<p class="counter ${over ? "over" : ""}" role=${over ? "alert" : nothing}>
    ${over ? t.tooLong(length - field.max_length) : t.lengthOf(length, field.max_length)}
  </p>`;
}
