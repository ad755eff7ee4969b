// Fields that point at something else: what is chosen is shown with its name, and changed in a dialog.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Json, JsonObject } from "../core/model";
import { icon } from "../core/icons";
import { chooseDocument } from "../choosers/documents";
import { chooseImage } from "../choosers/images";
import { choosePage } from "../choosers/pages";
import { chooseSnippet } from "../choosers/snippets";
import type { Control } from "./control";
import { t } from "../texts";

interface Shown {
  title: string;
  detail?: string | undefined;
  sign: string;
  thumb?: string | undefined;
  link?: string | undefined;
}

interface Actions {
  choose: () => void;
  clear: () => void;
}

function card(control: Control, shown: Shown | null, { choose, clear }: Actions, words: string): TemplateResult {
  const { describedBy, labelId, id, invalid } = control;
  const named = `${labelId} ${id}`;
  if (!shown) {
    return html`<button type="button" id=${id} class="choose ${invalid ? "invalid" : ""}" aria-labelledby=${named} aria-describedby=${describedBy ?? nothing} @click=${choose}>${words}</button>`;
  }
  return html`<div class="chosen ${invalid ? "invalid" : ""}">
    ${shown.thumb ? html`<img src=${shown.thumb} alt="" loading="lazy" />` : html`<span class="sign">${icon(shown.sign)}</span>`}
    <div class="what"><strong>${shown.title}</strong>${shown.detail ? html`<span class="quiet">${shown.detail}</span>` : nothing}</div>
    <div class="tools">
      ${shown.link ? html`<a href=${shown.link} target="_blank" rel="noopener" aria-label=${t.openInTab(shown.title)} title=${t.openInTab(shown.title)}>${icon("out")}</a>` : nothing}
      <button type="button" id=${id} class="plain" aria-labelledby=${named} aria-describedby=${describedBy ?? nothing} @click=${choose}>${t.change}</button>
      <button type="button" class="plain" aria-label=${t.clearNamed(shown.title)} title=${t.clear} @click=${clear}>${icon("close")}</button>
    </div>
  </div>`;
}

function actions(control: Control, open: (chosen: (id: number) => void) => void): Actions {
  const put = (value: Json) => {
    control.set(value);
    control.update();
  };
  return { choose: () => open(put), clear: () => put(null) };
}

const types = (of: Control["field"]["of"]): string[] => (Array.isArray(of) ? of : of ? [of] : []);

export function pageControl(control: Control): TemplateResult {
  const { value, editing, field } = control;
  const label = editing.labels.pages[String(value)];
  const shown = typeof value === "number" ? { title: label?.title ?? t.unknownPage(value), detail: label?.url ?? undefined, sign: "page", link: label?.url ?? undefined } : null;
  return card(control, shown, actions(control, (chosen) => choosePage({ editing, types: types(field.of), chosen: ({ id }) => chosen(id) })), t.choosePage);
}

export function documentControl(control: Control): TemplateResult {
  const { value, editing } = control;
  const label = editing.labels.documents[String(value)];
  const shown = typeof value === "number" ? { title: label?.title ?? t.unknownDocument(value), detail: label?.filename, sign: "page" } : null;
  return card(control, shown, actions(control, (chosen) => chooseDocument({ editing, chosen: ({ id }) => chosen(id) })), t.chooseDocument);
}

function imageCard(control: Control, id: Json, { choose, clear }: Actions): TemplateResult {
  const label = control.editing.labels.images[String(id)];
  const size = label ? `${label.width} × ${label.height}` : undefined;
  const shown = typeof id === "number" ? { title: label?.title ?? t.unknownImage(id), detail: size, sign: "image", thumb: label?.thumb } : null;
  return card(control, shown, { choose, clear }, t.chooseImage);
}

export function imageControl(control: Control): TemplateResult {
  const { editing } = control;
  return imageCard(control, control.value, actions(control, (chosen) => chooseImage({ editing, chosen: ({ id }) => chosen(id) })));
}

export function imageBlockControl(control: Control): TemplateResult {
  const { editing, value, id } = control;
  const block = typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  const put = (change: JsonObject) => {
    control.set({ image: null, alt: "", decorative: false, ...(control.value as JsonObject | null), ...change });
    control.update();
  };
  const choose = () =>
    chooseImage({ editing, chosen: ({ id: image, alt }) => put(block?.alt || block?.decorative ? { image } : { image, alt: alt ?? "" }) });
  const isDecorative = block?.decorative === true;
  return html`${imageCard(control, block?.image ?? null, { choose, clear: () => (control.set(null), control.update()) })}
  ${block?.image
    ? html`<div class="image-words">
        <label class="label small" for="${id}-alt">${t.altText}</label>
        <input id="${id}-alt" .value=${live(String(block.alt ?? ""))} ?disabled=${isDecorative} placeholder=${isDecorative ? t.decorativeHasNone : t.altHint} @input=${(event: Event) => put({ alt: (event.target as HTMLInputElement).value })} />
        <label class="check"><input type="checkbox" .checked=${live(isDecorative)} @change=${(event: Event) => put({ decorative: (event.target as HTMLInputElement).checked })} /><span>${t.decorative}</span></label>
      </div>`
    : nothing}`;
}

function snippetTitle(control: Control, id: Json): string {
  return control.editing.labels.snippets[String(id)]?.label ?? t.unknownSnippet(Number(id));
}

export function snippetControl(control: Control): TemplateResult {
  const { value, editing, field } = control;
  const shown = typeof value === "number" ? { title: snippetTitle(control, value), sign: "form" } : null;
  return card(control, shown, actions(control, (chosen) => chooseSnippet({ editing, type: types(field.of)[0] ?? "", title: field.label, chosen })), t.chooseOne);
}

export function snippetsControl(control: Control): TemplateResult {
  const { value, editing, field, id, labelId, describedBy, update } = control;
  const chosen = Array.isArray(value) ? value.map(Number) : [];
  const put = (ids: number[]) => {
    control.set(ids);
    update();
  };
  const move = (at: number, by: number) => put(chosen.toSpliced(at, 1).toSpliced(at + by, 0, chosen[at]!));
  const add = () =>
    chooseSnippet({ editing, type: types(field.of)[0] ?? "", title: field.label, chosen: (added) => chosen.includes(added) || put([...chosen, added]) });
  const isFull = field.max_items !== null && field.max_items !== undefined && chosen.length >= field.max_items;
  const tool = (sign: string, label: string, disabled: boolean, run: () => void) =>
    html`<button type="button" class="plain" aria-label=${label} title=${label} ?disabled=${disabled} @click=${run}>${icon(sign)}</button>`;
  return html`<ol class="chosen-list">
      ${chosen.map((one, at) => {
        const title = snippetTitle(control, one);
        return html`<li class="chosen">
          <div class="what"><strong>${title}</strong></div>
          <div class="tools">
            ${tool("up", `${t.moveUp}: ${title}`, at === 0, () => move(at, -1))}${tool("down", `${t.moveDown}: ${title}`, at === chosen.length - 1, () => move(at, 1))}
            ${tool("close", t.clearNamed(title), false, () => put(chosen.toSpliced(at, 1)))}
          </div>
        </li>`;
      })}
    </ol>
    <button type="button" id=${id} class="choose" aria-labelledby="${labelId} ${id}" aria-describedby=${describedBy ?? nothing} ?disabled=${isFull} @click=${add}>
      ${isFull ? t.full(chosen.length) : t.addOne}
    </button>`;
}
