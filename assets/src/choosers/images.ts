// Choosing an image of the library, or adding one.

import { html, nothing, type TemplateResult } from "lit";
import type { Editing } from "../core/editing";
import { showDialog, type Shown } from "../core/dialog";
import { arrows, Listing } from "./list";
import { Uploads } from "./upload";
import { t } from "../texts";

export interface ImageItem {
  id: number;
  title: string;
  alt: string;
  width: number;
  height: number;
  thumb: string;
}

interface Part {
  items?: ImageItem[];
  next?: string | null;
  collections?: { id: number; name: string; depth: number }[];
  may_add?: boolean;
}

interface Wanted {
  editing: Editing;
  chosen: (image: ImageItem) => void;
}

export function chooseImage({ editing, chosen }: Wanted): void {
  let shown: Shown;
  let collection = "";
  const update = () => shown?.update();
  const listing = new Listing<ImageItem, Part>("/admin/choose/images/", () => ({ collection }), update);
  const take = (image: ImageItem) => {
    const { title, alt, thumb, width, height } = image;
    editing.labels.images[String(image.id)] = { title, alt, thumb, width, height };
    shown.close();
    chosen(image);
  };
  const uploads = new Uploads<ImageItem>("/admin/choose/images/", "image/*", update, (items) => {
    if (items.length === 1) return take(items[0]!);
    void listing.load();
  });
  const choose = (event: Event) => {
    collection = (event.target as HTMLSelectElement).value;
    void listing.load();
  };
  const content = (): TemplateResult => html`<div class="chooser" @keydown=${arrows(".take")}>
    <div class="chooser-head">${listing.searchBox(t.searchImages)}${collections(listing.part, collection, choose)}</div>
    ${listing.part?.may_add ? uploads.zone() : nothing}
    <ul class="thumbs">${listing.items.map((image) => thumb(image, take))}</ul>
    ${listing.foot()}
  </div>`;
  shown = showDialog({ title: t.chooseImage, content, kind: "wide" });
  void listing.load();
}

export function collections(part: Part | null, chosen: string, choose: (event: Event) => void): TemplateResult | typeof nothing {
  if (!part?.collections || part.collections.length < 2) return nothing;
  return html`<select aria-label=${t.collection} @change=${choose}>
    <option value="">${t.allCollections}</option>
    ${part.collections.map(({ id, name, depth }) => html`<option value=${id} ?selected=${String(id) === chosen}>${"\u2003".repeat(depth)}${name}</option>`)}
  </select>`;
}

function thumb(image: ImageItem, take: (image: ImageItem) => void): TemplateResult {
  return html`<li>
    <button type="button" class="take" @click=${() => take(image)}>
      <img src=${image.thumb} alt="" loading="lazy" /><span>${image.title}</span><span class="quiet">${image.width} × ${image.height}</span>
    </button>
  </li>`;
}
