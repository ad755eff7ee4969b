// Who else has this page open: other tabs of this browser, told through a channel, and other people, told by the server.

export interface SavedNews {
  revision: number;
  by: string;
  at: string;
  sitting: string;
}

/** A tab that is hidden for so long stops listening, in milliseconds. */
const HIDDEN_MS = 60_000;

interface TabNews {
  kind: "hello" | "here" | "saved" | "bye";
  sitting: string;
  revision?: number;
}

/** Events: `tabs`, `editors`, `saved` (detail: SavedNews), `published`. */
export class Company extends EventTarget {
  editors: { name: string; sitting: string }[] = [];
  readonly tabs = new Set<string>();
  private readonly channel: BroadcastChannel;
  private source: EventSource | null = null;
  private hiddenTimer = 0;

  constructor(
    /** One of all that can be edited. */
    key: number | string,
    /** Where the server tells of other people; without it only tabs are known. */
    private readonly live: string | null,
    private readonly sitting: string,
    /** Their own other sittings are told by tabs: the server remembers one that was just left. */
    private readonly ownName: string,
  ) {
    super();
    this.channel = new BroadcastChannel(`vitrine-page-${key}`);
    this.channel.addEventListener("message", (event: MessageEvent<TabNews>) => this.hear(event.data));
    this.post("hello");
    window.addEventListener("pagehide", () => this.post("bye"));
    document.addEventListener("visibilitychange", () => this.turn());
    this.listen();
  }

  /** A browser has few connections to a host: a tab that nobody looks at gives its own back. */
  private turn(): void {
    clearTimeout(this.hiddenTimer);
    if (!this.live) return;
    if (document.hidden) this.hiddenTimer = setTimeout(() => this.source?.close(), HIDDEN_MS);
    else if (this.source?.readyState === EventSource.CLOSED) this.listen();
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

  private news(detail: SavedNews): void {
    if (detail.sitting !== this.sitting) this.dispatchEvent(new CustomEvent("saved", { detail }));
  }

  /** Tells the other tabs. */
  saved(revision: number): void {
    this.post("saved", revision);
  }

  private listen(): void {
    if (!this.live) return;
    this.source = new EventSource(`${this.live}?sitting=${this.sitting}`);
    const on = <T>(name: string, take: (value: T) => void) =>
      this.source?.addEventListener(name, (event) => {
        try {
          take(JSON.parse((event as MessageEvent<string>).data) as T);
        } catch {
          // A message of a newer server; the next one may be known.
        }
      });
    on<SavedNews>("saved", (news) => this.news(news));
    on<SavedNews>("published", (detail) => this.dispatchEvent(new CustomEvent("published", { detail })));
    on<{ editors: Company["editors"] }>("editors", ({ editors }) => {
      this.editors = editors.filter((editor) => editor.sitting !== this.sitting && editor.name !== this.ownName);
      this.dispatchEvent(new Event("editors"));
    });
    this.source.addEventListener("error", () => {
      // A refused stream is not asked for again by the browser.
      if (this.source?.readyState === EventSource.CLOSED) setTimeout(() => this.listen(), 10_000);
    });
  }
}
