// The values that every page and every snippet has: those above the fields, and of pages the others under Promote.

import type { Field, Kind } from "../core/model";
import { t } from "../texts";

const of = (name: string, kind: string, label: string, help: string, max_length: number | null, required = false): Field => ({
  name, kind, label, help, max_length, required, default: null,
});

/** Above the fields of the type. */
export const HEADS: Record<Kind, Field[]> = {
  page: [of("title", "char", t.title, "", 255, true)],
  snippet: [of("name", "char", t.name, "", 255, true), of("slug", "char", t.slug, t.nameSlugHelp, 255)],
  settings: [],
  record: [],
};

export const PROMOTE: Field[] = [
  of("slug", "char", t.slug, t.slugHelp, 255),
  of("seo_title", "char", t.seoTitle, t.seoTitleHelp, 255),
  of("search_description", "text", t.searchDescription, t.searchDescriptionHelp, 255),
  of("show_in_menus", "boolean", t.showInMenus, t.showInMenusHelp, null),
];
