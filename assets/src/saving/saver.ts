// Saving without being asked: half a second after the last change, one request at a time, the newest content next. Before
// that, within a quarter of a second, a copy is in this browser. What the server cannot take now is sent again later.

import type { Problem } from "../core/model";
import type { Editing } from "../core/editing";
import { send, type Answer, type Refusal } from "../core/http";
import { dropCopy, keepCopy } from "./copies";

export type State = "saved" | "unsaved" | "saving" | "offline" | "away" | "signed_out" | "conflict" | "invalid" | "refused" | "locked";

const QUIET_MS = 500;
/** Somebody who never pauses is saved so often. */
const LONGEST_MS = 2_500;
const COPY_MS = 200;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

interface Saved {
  revision: number;
  saved_at: string;
  removals?: { path: string; removed: string[] }[];
  blockers?: Problem[];
  /** Absent: yes, a page that was saved is one that can be published. */
  has_unpublished_changes?: boolean;
  /** Where what was just made is edited. */
  address?: string;
}

export interface Conflict {
  revision: number;
  by: string;
  at: string;
}

/** Events: `state`, `saved` (after each), `conflict`, `signed_out`, `refused`, `locked` (detail: by whom, and when). */
export class Saver extends EventTarget {
  state: State = "saved";
  savedAt: string | null;
  revision: number | null;
  conflict: Conflict | null = null;
  blockers: Problem[] = [];
  removals: string[] = [];
  message = "";
  readonly sitting = crypto.randomUUID();
  private savedVersion = 0;
  private since = 0;
  private timer = 0;
  private copyTimer = 0;
  private retry = FIRST_RETRY_MS;
  private running: Promise<boolean> | null = null;
  private isHeld = false;

  constructor(
    private readonly editing: Editing,
    revision: number | null,
    savedAt: string | null,
  ) {
    super();
    this.revision = revision;
    this.savedAt = savedAt;
    editing.addEventListener("change", () => this.changed());
    window.addEventListener("online", () => editing.savesItself && this.isWaiting && void this.save(true));
    document.addEventListener("visibilitychange", () => document.hidden && this.isUnsaved && void this.copy());
  }

  get isUnsaved(): boolean {
    return this.editing.version !== this.savedVersion;
  }

  /** Somebody locked it: what is unsaved stays here until they are done. */
  hold(): void {
    this.isHeld = true;
    clearTimeout(this.timer);
    void this.copy();
    this.become("locked");
  }

  release(): void {
    this.isHeld = false;
    this.become(this.isUnsaved ? "unsaved" : "saved");
  }

  /** Nobody wants what is unsaved. */
  drop(): void {
    this.settle();
    void dropCopy(this.copyKey).catch(() => undefined);
  }

  private become(next: State): void {
    const state = this.isHeld ? "locked" : next;
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  private changed(): void {
    if (this.since === 0) this.since = Date.now();
    this.copyTimer ||= setTimeout(() => void this.copy(), COPY_MS);
    // In a conflict and while signed out only a person goes on; a lost connection has its own clock.
    if (["conflict", "signed_out", "locked"].includes(this.state) || this.isWaiting) return;
    if (this.state !== "saving") this.become("unsaved");
    if (!this.editing.savesItself) return;
    this.schedule(Math.min(QUIET_MS, Math.max(0, this.since + LONGEST_MS - Date.now())));
  }

  private schedule(wait: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(true), wait);
  }

  private get copyKey(): string {
    return `${this.editing.key}:${this.sitting}`;
  }

  /** Writes the copy of this browser now. */
  async copy(aside = false): Promise<void> {
    clearTimeout(this.copyTimer);
    this.copyTimer = 0;
    if (!this.isUnsaved && !aside) return;
    const { key: page, content, username: user } = this.editing;
    const key = aside ? `${this.copyKey}:aside` : this.copyKey;
    await keepCopy({ key, page, sitting: this.sitting, user, base: this.revision, at: Date.now(), content, aside }).catch(() => undefined);
  }

