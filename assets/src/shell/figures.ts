// What the page does for its visitors, beside the form: views, times, errors, and how fast it is in browsers.

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../texts";
import { size } from "./weight";

/** As the server tells it; times in milliseconds. */
export interface Figures {
  views: number;
  requests: number;
  p50_ms: number | null;
  p95_ms: number | null;
  error_ratio: number;
  hit_ratio: number;
  queries_per_miss: number | null;
  bytes_per_request: number;
  lcp_p75_ms: number | null;
  inp_p75_ms: number | null;
  cls_p75: number | null;
}

export interface PageFigures {
  day: Figures | null;
  week: Figures | null;
}

/** `null` when the server does not tell: a page without figures is edited like any other. */
export async function loadFigures(page: number): Promise<PageFigures | null> {
  try {
    const answer = await fetch(`/admin/pages/${page}/figures/`, { headers: { accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as PageFigures) : null;
  } catch {
    return null;
  }
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const share = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

function time(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 ? `${whole.format(ms)} ms` : `${ms.toFixed(1)} ms`;
}

/** Thresholds of web.dev: good until the first, poor beyond the second. */
const LCP = [2500, 4000];
const INP = [200, 500];
const CLS = [0.1, 0.25];

function rated(value: number | null, bounds: number[], shown: (value: number) => string): TemplateResult {
  if (value === null) return html`–`;
  const [good = 0, poor = 0] = bounds;
  const word = value <= good ? t.good : value <= poor ? t.fair : t.poor;
  return html`${shown(value)} <span class="quiet">${word}</span>`;
}

function row(name: string, figures: PageFigures, shown: (of: Figures) => unknown): TemplateResult {
  const cell = (of: Figures | null) => html`<td>${of ? shown(of) : "–"}</td>`;
  return html`<tr><th scope="row">${name}</th>${cell(figures.day)}${cell(figures.week)}</tr>`;
}

export function figuresTable(figures: PageFigures | null): TemplateResult | typeof nothing {
  if (!figures || (!figures.day && !figures.week)) return nothing;
  const times = ({ p50_ms, p95_ms }: Figures) => (p50_ms === null || p95_ms === null ? "–" : `${time(p50_ms)} / ${time(p95_ms)}`);
  return html`<section class="figures">
    <h2>${t.visitors}</h2>
    <table>
      <thead><tr><td></td><th scope="col">${t.lastDay}</th><th scope="col">${t.lastWeek}</th></tr></thead>
      <tbody>
        ${row(t.views, figures, ({ views }) => whole.format(views))}
        ${row(t.answerTimes, figures, times)}
        ${row(t.failed, figures, ({ error_ratio }) => share.format(error_ratio))}
        ${row(t.fromCache, figures, ({ hit_ratio }) => share.format(hit_ratio))}
        ${row(t.queriesEach, figures, ({ queries_per_miss }) => (queries_per_miss === null ? "–" : queries_per_miss.toFixed(1)))}
        ${row(t.sizeEach, figures, ({ bytes_per_request }) => size(bytes_per_request))}
        ${row(t.lcp, figures, ({ lcp_p75_ms }) => rated(lcp_p75_ms, LCP, time))}
        ${row(t.inp, figures, ({ inp_p75_ms }) => rated(inp_p75_ms, INP, time))}
        ${row(t.cls, figures, ({ cls_p75 }) => rated(cls_p75, CLS, (score) => score.toFixed(2)))}
      </tbody>
    </table>
  </section>`;
}
