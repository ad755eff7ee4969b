// The shapes of JSON that the server and the editor exchange: the form of a page, its content, and what answers say.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export interface Choice {
  value: string;
  label: string;
}

export interface Field {
  name: string;
  label: string;
  help: string;
  kind: string;
  required: boolean;
  default: Json;
  attrs?: Record<string, string>;
  min_length?: number | null;
  max_length?: number | null;
  min?: number | string | null;
  max?: number | string | null;
  decimal_places?: number | null;
  pattern?: string;
  error_message?: string | null;
  choices?: Choice[];
  features?: string[];
  text?: string;
  blocks?: string[];
  block?: string;
  min_items?: number | null;
  max_items?: number | null;
  counts?: Record<string, { min?: number | null; max?: number | null }>;
  of?: string[] | string;
}

export interface Block {
  name: string;
  label: string;
  group: string;
  icon: string;
  description: string;
  help: string;
  label_format: string;
  preview_value: Json;
  is_struct: boolean;
  fields: Field[];
  layout: { label: string; fields: string[]; collapsed: boolean }[];
}

/** Another way to look at a page than as a page. */
export interface PreviewMode {
  name: string;
  label: string;
}

/** One block of a stream, or one item of a list. */
export interface Entry {
  type: string;
  value: Json;
  id: string;
}

/** Beside the fields of the type: of a page title, slug and so on; of a snippet name and slug; of settings and rows nothing. */
export interface Content {
  fields: JsonObject;
  [own: string]: Json;
}

export interface PageLabel {
  title: string;
  url: string | null;
  live: boolean;
}

export interface ImageLabel {
  title: string;
  alt: string;
  thumb: string;
  width: number;
  height: number;
}

export interface Labels {
  pages: Record<string, PageLabel>;
  images: Record<string, ImageLabel>;
  documents: Record<string, { title: string; filename: string }>;
  snippets: Record<string, { label: string; type: string }>;
}

export type Kind = "page" | "snippet" | "settings" | "record";

/** Who keeps a page to themselves, and since when. */
export interface Lock {
  /** Empty: somebody whose account is gone. */
  by: string;
  at: string;
  is_own: boolean;
  /** Whether whoever reads this may change nothing. */
  keeps_out: boolean;
  may_unlock: boolean;
}

/** Where the editor sends what. What is not there cannot be done. */
export interface Addresses {
  save: string;
  publish?: string | null;
  unpublish?: string | null;
  schedule?: string | null;
  /** Whether visitors get a revision. */
  published?: string | null;
  preview?: string | null;
  /** Events of this page. */
  live?: string | null;
  history?: string | null;
  lock?: string | null;
  /** The script that checks what the preview shows. */
  checks?: string | null;
  /** What the draft weighs beside what is live. */
  weight?: string | null;
  /** Where it is in the tree, and where the page above it is. */
  tree?: string | null;
  parent?: string | null;
}

/** A page, a snippet, settings or a row of a collection; of the last three most is empty. */
export interface PageFacts {
  /** None of what is yet to be made, and of settings. */
  id: number | null;
  /** Of settings. */
  site?: string;
  /** Of a row: what it was called when the form was opened. */
  name?: string;
  type: string;
  type_label: string;
  live: boolean;
  url: string | null;
  has_unpublished_changes: boolean;
  locale: string;
  publish_at: string | null;
  expire_at: string | null;
  first_published_at: string | null;
  alias_of: number | null;
  /** What stands in the way of the publication that is planned; of code "note": what refuses nothing. */
  findings?: Problem[];
}

export interface EditorData {
  kind: Kind;
  addresses: Addresses;
  /** Whether what is typed is saved without being asked: where that shows nothing to visitors. */
  saves_itself: boolean;
  links: { label: string; url: string }[];
  /** Absent: of what cannot be locked. */
  lock?: Lock | null;
  page: PageFacts;
  revision: number | null;
  saved_at: string | null;
  saved_by: string | null;
  content: Content;
  form: { fields: Field[]; blocks: Record<string, Block>; preview_modes: PreviewMode[] };
  labels: Labels;
  may: { publish?: boolean; unpublish?: boolean; delete?: boolean };
  time_zone: string;
  user: { name: string; username: string };
}

/** Why a value is refused, with its path: `body[2].value.title`. */
export interface Problem {
  path: string;
  code: string;
  message: string;
}
