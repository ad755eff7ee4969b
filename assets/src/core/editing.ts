// One page, snippet, set of settings or row of a collection under the editor's hands: its content, changed in place, its form, and what is known about both. Components
// hold the object that holds their value, so that a key press touches one component and no other.
//
// Events: `change` (a value), `structure` (blocks came, went or moved), `problems`, `replaced` (the whole content), `lock` (it can be
// changed from now on, or no longer).

import type { Addresses, Content, EditorData, Entry, Field, Kind, Labels, Lock, PageFacts, PreviewMode, Problem } from "./model";
import { walk, type Holder, type Key } from "./paths";
import { Problems } from "./problems";

/** Streams that are longer open with their blocks collapsed. */
const MOST_OPEN = 30;

export class Editing extends EventTarget {
  content: Content;
  readonly kind: Kind;
  readonly addresses: Addresses;
  readonly username: string;
  readonly savesItself: boolean;
  readonly links: EditorData["links"];
  readonly fields: Field[];
  readonly blocks: EditorData["form"]["blocks"];
  readonly previewModes: PreviewMode[];
  readonly labels: Labels;
  readonly page: PageFacts;
  readonly timeZone: string;
  readonly problems = new Problems();
  /** Counts changes since the page was opened. */
  version = 0;
  lock: Lock | null;
  private readonly rights: EditorData["may"];
  private opened = new WeakMap<Entry, boolean>();
  /** What somebody is being led to: blocks on the way build their forms. */
  private wanted = new WeakSet<object>();
  private elements = new WeakMap<Holder, Map<Key, HTMLElement>>();

  constructor(data: EditorData) {
    super();
    this.content = data.content;
    this.kind = data.kind;
    this.addresses = data.addresses;
    this.username = data.user.username;
    this.savesItself = data.saves_itself;
    this.links = data.links;
    this.fields = data.form.fields;
    this.blocks = data.form.blocks;
    this.previewModes = data.form.preview_modes;
    this.labels = data.labels;
    this.page = data.page;
    this.rights = data.may;
    this.lock = data.lock ?? null;
    this.timeZone = data.time_zone;
  }

  /** Whether it is there to be read, and nothing else. */
  get isReadOnly(): boolean {
    return this.lock?.keeps_out ?? false;
  }

  get may(): EditorData["may"] {
    return this.isReadOnly ? {} : this.rights;
  }

  setLock(lock: Lock | null): void {
    const was = this.isReadOnly;
    this.lock = lock;
    if (this.isReadOnly !== was) this.dispatchEvent(new Event("lock"));
  }

  /** One of all that can be edited: what this browser keeps is found by it. */
  get key(): number | string {
    return this.kind === "page" && this.page.id !== null ? this.page.id : this.addresses.save;
  }

  /** What it is called. */
  get heading(): string {
    const { content, page, kind } = this;
    if (kind === "settings") return page.site ? `${page.type_label}: ${page.site}` : page.type_label;
    if (kind === "record") return page.name ?? "";
    return String((kind === "page" ? content.title : content.name) ?? "");
  }

  touch(): void {
    this.version += 1;
    this.dispatchEvent(new Event("change"));
  }

  /** After blocks came, went or moved. */
  rearranged(): void {
    this.touch();
    this.dispatchEvent(new Event("structure"));
  }

  replace(content: Content): void {
    this.content = content;
    this.problems.replace([], content);
    this.dispatchEvent(new Event("replaced"));
    this.rearranged();
  }

  setProblems(list: Problem[]): void {
    if (list.length === 0 && this.problems.list.length === 0) return;
    this.problems.replace(list, this.content);
    this.dispatchEvent(new Event("problems"));
  }

  isOpen(entry: Entry, siblings: number): boolean {
    // Nobody can open one to read it.
    if (this.isReadOnly) return true;
    const known = this.opened.get(entry);
    if (known !== undefined) return known;
    this.opened.set(entry, siblings <= MOST_OPEN);
    return siblings <= MOST_OPEN;
  }

  setOpen(entry: Entry, open: boolean): void {
    this.opened.set(entry, open);
  }

  isWanted(entry: Entry): boolean {
    return this.wanted.has(entry);
  }

  /** A field's element says where it is. */
  enter(holder: Holder, key: Key, element: HTMLElement): void {
    const byKey = this.elements.get(holder) ?? new Map<Key, HTMLElement>();
    this.elements.set(holder, byKey.set(key, element));
  }

  leave(holder: Holder, key: Key, element: HTMLElement): void {
    const byKey = this.elements.get(holder);
    if (byKey?.get(key) === element) byKey.delete(key);
  }

  /** The element of the innermost field on the way to `path`, when it is built. */
  find(path: string): HTMLElement | undefined {
    const steps = walk(this.content, path).reverse();
    for (const { holder, key } of steps) {
      const element = this.elements.get(holder)?.get(key);
      if (element) return element;
    }
    return undefined;
  }

  /** Opens every block on the way to `path`. */
  unfold(path: string): void {
    for (const { holder } of walk(this.content, path)) {
      this.setOpen(holder as Entry, true);
      this.wanted.add(holder);
    }
    this.dispatchEvent(new Event("unfold"));
  }
}
