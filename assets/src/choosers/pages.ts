// Choosing a page: through the tree, or by a search.

import { html, nothing, type TemplateResult } from "lit";
import type { Editing } from "../core/editing";
import { showDialog, type Shown } from "../core/dialog";
import { icon } from "../core/icons";
import { arrows, Listing } from "./list";
import { t } from "../texts";

export interface PageItem {
  id: number;
  title: string;
  url: string | null;
  type_label: string;
  live: boolean;
  has_children: boolean;
  may_choose: boolean;
}

interface Parent {
  id: number;
  title: string;
  parent_id: number | null;
}

interface Part {
  items?: PageItem[];
  next?: string | null;
  parent?: Parent | null;
}

interface Wanted {
  editing: Editing;
  types: string[];
  chosen: (page: PageItem) => void;
}

export function choosePage({ editing, types, chosen }: Wanted): void {
  let shown: Shown;
  const dialog = pageList(types, () => shown?.update(), (page) => {
    editing.labels.pages[String(page.id)] = { title: page.title, url: page.url, live: page.live };
    shown.close();
    chosen(page);
  });
  shown = showDialog({ title: t.choosePage, content: dialog, kind: "wide" });
}

/** The tree and the search, for a dialog that has them among other things. */
export function pageList(types: string[], update: () => void, take: (page: PageItem) => void): () => TemplateResult {
  let parent: number | null = null;
  const listing: Listing<PageItem, Part> = new Listing<PageItem, Part>("/admin/choose/pages/", () => ({ type: types, parent: listing.search.trim() ? null : parent }), update);
  const enter = (id: number | null) => {
    parent = id;
    listing.search = "";
    void listing.load();
  };
  void listing.load();
  return () => html`<div class="chooser" @keydown=${arrows(".take")}>
    ${listing.searchBox(t.searchPages)}
    ${listing.part?.parent && !listing.search ? way(listing.part.parent, enter) : nothing}
    <ul class="choices">${listing.items.map((page) => row(page, take, enter))}</ul>
    ${listing.foot()}
  </div>`;
}

function way(parent: Parent, enter: (id: number | null) => void): TemplateResult {
  return html`<p class="way"><button type="button" class="plain" @click=${() => enter(parent.parent_id)}>${icon("undo")} ${t.oneUp}</button><strong>${parent.title}</strong></p>`;
}

function row(page: PageItem, take: (page: PageItem) => void, enter: (id: number) => void): TemplateResult {
  const words = html`<strong>${page.title}</strong><span class="quiet">${[page.url, page.type_label, page.live ? "" : t.draft].filter(Boolean).join(" · ")}</span>`;
  return html`<li>
    ${page.may_choose ? html`<button type="button" class="take" @click=${() => take(page)}>${words}</button>` : html`<span class="take off">${words}</span>`}
    ${page.has_children ? html`<button type="button" class="plain" aria-label=${t.pagesBelow(page.title)} title=${t.pagesBelow(page.title)} @click=${() => enter(page.id)}>${icon("chevron")}</button>` : nothing}
  </li>`;
}
