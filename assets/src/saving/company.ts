// Who else has this page open: other tabs of this browser, told through a channel, and everybody else, told by the server.
// A browser has six connections to a host: a tab that nobody looks at gives its own back, and catches up when it is back.

import type { Lock } from "../core/model";

export interface SavedNews {
  revision: number;
  by: string;
  at: string;
  sitting: string;
}

/** A picture, or initials on a colour. */
export interface Face {
  initials: string;
  hue: number;
  url: string | null;
}

interface There {
  name: string;
  sitting: string;
  face?: Face | null;
  /** Somebody's own, in another window or on another device. */
  own?: boolean;
}

interface TabNews {
  kind: "hello" | "here" | "saved" | "bye";
  sitting: string;
  revision?: number;
}

/** After a stream that was refused, in milliseconds. */
const AGAIN_MS = 10_000;

/** Events: `tabs`, `editors`, `saved` (detail: SavedNews), `published`, `lock` (detail: Lock, or null). */
export class Company extends EventTarget {
  /** Other people, each once. */
  others: string[] = [];
  /** Theirs, in the same order; null where there is none. */
  faces: (Face | null)[] = [];
  readonly tabs = new Set<string>();
  private hasOwnElsewhere = false;
  private readonly channel: BroadcastChannel;
  private source: EventSource | null = null;
  private again = 0;
  private told = 0;

  constructor(
    /** One of all that can be edited. */
    key: number | string,
    /** Where the server tells of other people; without it only tabs are known. */
    private readonly live: string | null,
    private readonly sitting: string,
    /** The revision that is known here. */
    private readonly known: () => number | null,
  ) {
    super();
    this.channel = new BroadcastChannel(`vitrine-page-${key}`);
    this.channel.addEventListener("message", (event: MessageEvent<TabNews>) => this.hear(event.data));
    this.post("hello");
    window.addEventListener("pagehide", () => this.leave());
    // Also one that comes back out of the browser's memory.
    window.addEventListener("pageshow", (event) => event.persisted && (this.post("hello"), this.turn()));
    document.addEventListener("visibilitychange", () => this.turn());
    this.turn();
  }

  /** Whether the same person has it open in another tab, in another window or on another device. */
  get isElsewhere(): boolean {
    return this.tabs.size > 0 || this.hasOwnElsewhere;
  }

  private turn(): void {
    if (document.visibilityState === "visible") this.listen();
    else this.hush();
  }

  private hush(): void {
    clearTimeout(this.again);
    this.source?.close();
    this.source = null;
  }

  private leave(): void {
    this.post("bye");
    this.hush();
    if (this.live) navigator.sendBeacon(`${this.live}?sitting=${this.sitting}`);
  }

  private post(kind: TabNews["kind"], revision?: number): void {
    this.channel.postMessage({ kind, sitting: this.sitting, ...(revision ? { revision } : {}) } satisfies TabNews);
  }

  private hear({ kind, sitting, revision }: TabNews): void {
    if (kind === "hello") this.post("here");
    if (kind === "bye") this.tabs.delete(sitting);
    else this.tabs.add(sitting);
    this.dispatchEvent(new Event("tabs"));
    if (kind === "saved" && revision) this.news({ revision, by: "", at: new Date().toISOString(), sitting });
  }

  /** Each revision once: it may be told again by a stream that begins anew. */
  private news(detail: SavedNews): void {
    if (detail.sitting === this.sitting || detail.revision <= this.told) return;
    this.told = detail.revision;
    this.dispatchEvent(new CustomEvent("saved", { detail }));
  }

  /** Tells the other tabs. */
  saved(revision: number): void {
    this.post("saved", revision);
  }

  private listen(): void {
    if (!this.live || this.source) return;
    const known = this.known();
    const source = new EventSource(`${this.live}?sitting=${this.sitting}${known === null ? "" : `&since=${known}`}`);
    this.source = source;
    const on = <T>(name: string, take: (value: T) => void) =>
      source.addEventListener(name, (event) => {
        try {
          take(JSON.parse((event as MessageEvent<string>).data) as T);
        } catch {
          // A message of a newer server; the next one may be known.
        }
      });
    on<SavedNews>("saved", (news) => this.news(news));
    on<SavedNews>("published", (detail) => this.dispatchEvent(new CustomEvent("published", { detail })));
    on<{ lock: Lock | null }>("lock", ({ lock }) => this.dispatchEvent(new CustomEvent("lock", { detail: lock })));
    on<{ editors: There[] }>("editors", ({ editors }) => this.meet(editors.filter((editor) => editor.sitting !== this.sitting)));
    source.addEventListener("error", () => {
      // A refused stream is not asked for again by the browser.
      if (source !== this.source || source.readyState !== EventSource.CLOSED) return;
      this.hush();
      this.again = setTimeout(() => this.turn(), AGAIN_MS);
    });
  }

  private meet(editors: There[]): void {
    const others = new Map(editors.filter((editor) => !editor.own).map(({ name, face }) => [name, face ?? null]));
    this.others = [...others.keys()];
    this.faces = [...others.values()];
    this.hasOwnElsewhere = editors.some((editor) => editor.own);
    this.dispatchEvent(new Event("editors"));
  }
}
