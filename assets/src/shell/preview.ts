// The page as visitors would see it, beside the form: loaded once, then changed in place as somebody types. Its scripts do
// not run.

import { LitElement, html, nothing, type TemplateResult } from "lit";
import type { Editing } from "../core/editing";
import { icon } from "../core/icons";
import type { Finding } from "../checks";
import { findingList, loadChecks } from "./findings";
import { patchDocument } from "./patch";
import { t } from "../texts";

const PAUSE_MS = 150;
const TIMEOUT_MS = 10_000;
/** The checks take longer than a drawing, and wait until somebody pauses. */
const CALM_MS = 900;
const DEVICES = [
  { name: "phone", width: 375 },
  { name: "tablet", width: 768 },
  { name: "desktop", width: 1280 },
] as const;

type Device = (typeof DEVICES)[number];

class PreviewElement extends LitElement {
  static override properties = { editing: { attribute: false }, device: { state: true }, mode: { state: true }, took: { state: true }, problem: { state: true }, findings: { state: true }, isChecking: { state: true } };
  declare editing: Editing;
  declare device: Device;
  /** Empty: the page itself. */
  declare mode: string;
  declare took: number | null;
  declare problem: string;
  /** `null`: nobody asked for them, or they could not be loaded. */
  declare findings: Finding[] | null;
  declare isChecking: boolean;
  private calm = 0;
  private timer = 0;
  private running = false;
  private again = false;
  private checkRuns = false;
  private checkAgain = false;
  private isLoaded = false;
  private readonly watch = new ResizeObserver(() => this.fit());

  constructor() {
    super();
    this.device = DEVICES[2];
    this.mode = "";
    this.took = null;
    this.problem = "";
    this.findings = null;
    this.isChecking = false;
  }

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.editing.addEventListener("change", this.changed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.editing.removeEventListener("change", this.changed);
    clearTimeout(this.timer);
    clearTimeout(this.calm);
    this.watch.disconnect();
    this.isLoaded = false;
  }

  private get frame(): HTMLIFrameElement | null {
    return this.querySelector("iframe");
  }

  private get url(): string {
    const address = this.editing.addresses.preview ?? "";
    return this.mode ? `${address}?mode=${encodeURIComponent(this.mode)}` : address;
  }

  private changed = (): void => {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), PAUSE_MS);
  };

  private look(mode: string): void {
    this.isLoaded = false;
    this.mode = mode;
  }

  private async refresh(): Promise<void> {
    if (this.running || !this.isLoaded) {
      this.again = true;
      return;
    }
    this.running = true;
    const began = performance.now();
    try {
      const response = await fetch(this.url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ content: this.editing.content }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      const document = this.frame?.contentDocument;
      if (response.ok && document) {
        patchDocument(document, text);
        this.took = Math.round(performance.now() - began);
        this.problem = "";
        clearTimeout(this.calm);
        if (this.isChecking) this.calm = setTimeout(() => void this.check(), CALM_MS);
      } else this.problem = t.previewWaits;
    } catch {
      this.problem = t.previewWaits;
    }
    this.running = false;
    if (this.again) {
      this.again = false;
      void this.refresh();
    }
  }

  /** One at a time: axe refuses a second run. */
  private async check(): Promise<void> {
    const view = this.frame?.contentWindow;
    if (!view || !this.isChecking) return;
    this.checkAgain = this.checkRuns;
    if (this.checkRuns) return;
    this.checkRuns = true;
    try {
      const check = await loadChecks(this.editing.addresses.checks ?? "");
      this.findings = await check(view);
    } catch {
      this.isChecking = false;
      this.problem = t.cannotCheck;
    }
    this.checkRuns = false;
    if (this.checkAgain) {
      this.checkAgain = false;
      void this.check();
    }
  }

  private toggleChecks(): void {
    this.isChecking = !this.isChecking;
    this.findings = null;
    void this.check();
  }

  private loaded(): void {
    this.isLoaded = true;
    this.frame?.contentDocument?.addEventListener("click", (event) => {
      // Links would lead the preview away from the page.
      if ((event.target as Element).closest?.("a")) event.preventDefault();
    });
    void this.refresh();
  }

  override firstUpdated(): void {
    const stage = this.querySelector(".stage");
    if (stage) this.watch.observe(stage);
  }

  override updated(): void {
    this.fit();
  }

  /** The page is as wide as on the device, and drawn as large as there is room for. */
  private fit(): void {
    const stage = this.querySelector<HTMLElement>(".stage");
    const { frame } = this;
    if (!stage || !frame) return;
    const scale = Math.min(1, stage.clientWidth / this.device.width);
    frame.style.inlineSize = `${this.device.width}px`;
    frame.style.blockSize = `${stage.clientHeight / scale}px`;
    frame.style.transform = `scale(${scale})`;
    frame.style.marginInlineStart = `${Math.max(0, (stage.clientWidth - this.device.width * scale) / 2)}px`;
  }

  override render(): TemplateResult {
    return html`<section class="preview" aria-label=${t.preview}>
      <header>
        <div class="devices" role="group" aria-label=${t.previewSize}>
          ${DEVICES.map((device) => html`<button type="button" class="plain" aria-pressed=${device === this.device} aria-label=${t.devices[device.name]} title="${t.devices[device.name]} (${device.width} px)" @click=${() => (this.device = device)}>${icon(device.name)}</button>`)}
        </div>
        ${this.editing.previewModes.length ? html`<select class="inline" aria-label=${t.previewMode} @change=${(event: Event) => this.look((event.target as HTMLSelectElement).value)}><option value="">${t.previewPage}</option>${this.editing.previewModes.map((mode) => html`<option value=${mode.name}>${mode.label}</option>`)}</select>` : nothing}
        ${this.editing.addresses.checks ? html`<button type="button" class="plain" aria-pressed=${this.isChecking} aria-expanded=${this.isChecking} @click=${() => this.toggleChecks()}>${icon("check")} ${t.checks}</button>` : nothing}
        <span class="quiet" role="status">${this.problem || (this.took === null ? "" : t.previewTook(this.took))}</span>
        <a href=${this.url} target="_blank" rel="noopener" aria-label=${t.previewInTab} title=${t.previewInTab}>${icon("out")}</a>
        <button type="button" class="plain" aria-label=${t.closePreview} title=${t.closePreview} @click=${() => this.dispatchEvent(new Event("leave"))}>${icon("close")}</button>
      </header>
      ${this.isChecking ? html`<div class="checks" role="region" aria-label=${t.checks}><p role="status">${this.findings ? (this.findings.length ? t.toImprove(this.findings.length) : "") : t.checking}</p>${this.findings ? findingList(this.findings) : nothing}</div>` : nothing}
      <div class="stage">${this.editing ? html`<iframe title=${t.preview} src=${this.url} sandbox="allow-same-origin" @load=${() => this.loaded()}></iframe>` : nothing}</div>
    </section>`;
  }
}

customElements.define("vt-preview", PreviewElement);
