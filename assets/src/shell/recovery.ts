// What was not saved the last time: found in this browser, offered, never taken without a word.

import type { EditorData } from "../core/model";
import type { Editing } from "../core/editing";
import { shortMoment } from "../core/moments";
import { copiesOf, dropCopy, type Copy } from "../saving/copies";
import type { Company } from "../saving/company";
import type { Banner } from "./banners";
import { t } from "../texts";

/** Other tabs answer within this time, in milliseconds. */
const ANSWER_MS = 150;

interface Offer {
  data: EditorData;
  editing: Editing;
  company: Company;
  /** What is kept of this one is at hand. */
  sitting: string;
  put: (banner: Banner) => void;
  remove: (name: string) => void;
}

export async function offerCopies({ data, editing, company, sitting, put, remove }: Offer): Promise<void> {
  const found = await copiesOf(editing.key, editing.username).catch(() => []);
  await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  const server = JSON.stringify(data.content);
  for (const copy of found) {
    // Another tab is at work on it.
    if (company.tabs.has(copy.sitting) || copy.sitting === sitting) continue;
    if (JSON.stringify(copy.content) === server) await dropCopy(copy.key);
    else put(bannerOf(copy, data, editing, remove));
  }
}

function bannerOf(copy: Copy, data: EditorData, editing: Editing, remove: (name: string) => void): Banner {
  const restore = () => {
    remove(copy.key);
    editing.replace(copy.content);
    // The restored content is on its way to the server, with a copy of its own.
    setTimeout(() => void dropCopy(copy.key), 2_000);
  };
  const discard = () => {
    remove(copy.key);
    void dropCopy(copy.key);
  };
  const at = shortMoment(copy.at);
  const isBehind = copy.base !== data.revision && Date.parse(data.saved_at ?? "") > copy.at;
  const text = copy.aside ? t.keptAside(at) : isBehind ? t.notSavedSince(at) : t.notSaved(at);
  return { name: copy.key, text, actions: [{ label: t.restore, run: restore }, { label: t.discard, run: discard }] };
}
