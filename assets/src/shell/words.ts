// How much there is to read, and how easily: words, minutes, and the readability index LIX.

import type { Json } from "../core/model";
import type { Editing } from "../core/editing";
import { isEntry, plainText } from "../core/values";

/** Words a minute, silently: Brysbaert 2019, doi:10.1016/j.jml.2019.104047. */
const PACE: Record<string, number> = { ar: 181, de: 260, en: 238, es: 278, fi: 195, fr: 214, he: 224, it: 285, ko: 226, nl: 228, sv: 218, zh: 260 };
const READ = ["char", "text", "rich_text", "block_quote"];
/** Of words that count as long in LIX. */
const LONG = 7;
/** Shorter texts have no readability. */
const MIN_WORDS = 10;

export type Reading = "easy" | "fair" | "complex";

export interface Measure {
  words: number;
  minutes: number;
  /** Words per sentence, and long words in a hundred. */
  lix: number | null;
}

function textIn(value: Json, texts: string[]): void {
  if (typeof value === "string") texts.push(value);
  else if (Array.isArray(value)) value.forEach((item) => textIn(isEntry(item) ? item.value : item, texts));
  else if (typeof value === "object" && value !== null) Object.values(value).forEach((item) => textIn(item, texts));
}

export function measure(text: string, language: string): Measure {
  const segments = (granularity: "word" | "sentence") => new Intl.Segmenter(language, { granularity }).segment(text);
  let [words, long, sentences] = [0, 0, 0];
  for (const { segment, isWordLike } of segments("word")) {
    if (!isWordLike) continue;
    words += 1;
    if (segment.length >= LONG) long += 1;
  }
  for (const { segment } of segments("sentence")) if (segment.trim()) sentences += 1;
  const pace = PACE[language.split("-")[0]!] ?? PACE.en!;
  const lix = words < MIN_WORDS ? null : words / sentences + (100 * long) / words;
  return { words, minutes: Math.max(1, Math.round(words / pace)), lix };
}

/** The usual steps of LIX, leniently. */
export const reading = (lix: number): Reading => (lix < 35 ? "easy" : lix < 45 ? "fair" : "complex");

export function measureText(editing: Editing): Measure {
  const texts: string[] = [];
  for (const field of editing.fields) {
    if (READ.includes(field.kind) || ["stream", "list", "struct", "table"].includes(field.kind)) textIn(editing.content.fields[field.name] ?? null, texts);
  }
  const text = texts.map((part) => (part.includes("<") ? plainText(part) : part)).join("\n");
  return measure(text, editing.page.locale || "en");
}
