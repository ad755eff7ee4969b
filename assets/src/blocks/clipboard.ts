// Blocks on the clipboard, as JSON text: they can be pasted into another page, or into a letter to a colleague.

import type { Entry, Json } from "../core/model";
import { showToast } from "../core/toast";
import { t } from "../texts";

/** What was copied last in this browser, for where the clipboard may not be read. */
const KEY = "vitrine-blocks";

export async function copied(entries: Entry[]): Promise<void> {
  const text = JSON.stringify({ vitrine: "blocks", blocks: entries });
  localStorage.setItem(KEY, text);
  await navigator.clipboard?.writeText(text).catch(() => undefined);
  showToast(t.copied(entries.length));
}

function read(text: string | null | undefined): Json {
  try {
    const value = JSON.parse(text ?? "") as { vitrine?: string; blocks?: Json };
    return value.vitrine === "blocks" ? (value.blocks ?? null) : null;
  } catch {
    return null;
  }
}

/** What `copied` put there; null when the clipboard holds something else. */
export async function readCopied(): Promise<Json> {
  const text = await navigator.clipboard?.readText().catch(() => null);
  return read(text) ?? read(localStorage.getItem(KEY));
}
