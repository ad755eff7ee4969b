// What every chooser does: asks the server while somebody types, shows the answer, and asks for more of it.

import { html, nothing, type TemplateResult } from "lit";
import { ask } from "../core/http";
import { t } from "../texts";

const PAUSE_MS = 150;

export type Query = Record<string, string | string[] | number | null | undefined>;

interface Part<T> {
  items?: T[];
  next?: string | null;
}

/** A list on the server, searched and read part by part. */
export class Listing<T, P extends Part<T> = Part<T>> {
  items: T[] = [];
  /** The last answer, with what it says beside the items. */
  part: P | null = null;
  search = "";
  state: "loading" | "ready" | "failed" = "loading";
  private asked = 0;
  private timer = 0;

  constructor(
    readonly url: string,
    private readonly query: () => Query,
    private readonly update: () => void,
  ) {}

  type = (event: Event): void => {
    this.search = (event.target as HTMLInputElement).value;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load(), PAUSE_MS);
  };

  async load(cursor: string | null = null): Promise<void> {
    const number = (this.asked += 1);
    this.state = "loading";
    this.update();
    const answer = await ask<P>(this.url, { ...this.query(), q: this.search.trim(), cursor });
    if (number !== this.asked) return;
    this.state = answer.ok ? "ready" : "failed";
    if (answer.ok) {
      this.part = answer.body;
      this.items = [...(cursor ? this.items : []), ...(answer.body.items ?? [])];
    }
    this.update();
  }

  searchBox(label: string): TemplateResult {
    return html`<input type="search" autofocus placeholder=${label} aria-label=${label} @input=${this.type} />`;
  }

  /** What is below the items: nothing, more, or why there are none. */
  foot(): TemplateResult {
    const next = this.part?.next;
    if (this.state === "failed") return html`<p class="problem" role="alert">${t.cannotLoad} <button type="button" @click=${() => this.load()}>${t.tryAgain}</button></p>`;
    if (this.state === "loading") return html`<p class="quiet" role="status">${t.loading}</p>`;
    if (this.items.length === 0) return html`<p class="quiet" role="status">${t.nothingFound}</p>`;
    return html`${next ? html`<button type="button" @click=${() => this.load(next)}>${t.more}</button>` : nothing}`;
  }
}

/** Arrow keys go through the buttons with this class, and back to the search. */
export function arrows(selector: string): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const box = event.currentTarget as HTMLElement;
    const stops = [...box.querySelectorAll<HTMLElement>(selector)];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    event.preventDefault();
    const next = at + (event.key === "ArrowDown" ? 1 : -1);
    if (next < 0) box.querySelector<HTMLElement>("input[type=search]")?.focus();
    else stops[Math.min(next, stops.length - 1)]?.focus();
  };
}
