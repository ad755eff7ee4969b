// Controls that choose among what the type offers.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Control } from "./control";
import { t } from "../texts";

export function booleanControl(control: Control): TemplateResult {
  const { field, id, labelId, describedBy, invalid, value, set } = control;
  return html`<label class="check" id=${labelId}>
    <input
      id=${id}
      type="checkbox"
      .checked=${live(value === true)}
      aria-invalid=${invalid ? "true" : nothing}
      aria-describedby=${describedBy ?? nothing}
      @change=${(event: Event) => set((event.target as HTMLInputElement).checked)}
    />
    <span>${field.label}</span>
  </label>`;
}

export function choiceControl(control: Control): TemplateResult {
  const { field, id, describedBy, invalid, value, set } = control;
  const choices = field.choices ?? [];
  const chosen = typeof value === "string" ? value : "";
  const isUnknown = chosen !== "" && !choices.some((choice) => choice.value === chosen);
  const isOptional = !field.required || chosen === "";
  return html`<select
    id=${id}
    aria-required=${field.required ? "true" : nothing}
    aria-invalid=${invalid ? "true" : nothing}
    aria-describedby=${describedBy ?? nothing}
    @change=${(event: Event) => set((event.target as HTMLSelectElement).value)}
  >
    ${isOptional ? html`<option value="" ?selected=${chosen === ""}>${t.nothingChosen}</option>` : nothing}
    ${isUnknown ? html`<option value=${chosen} selected>${t.unknownChoice(chosen)}</option>` : nothing}
    ${choices.map((choice) => html`<option value=${choice.value} ?selected=${choice.value === chosen}>${choice.label}</option>`)}
  </select>`;
}

export function choicesControl(control: Control): TemplateResult {
  const { field, value, set, describedBy, update } = control;
  const chosen = Array.isArray(value) ? value.map(String) : [];
  const order = (field.choices ?? []).map((choice) => choice.value);
  const toggle = (name: string, on: boolean) => {
    const kept = on ? [...chosen, name] : chosen.filter((other) => other !== name);
    set(kept.sort((one, other) => order.indexOf(one) - order.indexOf(other)));
    update();
  };
  return html`<div class="checks">
    ${(field.choices ?? []).map(
      (choice) => html`<label class="check">
        <input
          type="checkbox"
          aria-describedby=${describedBy ?? nothing}
          .checked=${live(chosen.includes(choice.value))}
          @change=${(event: Event) => toggle(choice.value, (event.target as HTMLInputElement).checked)}
        />
        <span>${choice.label}</span>
      </label>`,
    )}
  </div>`;
}
