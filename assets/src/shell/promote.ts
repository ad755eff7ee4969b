// The page's own values, which every type has: the title above the fields, the others under Promote.

import type { Field } from "../core/model";
import { t } from "../texts";

const of = (name: string, kind: string, label: string, help: string, max_length: number | null, required = false): Field => ({
  name, kind, label, help, max_length, required, default: null,
});

export const TITLE = of("title", "char", t.title, "", 255, true);

export const PROMOTE: Field[] = [
  of("slug", "char", t.slug, t.slugHelp, 255),
  of("seo_title", "char", t.seoTitle, t.seoTitleHelp, 255),
  of("search_description", "text", t.searchDescription, t.searchDescriptionHelp, 255),
  of("show_in_menus", "boolean", t.showInMenus, t.showInMenusHelp, null),
];
