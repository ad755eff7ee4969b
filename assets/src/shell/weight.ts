// What the page weighs for whoever opens it, and how much more the draft does than what is live.

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../texts";

interface Weight {
  bytes: number;
  images: number;
  unknown: number;
}

/** What could be better about the draft, by rule, with some of its places. */
export interface Improvement {
  rule: string;
  message: string;
  count: number;
  quotes: string[];
}

export interface PageWeight {
  draft: Weight | null;
  live: Weight | null;
  checks: Improvement[];
}

/** From here on a difference is told before publishing. */
const MUCH = 500_000;

export async function loadWeight(url: string): Promise<PageWeight | null> {
  try {
    const answer = await fetch(url, { headers: { accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as PageWeight) : null;
  } catch {
    return null;
  }
}

export function size(bytes: number): string {
  const kilobytes = Math.max(1, Math.round(bytes / 1000));
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${kilobytes} kB`;
}

const more = ({ draft, live }: PageWeight): number => (draft && live ? draft.bytes - live.bytes : 0);

/** "1.2 MB with 3 images · 30 kB more than live". */
export function weightText(weight: PageWeight): TemplateResult {
  const { draft } = weight;
  const difference = more(weight);
  const beside = Math.abs(difference) < 1000 ? nothing : html` · ${difference > 0 ? t.heavier(size(difference)) : t.lighter(size(-difference))}`;
  return html`${size(draft?.bytes ?? 0)} <span class="quiet">${t.withImages(draft?.images ?? 0)}${beside}</span>`;
}

export const isMuchHeavier = (weight: PageWeight | null): boolean => weight !== null && more(weight) >= MUCH;

export const heavierText = (weight: PageWeight): string => t.muchHeavier(size(more(weight)));
