// Whether pasted JSON may stand in a stream: its type is known there, and its shape is that of the type. What does not fit
// is left out; the server has the last word.

import type { Block, Entry, Field, Json, JsonObject } from "./model";
import { blockValue, entriesOf, newValue, type Blocks } from "./values";

const TEXTS = ["char", "text", "email", "url", "regex", "decimal", "date", "time", "datetime", "choice", "rich_text", "raw_html", "block_quote", "embed"];
const IDS = ["page", "snippet", "image", "document"];

const isObject = (value: Json): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function fitField(field: Field, value: Json | undefined, blocks: Blocks): Json {
  const { kind } = field;
  const none = () => newValue(field, blocks);
  if (value === undefined || value === null) return none();
  if (TEXTS.includes(kind)) return typeof value === "string" ? value : none();
  if (kind === "boolean") return value === true;
  if (kind === "integer" || kind === "float") return typeof value === "number" ? value : none();
  if (IDS.includes(kind)) return Number.isInteger(value) ? value : none();
  if (kind === "struct") return fitBlock(blocks[field.block ?? ""], value, blocks);
  if (kind === "stream") return fitStream(field, value, blocks) as unknown as Json;
  if (kind === "list") return entriesOf(value).map((item) => fitItem(item, field, blocks)) as unknown as Json;
  if (["image_block", "table", "typed_table"].includes(kind)) return isObject(value) ? value : none();
  return Array.isArray(value) ? value.filter((item) => ["string", "number"].includes(typeof item)) : none();
}

function fitItem(item: Entry, field: Field, blocks: Blocks): Entry {
  return { type: "item", value: fitBlock(blocks[field.block ?? ""], item.value, blocks), id: crypto.randomUUID() };
}

function fitBlock(block: Block | undefined, value: Json, blocks: Blocks): Json {
  if (!block) return null;
  if (!block.is_struct) return block.fields[0] ? fitField(block.fields[0], value, blocks) : null;
  if (!isObject(value)) return blockValue(block, blocks);
  const valued = block.fields.filter((field) => field.kind !== "static");
  return Object.fromEntries(valued.map((field) => [field.name, fitField(field, value[field.name], blocks)]));
}

/** The blocks of `value` that the stream takes, with new ids. */
export function fitStream(field: Field, value: Json, blocks: Blocks): Entry[] {
  const known = entriesOf(value).filter((entry) => field.blocks?.includes(entry.type) && blocks[entry.type]);
  return known.map((entry) => ({ type: entry.type, value: fitBlock(blocks[entry.type], entry.value, blocks), id: crypto.randomUUID() }));
}
