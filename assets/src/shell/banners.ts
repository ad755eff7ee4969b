// What must be said above the form: another version, content that was not saved, an end of the session.

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../texts";

export interface Banner {
  name: string;
  text: string;
  actions: { label: string; run: () => void }[];
  /** It is there as long as what it says is so. */
  stays?: boolean;
}

export function bannerList(banners: Banner[], dismiss: (name: string) => void): TemplateResult {
  return html`<div class="banners" role="status" aria-live="polite">
    ${banners.map(
      ({ name, text, actions, stays }) => html`<div class="banner ${stays ? "stays" : ""}">
        <p>${text}</p>
        ${actions.map(({ label, run }) => html`<button type="button" @click=${run}>${label}</button>`)}
        ${actions.length === 0 && !stays ? html`<button type="button" class="plain" @click=${() => dismiss(name)}>${t.close}</button>` : nothing}
      </div>`,
    )}
  </div>`;
}
