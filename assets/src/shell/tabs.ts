// The tabs above the form, as ARIA has them: arrows go from one to the next.

import { html, type TemplateResult } from "lit";
import { t } from "../texts";

const TABS = ["content", "promote"] as const;

export function tabList(chosen: (typeof TABS)[number], turn: (name: (typeof TABS)[number]) => void): TemplateResult {
  const press = (event: KeyboardEvent) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const next = TABS[(TABS.indexOf(chosen) + 1) % TABS.length]!;
    turn(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${t.partsOfForm} @keydown=${press}>
    ${TABS.map((name) => html`<button type="button" role="tab" id="tab-${name}" aria-controls="panel-${name}" aria-selected=${name === chosen} tabindex=${name === chosen ? 0 : -1} @click=${() => turn(name)}>${t.tabs[name]}</button>`)}
  </div>`;
}
