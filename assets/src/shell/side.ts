// The panel beside the form: what state the page is in, what waits, who else is here, and how much there is to read.

import { html, nothing, type TemplateResult } from "lit";
import type { Problem } from "../core/model";
import type { Editing } from "../core/editing";
import { longMoment, shortMoment } from "../core/moments";
import type { Company, Face } from "../saving/company";
import type { Saver } from "../saving/saver";
import { t } from "../texts";
import { reading, type Measure } from "./words";
import { heavierText, isMuchHeavier, weightText, type PageWeight } from "./weight";
import { figuresTable, type PageFigures } from "./figures";

export interface SideFacts {
  editing: Editing;
  saver: Saver;
  company: Company;
  savedBy: string | null;
  count: Measure;
  /** "Live at the origin after 0.2 s". */
  proof: string;
  figures: PageFigures | null;
  weight: PageWeight | null;
  reach: (path: string) => void;
  schedule: () => void;
  /** Makes what somebody else planned one's own. */
  takeOver: () => void;
}

const fact = (name: string, value: unknown) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

const faceOf = (face: Face | null) =>
  !face
    ? nothing
    : face.url
      ? html`<img class="face" src=${face.url} alt="" width="96" height="96" />`
      : html`<span class="face hue-${face.hue}" data-initials=${face.initials} aria-hidden="true"></span>`;

export function sidePanel(facts: SideFacts): TemplateResult {
  const { editing, saver, company, savedBy, count, proof, schedule } = facts;
  const { page, kind, addresses } = editing;
  const isPage = kind === "page";
  const by = savedBy ? ` · ${savedBy}` : "";
  return html`<aside class="side" aria-label=${isPage ? t.aboutPage : t.aboutThis}>
    ${company.others.length > 0 ? html`<p class="notice company">${company.faces.map(faceOf)}${t.alsoHere(company.others)}</p>` : nothing}
    ${company.isElsewhere ? html`<p class="notice company">${t.youElsewhere}</p>` : nothing}
    <dl>
      ${isPage || editing.may.publish ? fact(t.status, page.live ? (page.has_unpublished_changes ? t.liveAndDraft : t.live) : t.draft) : nothing}
      ${proof ? fact(t.origin, proof) : nothing}
      ${saver.savedAt ? fact(t.lastSaved, `${shortMoment(saver.savedAt)}${by}`) : nothing}
      ${page.publish_at ? fact(t.publishAt, longMoment(page.publish_at, editing.timeZone)) : nothing}
      ${page.expire_at ? fact(t.expireAt, longMoment(page.expire_at, editing.timeZone)) : nothing}
      ${fact(t.type, page.type_label)}${page.locale ? fact(t.language, page.locale) : nothing}${page.site ? fact(t.site, page.site) : nothing}
      ${isPage ? fact(t.length, t.wordsAndMinutes(count.words, count.minutes)) : nothing}
      ${isPage && count.lix !== null ? fact(t.readability, html`${t.readings[reading(count.lix)]} <span class="quiet">LIX ${Math.round(count.lix)}</span>`) : nothing}
      ${facts.weight?.draft ? fact(t.weight, weightText(facts.weight)) : nothing}
    </dl>
    ${beforeItGoesLive(page.findings ?? [], editing, facts.reach, facts.takeOver)}
    ${beforePublishing(saver.blockers, facts)}
    ${toImprove(facts.weight)}
    ${figuresTable(facts.figures)}
    <ul class="links">
      ${addresses.history ? html`<li><a href=${addresses.history}>${t.history}</a></li>` : nothing}
      ${addresses.tree ? html`<li><a href=${addresses.tree}>${t.inTree}</a></li>` : nothing}
      ${editing.links.filter(({ url }) => !editing.isReadOnly || !url.startsWith(addresses.lock ?? "/admin/none/")).map(({ label, url }) => html`<li><a href=${url}>${label}</a></li>`)}
      ${page.url && page.live ? html`<li><a href=${page.url} target="_blank" rel="noopener">${t.livePage}</a></li>` : nothing}
      ${editing.may.publish && addresses.schedule ? html`<li><button type="button" class="plain link" @click=${schedule}>${t.schedule}…</button></li>` : nothing}
    </ul>
  </aside>`;
}

/** What the server's checks found in the draft. */
function toImprove(weight: PageWeight | null): TemplateResult | typeof nothing {
  const found = weight?.checks ?? [];
  if (found.length === 0) return nothing;
  const count = found.reduce((sum, one) => sum + one.count, 0);
  return html`<section class="before improve">
    <h2>${t.toImprove(count)}</h2>
    <ul>
      ${found.map(({ rule, message, quotes }) => html`<li data-rule=${rule}>${message}${quotes.map((quote) => html` <q class="quiet">${quote}</q>`)}</li>`)}
    </ul>
  </section>`;
}

/** More are counted, not shown. */
const MOST_SHOWN = 6;

/** What stands in the way of the publication that is planned. */
export function beforeItGoesLive(
  findings: Problem[],
  editing: Editing,
  reach?: (path: string) => void,
  takeOver?: () => void,
): TemplateResult | typeof nothing {
  if (findings.length === 0) return nothing;
  const isRefused = findings.some((finding) => finding.code !== "note");
  const line = (finding: Problem) => {
    const words = finding.path ? wordsOf(editing, finding) : finding.message;
    return reach && finding.path ? html`<button type="button" class="plain link" @click=${() => reach(finding.path)}>${words}</button>` : words;
  };
  return html`<section class="before planned">
    <h2>${isRefused ? t.willNotGoLive : t.beforeItGoesLive}</h2>
    <ul>
      ${findings.slice(0, MOST_SHOWN).map((finding) => html`<li>${line(finding)}</li>`)}
    </ul>
    ${findings.length > MOST_SHOWN ? html`<p class="quiet">${t.andMore(findings.length - MOST_SHOWN)}</p>` : nothing}
    ${takeOver && editing.may.publish && findings.some((finding) => finding.code === "scheduler_may_not")
      ? html`<p><button type="button" @click=${takeOver}>${t.scheduleAsMe}</button></p>`
      : html`<p class="quiet">${t.mendAndSchedule}</p>`}
  </section>`;
}

function beforePublishing(blockers: Problem[], { editing, reach, weight }: SideFacts): TemplateResult | typeof nothing {
  const heavy = weight && isMuchHeavier(weight) ? html`<p>${heavierText(weight)}</p>` : nothing;
  if (blockers.length === 0) return heavy === nothing ? nothing : html`<section class="before"><h2>${t.beforePublishing}</h2>${heavy}</section>`;
  return html`<section class="before">
    <h2>${t.beforePublishing}</h2>
    <ul>
      ${blockers.slice(0, MOST_SHOWN).map((blocker) => html`<li><button type="button" class="plain link" @click=${() => reach(blocker.path)}>${wordsOf(editing, blocker)}</button></li>`)}
    </ul>
    ${heavy}
    ${blockers.length > MOST_SHOWN ? html`<p class="quiet">${t.andMore(blockers.length - MOST_SHOWN)}</p>` : nothing}
  </section>`;
}

/** The field's name, unless the message begins with it. */
function wordsOf(editing: Editing, { path, message }: Problem): string {
  const [first = path] = path.split(/[.[]/);
  const name = editing.fields.find((field) => field.name === first)?.label ?? first.replaceAll("_", " ");
  return message.toLowerCase().startsWith(name.toLowerCase()) ? message : `${name}: ${message}`;
}
