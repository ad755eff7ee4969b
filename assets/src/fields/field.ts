// One field of a form: label, help, the control of its kind, a counter and what is wrong with it.

import { LitElement, html, nothing, type TemplateResult } from "lit";
import type { Field, Json } from "../core/model";
import type { Editing } from "../core/editing";
import { putAt, valueAt, type Control, type Place } from "./control";
import { controlOf, GROUPED, isContainer } from "./kinds";
import { counterOf } from "./counter";
import { t } from "../texts";

let count = 0;

export class FieldElement extends LitElement {
  static override properties = { field: { attribute: false }, place: { attribute: false }, editing: { attribute: false }, bare: { attribute: false } };
  declare field: Field;
  declare place: Place;
  declare editing: Editing;
  /** Without a visible label: the block around it has the same. */
  declare bare: boolean;
  private readonly base = `f${(count += 1)}`;
  private shownErrors = "";
  private entered: Place | null = null;

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.editing.addEventListener("problems", this.look);
    this.enter();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.editing.removeEventListener("problems", this.look);
    if (this.entered) this.editing.leave(this.entered.holder, this.entered.key, this);
  }

  override willUpdate(): void {
    this.enter();
  }

  private enter(): void {
    this.entered = this.place;
    this.editing.enter(this.place.holder, this.place.key, this);
  }

  private look = (): void => {
    if (this.errors().join("\n") !== this.shownErrors) this.requestUpdate();
  };

  private errors(): string[] {
    return this.editing.problems.of(this.place.holder, this.place.key, !isContainer(this.field.kind));
  }

  private control(errors: string[]): Control {
    const described = [this.field.help ? `${this.base}-help` : "", errors.length > 0 ? `${this.base}-error` : ""].filter(Boolean);
    const { place } = this;
    return {
      editing: this.editing,
      field: this.field,
      place,
      id: this.base,
      labelId: `${this.base}-label`,
      describedBy: described.length > 0 ? described.join(" ") : undefined,
      invalid: errors.length > 0,
      get value() {
        return valueAt(place);
      },
      set: (value: Json) => {
        putAt(place, value);
        this.editing.touch();
        if (this.field.max_length) this.requestUpdate();
      },
      update: () => this.requestUpdate(),
    };
  }

  /** Moves the focus to the control. */
  reach(): void {
    this.scrollIntoView({ block: "center" });
    const target = this.querySelector<HTMLElement>("input, textarea, select, button, [contenteditable], [tabindex]");
    target?.focus({ preventScroll: true });
  }

  override render(): TemplateResult {
    const { field } = this;
    const errors = this.errors();
    this.shownErrors = errors.join("\n");
    const control = this.control(errors);
    if (field.kind === "static") return html`<p class="note"><strong>${field.label}</strong> ${field.text}</p>`;
    const body = html`${this.help()}${controlOf(control)}${this.foot(control, errors)}`;
    if (!GROUPED.includes(field.kind)) {
      const isBoolean = field.kind === "boolean";
      return html`<div class="field kind-${field.kind}">${isBoolean ? nothing : this.label("label", control)}${body}</div>`;
    }
    const { id, labelId, describedBy } = control;
    return html`<div class="field kind-${field.kind}" role="group" id=${isContainer(field.kind) ? id : nothing} aria-labelledby=${labelId} aria-describedby=${describedBy ?? nothing}>
      ${this.label("span", control)}${body}
    </div>`;
  }

  private label(tag: "label" | "span", { id, labelId }: Control): TemplateResult {
    const { field, bare } = this;
    const words = html`${field.label}${field.required ? html` <span class="required" title=${t.required}>*<span class="hidden">${t.required}</span></span>` : nothing}`;
    const shown = bare ? "label hidden" : "label";
    return tag === "label" ? html`<label class=${shown} id=${labelId} for=${id}>${words}</label>` : html`<span class=${shown} id=${labelId}>${words}</span>`;
  }

  private help(): TemplateResult | typeof nothing {
    return this.field.help ? html`<p class="help" id="${this.base}-help">${this.field.help}</p>` : nothing;
  }

  private foot({ value }: Control, errors: string[]): TemplateResult {
    return html`${counterOf(this.field, value)}${
      errors.length > 0 ? html`<div class="problem" id="${this.base}-error">${errors.slice(0, 5).map((error) => html`<p>${sentence(error)}</p>`)}</div>` : nothing
    }`;
  }
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

customElements.define("vt-field", FieldElement);