  /** True when everything is on the server. */
  async save(automatic: boolean): Promise<boolean> {
    clearTimeout(this.timer);
    while (this.running) await this.running;
    if (this.isHeld) return false;
    if (automatic && !this.isUnsaved) return true;
    this.running = this.saveOnce(automatic);
    const done = await this.running;
    this.running = null;
    if (done && this.isUnsaved && this.editing.savesItself) this.schedule(QUIET_MS);
    return done && !this.isUnsaved;
  }

  private async saveOnce(automatic: boolean): Promise<boolean> {
    const version = this.editing.version;
    this.since = 0;
    this.become("saving");
    const sent = { base_revision: this.revision, sitting: this.sitting, automatic, content: this.editing.content };
    const answer = await send<Saved>(this.editing.addresses.save, sent);
    if (answer.ok && answer.body.address) return this.made(answer.body.address);
    if (answer.ok) return this.accepted(answer.body, version);
    this.refuse(answer);
    return false;
  }

  /** What was new has an address of its own from now on. */
  private async made(address: string): Promise<true> {
    this.settle();
    await dropCopy(this.copyKey).catch(() => undefined);
    location.replace(address);
    return true;
  }

  private accepted(saved: Saved, version: number): true {
    this.revision = saved.revision;
    this.savedAt = saved.saved_at;
    this.savedVersion = version;
    this.retry = FIRST_RETRY_MS;
    this.conflict = null;
    this.blockers = saved.blockers ?? [];
    this.removals = (saved.removals ?? []).flatMap((removal) => removal.removed);
    this.editing.page.has_unpublished_changes = saved.has_unpublished_changes ?? true;
    if (!this.isUnsaved) {
      clearTimeout(this.copyTimer);
      this.copyTimer = 0;
      void dropCopy(this.copyKey).catch(() => undefined);
    }
    this.become(this.isUnsaved ? "unsaved" : "saved");
    this.dispatchEvent(new Event("saved"));
    return true;
  }

  private refuse({ status, body }: Answer<Saved>): void {
    this.message = body.message ?? "";
    if (status === 401) this.tell("signed_out");
    else if (status === 409) this.collide(body);
    else if (status === 423) this.dispatchEvent(new CustomEvent("locked", { detail: { by: body.by, at: body.at } }));
    else if (status === 422) {
      this.become("invalid");
      this.editing.setProblems(body.errors ?? []);
    } else if (status === 0) this.wait("offline");
    else if (status === 429 || status >= 500) this.wait("away");
    else this.tell("refused");
  }

  private tell(state: "signed_out" | "refused"): void {
    this.become(state);
    void this.copy();
    this.dispatchEvent(new Event(state));
  }

  private collide(body: Refusal): void {
    this.conflict = { revision: body.revision ?? 0, by: body.by ?? "", at: body.at ?? new Date().toISOString() };
    this.become("conflict");
    void this.copy();
    this.dispatchEvent(new Event("conflict"));
  }

  /** Whether it is tried again by itself. */
  get isWaiting(): boolean {
    return this.state === "offline" || this.state === "away";
  }

  private wait(state: "offline" | "away"): void {
    this.become(state);
    void this.copy();
    // What shows at once is sent when somebody asks for it, not later.
    if (!this.editing.savesItself) return;
    this.schedule(this.retry);
    this.retry = Math.min(LONGEST_RETRY_MS, this.retry * 2);
  }

  /** After a conflict: ours goes on top; theirs stays in the history. */
  async overwrite(): Promise<boolean> {
    this.revision = this.conflict?.revision ?? this.revision;
    return this.save(false);
  }

  /** What is there is what the server has. */
  settle(): void {
    this.savedVersion = this.editing.version;
    clearTimeout(this.timer);
    clearTimeout(this.copyTimer);
    this.become("saved");
  }
}
