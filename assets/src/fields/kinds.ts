// Which control edits which kind of field.

import { html, type TemplateResult } from "lit";
import type { Control } from "./control";
import { embedControl, lineControl, rawControl, textControl } from "./texts";
import { numberControl } from "./numbers";
import { booleanControl, choiceControl, choicesControl } from "./choices";
import { dateControl, datetimeControl, timeControl } from "./times";
import { documentControl, imageBlockControl, imageControl, pageControl, snippetControl, snippetsControl } from "./references";
import { t } from "../texts";
import "./tags";
import "./table";
import "./typed_table";
import "../rich/element";
import "../blocks/stream";
import "../blocks/struct";

/** Kinds with several controls: a group, named by its label. */
export const GROUPED = [
  "multiple_choice", "rich_text", "stream", "struct", "list", "page", "snippet", "snippets", "image", "document", "image_block", "table",
  "typed_table", "tags",
];

/** Kinds whose parts show their own errors. */
export function isContainer(kind: string): boolean {
  return ["stream", "list", "struct"].includes(kind);
}

const CONTROLS: Record<string, (control: Control) => TemplateResult> = {
  char: lineControl,
  email: lineControl,
  url: lineControl,
  regex: lineControl,
  embed: embedControl,
  text: textControl,
  block_quote: textControl,
  raw_html: rawControl,
  integer: numberControl,
  float: numberControl,
  decimal: numberControl,
  boolean: booleanControl,
  choice: choiceControl,
  multiple_choice: choicesControl,
  date: dateControl,
  time: timeControl,
  datetime: datetimeControl,
  page: pageControl,
  snippet: snippetControl,
  snippets: snippetsControl,
  image: imageControl,
  document: documentControl,
  image_block: imageBlockControl,
  tags: (control) => html`<vt-tags .control=${control}></vt-tags>`,
  table: (control) => html`<vt-table .control=${control}></vt-table>`,
  typed_table: (control) => html`<vt-typed-table .control=${control}></vt-typed-table>`,
  rich_text: (control) => html`<vt-rich-text .control=${control}></vt-rich-text>`,
  stream: (control) => html`<vt-stream .control=${control}></vt-stream>`,
  list: (control) => html`<vt-stream .control=${control}></vt-stream>`,
  struct: (control) => html`<vt-struct .control=${control}></vt-struct>`,
};

export function controlOf(control: Control): TemplateResult {
  return CONTROLS[control.field.kind]?.(control) ?? html`<p class="problem">${t.unknownKind(control.field.kind)}</p>`;
}
