// Controls of the kinds that are typed as text.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Control } from "./control";

/** Attributes that a type may give a control and that do no harm. */
const GIVEN = ["placeholder", "autocomplete", "inputmode", "spellcheck"] as const;

const TYPES: Record<string, string> = { email: "email", url: "url", embed: "url" };

function given(control: Control, name: (typeof GIVEN)[number]): string | typeof nothing {
  return control.field.attrs?.[name] ?? nothing;
}

function text(control: Control): string {
  return typeof control.value === "string" ? control.value : "";
}

export function lineControl(control: Control): TemplateResult {
  const { field, id, describedBy, invalid, set } = control;
  return html`<input
    id=${id}
    type=${TYPES[field.kind] ?? "text"}
    .value=${live(text(control))}
    placeholder=${given(control, "placeholder")}
    autocomplete=${control.field.attrs?.autocomplete ?? "off"}
    spellcheck=${field.kind === "char" ? given(control, "spellcheck") : "false"}
    aria-required=${field.required ? "true" : nothing}
    aria-invalid=${invalid ? "true" : nothing}
    aria-describedby=${describedBy ?? nothing}
    @input=${(event: Event) => set((event.target as HTMLInputElement).value)}
  />`;
}

function area(control: Control, kind: string, rows: number): TemplateResult {
  const { field, id, describedBy, invalid, set } = control;
  return html`<textarea
    id=${id}
    class=${kind}
    rows=${control.field.attrs?.rows ?? rows}
    .value=${live(text(control))}
    placeholder=${given(control, "placeholder")}
    spellcheck=${kind === "raw" ? "false" : nothing}
    aria-required=${field.required ? "true" : nothing}
    aria-invalid=${invalid ? "true" : nothing}
    aria-describedby=${describedBy ?? nothing}
    @input=${(event: Event) => set((event.target as HTMLTextAreaElement).value)}
  ></textarea>`;
}

export const textControl = (control: Control): TemplateResult => area(control, "prose", 2);
export const rawControl = (control: Control): TemplateResult => area(control, "raw", 6);

export function embedControl(control: Control): TemplateResult {
  const address = text(control);
  const host = /^https?:\/\/([^/]+)/.exec(address)?.[1];
  const renewed = { ...control, set: (value: Control["value"]) => (control.set(value), control.update()) };
  return html`${lineControl(renewed)}${
    host ? html`<p class="help"><a href=${address} target="_blank" rel="noreferrer noopener">${host}</a></p>` : nothing
  }`;
}
