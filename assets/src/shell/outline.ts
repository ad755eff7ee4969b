// The outline of a page: its streams and their blocks, to see where one is and to go elsewhere.

import { html, nothing, type TemplateResult } from "lit";
import type { Entry } from "../core/model";
import type { Editing } from "../core/editing";
import { icon } from "../core/icons";
import { entriesOf, entryLabel } from "../core/values";
import { t } from "../texts";

export interface OutlineItem {
  path: string;
  name: string;
  gist: string;
  sign: string;
  /** 0: a field; 1: a block. */
  depth: number;
  problems: number;
}

export function outlineOf(editing: Editing): OutlineItem[] {
  return editing.fields.flatMap((field) => {
    const head = { path: field.name, name: field.label, gist: "", sign: "block", depth: 0, problems: problemsOf(editing, field.name) };
    if (field.kind !== "stream") return [head];
    const entries = entriesOf(editing.content.fields[field.name]);
    return [head, ...entries.map((entry, at) => item(editing, entry, `${field.name}[${at}]`))];
  });
}

function problemsOf(editing: Editing, name: string): number {
  return editing.problems.of(editing.content.fields, name, true).length;
}

function item(editing: Editing, entry: Entry, path: string): OutlineItem {
  const block = editing.blocks[entry.type];
  return {
    path: `${path}.value`, name: block?.label ?? entry.type, gist: entryLabel(entry, block), sign: block?.icon ?? "block", depth: 1, problems: editing.problems.countIn(entry),
  };
}

export function outline(items: OutlineItem[], reach: (path: string) => void): TemplateResult {
  return html`<nav class="outline" aria-label=${t.outline}>
    <h2>${t.outline}</h2>
    <ol>
      ${items.map(
        ({ path, name, gist, sign, depth, problems }) => html`<li class="depth-${depth}">
          <button type="button" class="plain" @click=${() => reach(path)}>
            ${depth === 1 ? icon(sign) : nothing}<span>${gist || name}</span>${problems > 0 ? html`<span class="chip bad" aria-label=${t.problems(problems)}>${problems}</span>` : nothing}
          </button>
        </li>`,
      )}
    </ol>
  </nav>`;
}
