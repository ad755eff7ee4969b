// Choosing a document of the library, or adding one.

import { html, nothing, type TemplateResult } from "lit";
import type { Editing } from "../core/editing";
import { showDialog, type Shown } from "../core/dialog";
import { arrows, Listing } from "./list";
import { Uploads } from "./upload";
import { t } from "../texts";

export interface DocumentItem {
  id: number;
  title: string;
  filename: string;
  size_bytes: number;
}

interface Part {
  items?: DocumentItem[];
  next?: string | null;
  may_add?: boolean;
}

interface Wanted {
  editing: Editing;
  chosen: (document: DocumentItem) => void;
}

export function chooseDocument({ editing, chosen }: Wanted): void {
  let shown: Shown;
  const update = () => shown?.update();
  const listing = new Listing<DocumentItem, Part>("/admin/choose/documents/", () => ({}), update);
  const take = (item: DocumentItem) => {
    editing.labels.documents[String(item.id)] = { title: item.title, filename: item.filename };
    shown.close();
    chosen(item);
  };
  const uploads = new Uploads<DocumentItem>("/admin/choose/documents/", "", update, (items) => {
    if (items.length === 1) return take(items[0]!);
    void listing.load();
  });
  const row = (item: DocumentItem): TemplateResult => html`<li>
    <button type="button" class="take" @click=${() => take(item)}>
      <strong>${item.title}</strong><span class="quiet">${item.filename}${item.size_bytes ? ` · ${size(item.size_bytes)}` : ""}</span>
    </button>
  </li>`;
  const content = () => html`<div class="chooser" @keydown=${arrows(".take")}>
    ${listing.searchBox(t.searchDocuments)}${listing.part?.may_add ? uploads.zone() : nothing}
    <ul class="choices">${listing.items.map(row)}</ul>
    ${listing.foot()}
  </div>`;
  shown = showDialog({ title: t.chooseDocument, content, kind: "wide" });
  void listing.load();
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
