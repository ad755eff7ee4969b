// A page that somebody locked: its form is there to be read. What was typed before waits in this browser, and is offered again
// when the page is unlocked.

import type { Editing } from "../core/editing";
import type { Lock } from "../core/model";
import { clockTime, shortMoment } from "../core/moments";
import { showToast } from "../core/toast";
import type { Company } from "../saving/company";
import type { Saver } from "../saving/saver";
import type { Banner } from "./banners";
import { t } from "../texts";

interface Watch {
  editing: Editing;
  saver: Saver;
  company: Company;
  put: (banner: Banner) => void;
  remove: (name: string) => void;
  /** The page can be changed again. */
  opened: () => void;
}

const NAME = "lock";

export function watchLock(watch: Watch): void {
  const { editing, saver, company } = watch;
  company.addEventListener("lock", (event) => take((event as CustomEvent<Lock | null>).detail, watch));
  // A save was refused before the lock was told.
  saver.addEventListener("locked", (event) => {
    const { by = "", at = new Date().toISOString() } = (event as CustomEvent<{ by?: string; at?: string }>).detail;
    if (!editing.isReadOnly) take({ by, at, is_own: false, keeps_out: true, may_unlock: false }, watch);
  });
  company.addEventListener("editors", () => editing.isReadOnly && watch.put(locked(watch)));
  if (editing.isReadOnly) close(watch);
}

function take(lock: Lock | null, watch: Watch): void {
  const { editing } = watch;
  const was = editing.isReadOnly;
  editing.setLock(lock);
  if (editing.isReadOnly) close(watch);
  else if (was) open(watch);
}

function close(watch: Watch): void {
  watch.saver.hold();
  watch.put(locked(watch));
}

function open({ saver, put, remove, opened }: Watch): void {
  saver.release();
  remove(NAME);
  opened();
  if (!saver.isUnsaved) return showToast(t.unlocked);
  const save = () => {
    remove(NAME);
    void saver.save(true);
  };
  const discard = () => {
    saver.drop();
    location.reload();
  };
  put({ name: NAME, text: t.unlockedWithText, actions: [{ label: t.saveIt, run: save }, { label: t.discard, run: discard }] });
}

function locked(watch: Watch): Banner {
  const { editing, saver, company } = watch;
  const { by = "", at = "", is_own = false, may_unlock = false } = editing.lock ?? {};
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  const since = isToday ? clockTime(at) : shortMoment(at);
  const words = [is_own ? t.lockedByYou(since) : by ? t.lockedBy(by, since) : t.lockedByNobody(since)];
  if (saver.isUnsaved) words.push(t.textWaits);
  else words.push(t.readHere);
  if (by && !is_own && !may_unlock) words.push(company.others.includes(by) ? t.askWhoIsHere(by) : t.askThem(by));
  const unlock = { label: t.unlock, run: () => void sendUnlock(watch) };
  return { name: NAME, text: words.join(" "), actions: may_unlock ? [unlock] : [], stays: true };
}

async function sendUnlock(watch: Watch): Promise<void> {
  const address = watch.editing.addresses.lock;
  if (!address) return;
  const sent = fetch(address, { method: "POST", body: new URLSearchParams({ to: "open" }), redirect: "manual" });
  const done = await sent.then((response) => response.ok || response.type === "opaqueredirect", () => false);
  if (done) take(null, watch);
  else showToast(t.cannotUnlock);
}
