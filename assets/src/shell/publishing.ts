// Publishing and taking down: what the server says, and the proof that visitors get it.

import type { Problem } from "../core/model";
import { ask, send } from "../core/http";
import { showToast } from "../core/toast";
import type { Editing } from "../core/editing";
import type { Saver } from "../saving/saver";
import { t } from "../texts";

interface Published {
  revision: number;
  published_at: string;
  url: string | null;
}

/** How often the origin is asked whether the new version is live, and at what distance, in milliseconds. */
const PROOFS = 20;
const PROOF_MS = 250;

export type Outcome = "done" | "invalid" | "conflict" | "unsaved" | "signed_out" | "failed";

export async function publish(editing: Editing, saver: Saver): Promise<Outcome> {
  if (!(await saver.save(false))) return saver.state === "invalid" ? "invalid" : "unsaved";
  if (!editing.addresses.publish) return "failed";
  const answer = await send<Published>(editing.addresses.publish, { revision: saver.revision });
  if (answer.ok) {
    saver.revision = answer.body.revision ?? saver.revision;
    editing.page.live = true;
    editing.page.url = answer.body.url ?? editing.page.url;
    editing.page.has_unpublished_changes = false;
    editing.page.first_published_at ??= answer.body.published_at;
    editing.setProblems([]);
    return "done";
  }
  if (answer.status === 422) {
    editing.setProblems(answer.body.errors ?? ([] as Problem[]));
    return "invalid";
  }
  if (answer.status === 409) {
    saver.conflict = { revision: answer.body.revision ?? 0, by: answer.body.by ?? "", at: answer.body.at ?? new Date().toISOString() };
    return "conflict";
  }
  if (answer.status === 401) return "signed_out";
  showToast(answer.body.message || t.cannotReach);
  return "failed";
}

/** Says when the origin serves the new version; nothing when it takes longer than people wait. */
export async function proveLive(editing: Editing, revision: number | null): Promise<string> {
  const { published } = editing.addresses;
  for (let asked = 0; published && asked < PROOFS; asked += 1) {
    const { body, ok } = await ask<{ live: boolean; after_s: number }>(published, { revision });
    if (ok && body.live) return t.liveAfter(body.after_s);
    await new Promise((resolve) => setTimeout(resolve, PROOF_MS));
  }
  return "";
}

export async function unpublish(editing: Editing, saver: Saver): Promise<boolean> {
  if (!editing.addresses.unpublish) return false;
  const answer = await send<{ revision?: number }>(editing.addresses.unpublish, {});
  if (!answer.ok) {
    showToast(answer.body.message || t.cannotReach);
    return false;
  }
  saver.revision = answer.body.revision ?? saver.revision;
  editing.page.live = false;
  editing.page.has_unpublished_changes = true;
  return true;
}
