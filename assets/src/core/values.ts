// Values as the server would fill them: what is empty, what a new block holds, and copies with ids of their own.

import type { Block, Entry, Field, Json, JsonObject } from "./model";

export type Blocks = Record<string, Block>;

const LISTS = ["multiple_choice", "stream", "list", "snippets", "tags"];
const NULLS = [
  "integer", "float", "decimal", "date", "time", "datetime", "page", "snippet", "image", "document", "image_block", "table",
  "typed_table", "static",
];

function emptyValue(field: Field, blocks: Blocks): Json {
  if (field.kind === "boolean") return false;
  if (field.kind === "struct") return blockValue(blocks[field.block ?? ""], blocks);
  if (LISTS.includes(field.kind)) return [];
  return NULLS.includes(field.kind) ? null : "";
}

export function newValue(field: Field, blocks: Blocks): Json {
  return field.default === null || field.default === undefined ? emptyValue(field, blocks) : withNewIds(structuredClone(field.default));
}

/** What a block holds that was just added. */
export function blockValue(block: Block | undefined, blocks: Blocks): Json {
  if (!block) return null;
  if (!block.is_struct) return block.fields[0] ? newValue(block.fields[0], blocks) : null;
  const valued = block.fields.filter((field) => field.kind !== "static");
  return Object.fromEntries(valued.map((field) => [field.name, newValue(field, blocks)]));
}

export function newEntry(type: string, block: Block | undefined, blocks: Blocks): Entry {
  return { type, value: blockValue(block, blocks), id: crypto.randomUUID() };
}

export function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && "type" in value && "value" in value && !Array.isArray(value);
}

/** Blocks and items in `value` get new ids, in place. */
export function withNewIds<T extends Json>(value: T): T {
  if (Array.isArray(value)) value.forEach(withNewIds);
  else if (typeof value === "object" && value !== null) {
    if (isEntry(value)) value.id = crypto.randomUUID();
    Object.values(value).forEach(withNewIds);
  }
  return value;
}

/** The blocks or items of a value that should be a list of them. */
export function entriesOf(value: Json | undefined): Entry[] {
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.filter(isEntry);
}

export function copyOf(entry: Entry): Entry {
  return withNewIds(structuredClone(entry) as unknown as Json) as unknown as Entry;
}

/** The object of a struct; made and put in its place when there is none. */
export function structValue(holder: JsonObject, key: string, block: Block | undefined, blocks: Blocks): JsonObject {
  const value = holder[key];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const made = blockValue(block, blocks) as JsonObject;
  holder[key] = made;
  return made;
}

/** The text that HTML shows. */
export function plainText(html: string): string {
  const spaced = html.replace(/<\/(p|li|h[1-6]|blockquote)>|<br\s*\/?>/gi, "\n$&");
  return new DOMParser().parseFromString(spaced, "text/html").body.textContent ?? "";
}

function wordsOf(value: Json, words: string[]): void {
  if (words.length > 40 || value === null) return;
  if (typeof value === "string") words.push(...plainText(value).split(/\s+/).filter(Boolean).slice(0, 40));
  else if (Array.isArray(value)) value.forEach((item) => wordsOf(isEntry(item) ? item.value : item, words));
  else if (typeof value === "object") Object.values(value).forEach((item) => wordsOf(item, words));
}

/** The longest name of a block in its head, in characters. */
const MAX_LABEL = 90;

function shorten(text: string): string {
  const said = text.replace(/\s+/g, " ").trim();
  return said.length > MAX_LABEL ? `${said.slice(0, MAX_LABEL - 1)}…` : said;
}

/** How one block is called beside its label: its `label_format`, or else the first text in it. */
export function entryLabel(entry: Entry, block: Block | undefined): string {
  if (block?.label_format && typeof entry.value === "object" && entry.value !== null) {
    const values = entry.value as JsonObject;
    return shorten(block.label_format.replace(/\{([^{}]*)\}/g, (_, name: string) => {
      const value = values[name];
      return typeof value === "string" ? plainText(value) : typeof value === "number" || typeof value === "boolean" ? String(value) : "";
    }));
  }
  return shorten(firstText(entry.value, block));
}

function firstText(value: Json, block: Block | undefined): string {
  const words: string[] = [];
  if (!block?.is_struct || typeof value !== "object" || value === null) {
    wordsOf(value, words);
    return words.join(" ");
  }
  for (const field of block.fields) {
    if (!["char", "text", "rich_text", "block_quote", "url", "email"].includes(field.kind)) continue;
    wordsOf((value as JsonObject)[field.name] ?? null, words);
    if (words.length > 0) break;
  }
  return words.join(" ");
}
