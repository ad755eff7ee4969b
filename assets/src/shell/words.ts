// How much there is to read: words, and minutes at an easy pace.

import type { Json } from "../core/model";
import type { Editing } from "../core/editing";
import { isEntry, plainText } from "../core/values";

/** As the site counts. */
const WORDS_PER_MINUTE = 200;
const READ = ["char", "text", "rich_text", "block_quote"];

function textIn(value: Json, texts: string[]): void {
  if (typeof value === "string") texts.push(value);
  else if (Array.isArray(value)) value.forEach((item) => textIn(isEntry(item) ? item.value : item, texts));
  else if (typeof value === "object" && value !== null) Object.values(value).forEach((item) => textIn(item, texts));
}

export function countWords(editing: Editing): { words: number; minutes: number } {
  const texts: string[] = [];
  for (const field of editing.fields) {
    if (READ.includes(field.kind) || ["stream", "list", "struct", "table"].includes(field.kind)) textIn(editing.content.fields[field.name] ?? null, texts);
  }
  const text = texts.map((part) => (part.includes("<") ? plainText(part) : part)).join(" ");
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu)?.length ?? 0;
  return { words, minutes: Math.max(1, Math.round(words / WORDS_PER_MINUTE)) };
}
