// Controls of dates and times, with the browser's own pickers. Moments are shown in the site's time zone.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { toUtc, toWall } from "../core/moments";
import type { Control } from "./control";

function picker(control: Control, type: string, value: string, read: (text: string) => string): TemplateResult {
  const { field, id, describedBy, invalid, set } = control;
  // An input says "" both when it is empty and while it is half filled; it is set when it is left.
  const take = (event: Event) => {
    const input = event.target as HTMLInputElement;
    if (input.validity.badInput) return;
    set(input.value === "" ? null : read(input.value));
  };
  return html`<input
    id=${id}
    class="time"
    type=${type}
    step=${type === "date" ? nothing : /:\d\d:(?!00)\d\d/.test(value) ? "1" : "60"}
    .value=${live(value)}
    aria-required=${field.required ? "true" : nothing}
    aria-invalid=${invalid ? "true" : nothing}
    aria-describedby=${describedBy ?? nothing}
    @input=${take}
    @change=${take}
  />`;
}

const textOf = (control: Control): string => (typeof control.value === "string" ? control.value : "");

export function dateControl(control: Control): TemplateResult {
  return picker(control, "date", textOf(control), (text) => text);
}

export function timeControl(control: Control): TemplateResult {
  return picker(control, "time", textOf(control), (text) => (text.length === 5 ? `${text}:00` : text));
}

export function datetimeControl(control: Control): TemplateResult {
  const zone = control.editing.timeZone;
  const shown = toWall(textOf(control), zone);
  return html`${picker(control, "datetime-local", shown, (text) => toUtc(text, zone))}
    <p class="help">${zone.replaceAll("_", " ")}</p>`;
}
