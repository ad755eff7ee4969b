// The bar that stays at the top: the page's title and state, whether all is saved, and what can be done with it.

import { html, nothing, type TemplateResult } from "lit";
import type { Editing } from "../core/editing";
import { icon } from "../core/icons";
import { keysShown } from "../core/keys";
import { clockTime } from "../core/moments";
import type { Saver } from "../saving/saver";
import { t } from "../texts";

export interface BarFacts {
  editing: Editing;
  saver: Saver;
  isBusy: boolean;
  shows: { outline: boolean; preview: boolean; side: boolean };
  toggle: (name: "outline" | "preview" | "side") => void;
  publish: () => void;
  saveDraft: () => void;
  schedule: () => void;
  unpublish: () => void;
  signIn: () => void;
  resolve: () => void;
  nextProblem: () => void;
}

function chip(editing: Editing): TemplateResult | typeof nothing {
  const { page, kind, may } = editing;
  if (editing.isReadOnly) return html`<span class="chip locked">${t.locked}</span>`;
  // Of what shows at once there is one state.
  if (kind !== "page" && !may.publish) return nothing;
  if (!page.live) return html`<span class="chip draft">${t.draft}</span>`;
  if (page.has_unpublished_changes) return html`<span class="chip both">${t.liveAndDraft}</span>`;
  return html`<span class="chip">${t.live}</span>`;
}

function stateWords({ state, savedAt, message }: Saver): string {
  if (state === "saved") return savedAt ? t.savedAt(clockTime(savedAt)) : t.nothingYet;
  if (state === "refused") return message || t.states.refused;
  return t.states[state];
}

/** The words are said aloud when they matter: not at every save. */
function saving({ saver, signIn, resolve, saveDraft }: BarFacts): TemplateResult {
  const { state } = saver;
  const isCalm = ["saved", "saving", "unsaved", "locked"].includes(state);
  return html`<span class="save-state ${state}" data-state=${state}>
    <span class="dot" aria-hidden="true"></span>
    <span class=${isCalm ? "" : "problem"}>${stateWords(saver)}</span>
    <span class="hidden" role="status" aria-live="polite">${isCalm ? "" : stateWords(saver)}</span>
    ${state === "signed_out" ? html`<button type="button" class="plain" @click=${signIn}>${t.signIn}</button>` : nothing}
    ${state === "conflict" ? html`<button type="button" class="plain" @click=${resolve}>${t.resolve}</button>` : nothing}
    ${state === "refused" || saver.isWaiting ? html`<button type="button" class="plain" @click=${saveDraft}>${t.tryAgain}</button>` : nothing}
  </span>`;
}

export function topBar(facts: BarFacts): TemplateResult {
  const { editing, saver, shows, toggle, publish, isBusy } = facts;
  const panel = (name: "outline" | "preview" | "side", sign: string, label: string, keys: string) => {
    const title = keys ? `${label} (${keysShown(keys)})` : label;
    return html`<button type="button" class="plain tool-${name}" aria-pressed=${shows[name]} aria-label=${label} title=${title} @click=${() => toggle(name)}>${icon(sign)}</button>`;
  };
  const problems = editing.problems.list.length;
  const isPage = editing.kind === "page";
  const { addresses } = editing;
  const title = editing.heading || (isPage ? t.untitled : t.newOf(editing.page.type_label));
  return html`<div class="editor-bar" role="region" aria-label=${isPage ? t.pageBar : editing.page.type_label}>
    <div class="editor-title">${addresses.parent ? html`<a class="up" href=${addresses.parent} aria-label=${t.around} title=${t.around}>${icon("up")}</a>` : nothing}<h1>${title}</h1>${chip(editing)}</div>
    ${saving(facts)}
    <div class="editor-tools">
      ${problems > 0 ? html`<button type="button" class="problems" @click=${facts.nextProblem}>${icon("warning")} ${t.goToProblem(problems)}</button>` : nothing}
      ${panel("outline", "outline", t.outline, "]")}${panel("side", "panel", isPage ? t.aboutPage : t.aboutThis, "[")}
      ${editing.addresses.preview ? previewTool(facts) : nothing}
      ${editing.savesItself || editing.isReadOnly ? nothing : html`<button type="button" class=${editing.may.publish ? "save" : "primary publish"} title=${keysShown("Mod+S")} ?disabled=${isBusy || saver.state === "saving"} @click=${facts.saveDraft}>${editing.may.publish ? t.saveDraft : t.save}</button>`}
      ${editing.may.publish ? html`<button type="button" class="primary publish" ?disabled=${isBusy} @click=${publish}>${isBusy ? t.publishing : t.publish}</button>` : nothing}
      ${!editing.isReadOnly && (isPage || editing.may.publish) ? menu(facts) : nothing}
    </div>
  </div>`;
}

function previewTool({ shows, toggle }: BarFacts): TemplateResult {
  return html`<button type="button" class="tool-preview" aria-pressed=${shows.preview} title="${t.preview} (${keysShown("Mod+P")})" @click=${() => toggle("preview")}>${icon("eye")}<span>${t.preview}</span></button>`;
}

function menu({ editing, saveDraft, schedule, unpublish, publish }: BarFacts): TemplateResult {
  const { may, page, addresses, kind } = editing;
  const item = (label: string, run: () => void, keys = "") => {
    const choose = (event: Event) => {
      (event.currentTarget as HTMLElement).closest("details")?.removeAttribute("open");
      run();
    };
    return html`<li><button type="button" class="plain" @click=${choose}>${label}${keys ? html`<kbd>${keysShown(keys)}</kbd>` : nothing}</button></li>`;
  };
  return html`<details class="menu" data-menu>
    <summary aria-label=${t.moreActions} title=${t.moreActions}>${icon("more")}</summary>
    <ul>
      ${may.publish ? item(t.publishNow, publish) : nothing}${item(t.saveDraft, saveDraft, "Mod+S")}
      ${may.publish && addresses.schedule ? item(`${t.schedule}…`, schedule) : nothing}${may.unpublish && page.live ? item(kind === "page" ? `${t.unpublish}…` : t.unpublish, unpublish) : nothing}
    </ul>
  </details>`;
}
