// Choosing a snippet of one type.

import { html } from "lit";
import type { Editing } from "../core/editing";
import { showDialog, type Shown } from "../core/dialog";
import { arrows, Listing } from "./list";
import { t } from "../texts";

interface SnippetItem {
  id: number;
  label: string;
  type: string;
}

interface Wanted {
  editing: Editing;
  type: string;
  title: string;
  chosen: (id: number) => void;
}

export function chooseSnippet({ editing, type, title, chosen }: Wanted): void {
  let shown: Shown;
  const listing = new Listing<SnippetItem>("/admin/choose/snippets/", () => ({ type }), () => shown?.update());
  const take = (item: SnippetItem) => {
    editing.labels.snippets[String(item.id)] = { label: item.label, type: item.type };
    shown.close();
    chosen(item.id);
  };
  shown = showDialog({
    title: t.chooseNamed(title),
    content: () => html`<div class="chooser" @keydown=${arrows(".take")}>
      ${listing.searchBox(t.search)}
      <ul class="choices">${listing.items.map((item) => html`<li><button type="button" class="take" @click=${() => take(item)}><strong>${item.label}</strong></button></li>`)}</ul>
      ${listing.foot()}
    </div>`,
  });
  void listing.load();
}
