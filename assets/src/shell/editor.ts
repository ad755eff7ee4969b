// <vitrine-editor>: the editor of one page, snippet or set of settings. It ties the parts together: content, saving, company, panels and keys.

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { keyed } from "lit/directives/keyed.js";
import type { EditorData } from "../core/model";
import { Editing } from "../core/editing";
import { showToast } from "../core/toast";
import { fieldList } from "../fields/groups";
import type { FieldElement } from "../fields/field";
import type { JsonObject } from "../core/model";
import { Company, type SavedNews } from "../saving/company";
import { askAboutConflict, askToSignIn } from "../saving/dialogs";
import { Saver } from "../saving/saver";
import { bannerList, type Banner } from "./banners";
import { topBar } from "./bar";
import { outline, outlineOf, type OutlineItem } from "./outline";
import { HEADS, PROMOTE } from "./promote";
import { proveLive, publish, unpublish } from "./publishing";
import { loadFigures, type PageFigures } from "./figures";
import { loadWeight, type PageWeight } from "./weight";
import { watchLock } from "./lock";
import { offerCopies } from "./recovery";
import { askForSchedule, takeScheduleOver } from "./schedule";
import { listenToKeys } from "./shortcuts";
import { sidePanel } from "./side";
import { tabList } from "./tabs";
import { measureText } from "./words";
import { clockTime } from "../core/moments";
import { t } from "../texts";
import "./preview";
import "../fields/field";

/** The outline and the counts follow what is typed at this distance, in milliseconds. */
const CALM_MS = 600;

/** The draft is weighed when nobody saved for so long, in milliseconds: it is drawn for that. */
const WEIGH_MS = 3_000;

/** Narrower windows have no room beside the form; as in editor.css. */
const NARROW_PX = 1120;

type Tab = "content" | "promote";

class EditorElement extends LitElement {
  private readonly data: EditorData = JSON.parse(document.getElementById("editor-data")?.textContent ?? "null") as EditorData;
  private readonly editing = new Editing(this.data);
  private readonly saver = new Saver(this.editing, this.data.revision, this.data.saved_at);
  private readonly company = new Company(this.editing.key, this.data.addresses.live ?? null, this.saver.sitting, () => this.saver.revision);
  private savedBy = this.data.saved_by;
  private tab: Tab = "content";
  private shows = { outline: window.innerWidth > 1500, preview: false, side: window.innerWidth > NARROW_PX };
  private banners: Banner[] = [];
  private isBusy = false;
  private wantsPublish = false;
  private proof = "";
  private generation = 0;
  private items: OutlineItem[] = [];
  private count = measureText(this.editing);
  private figures: PageFigures | null = null;
  private weight: PageWeight | null = null;
  private weighing = 0;
  private calm = 0;
  private at = -1;

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    // What was there for those without scripts.
    this.replaceChildren();
    super.connectedCallback();
    const { editing, saver, company } = this;
    this.items = outlineOf(editing);
    const draw = () => this.requestUpdate();
    if (editing.page.id !== null) void loadFigures(editing.page.id).then((figures) => ((this.figures = figures), draw()));
    this.weigh();
    editing.addEventListener("change", () => this.soon());
    editing.addEventListener("structure", () => this.soon());
    editing.addEventListener("problems", () => (this.items = outlineOf(editing), draw()));
    for (const name of ["replaced", "lock"]) editing.addEventListener(name, () => (this.generation += 1, draw()));
    saver.addEventListener("state", draw);
    saver.addEventListener("saved", () => this.saved());
    saver.addEventListener("conflict", () => askAboutConflict(saver, editing));
    saver.addEventListener("signed_out", () => this.signIn());
    for (const name of ["tabs", "editors"]) company.addEventListener(name, draw);
    company.addEventListener("saved", (event) => this.othersSaved((event as CustomEvent<SavedNews>).detail));
    company.addEventListener("published", () => this.othersPublished());
    const keys = { saveDraft: () => this.saveDraft(), togglePreview: () => this.toggle("preview"), toggleOutline: () => this.toggle("outline"), toggleSide: () => this.toggle("side"), escape: () => this.escape() };
    document.addEventListener("keydown", listenToKeys(keys));
    window.addEventListener("beforeunload", (event) => saver.isUnsaved && event.preventDefault());
    const put = (banner: Banner) => this.say(banner);
    const remove = (name: string) => this.unsay(name);
    const offer = () => void offerCopies({ data: this.data, editing, company, sitting: saver.sitting, put, remove });
    // What cannot be saved is not offered yet.
    watchLock({ editing, saver, company, put, remove, opened: offer });
    if (!editing.isReadOnly) offer();
  }

  private say(banner: Banner): void {
    this.banners = [...this.banners.filter((other) => other.name !== banner.name), banner];
    this.requestUpdate();
  }

  private unsay(name: string): void {
    this.banners = this.banners.filter((banner) => banner.name !== name);
    this.requestUpdate();
  }

  private soon(): void {
    clearTimeout(this.calm);
    this.calm = setTimeout(() => {
      this.items = outlineOf(this.editing);
      this.count = measureText(this.editing);
      this.requestUpdate();
    }, CALM_MS);
  }

  private weigh(): void {
    const { weight } = this.editing.addresses;
    if (!weight) return;
    clearTimeout(this.weighing);
    this.weighing = setTimeout(() => void loadWeight(weight).then((known) => ((this.weight = known ?? this.weight), this.requestUpdate())), WEIGH_MS);
  }

  private saved(): void {
    const { saver, editing } = this;
    this.savedBy = this.data.user.name || this.data.user.username;
    if (saver.revision) this.company.saved(saver.revision);
    if (saver.removals.length > 0) showToast(t.removedOnSaving(saver.removals));
    // After an attempt to publish, what is still in its way stays marked.
    editing.setProblems(this.wantsPublish ? saver.blockers : []);
    if (saver.blockers.length === 0) this.wantsPublish = false;
    this.unsay("saved");
    this.unsay("lock");
    this.weigh();
  }

  private othersSaved({ revision, by, at }: SavedNews): void {
    if (this.saver.revision !== null && revision <= this.saver.revision) return;
    const load = () => (this.saver.isUnsaved ? askAboutConflict(this.saver, this.editing) : location.reload());
    const actions = this.saver.isUnsaved ? [] : [{ label: t.loadIt, run: load }];
    this.say({ name: "saved", text: t.newVersion(by, clockTime(at)), actions });
  }

  private othersPublished(): void {
    this.editing.page.live = true;
    this.requestUpdate();
  }

  private signIn(): void {
    askToSignIn(this.data.user.username, () => this.saver.save(true));
  }

  private saveDraft(): void {
    void this.saver.save(false).then((done) => done && showToast(this.editing.savesItself || this.editing.may.publish ? t.draftSaved : t.saved));
  }

  private async publish(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.wantsPublish = true;
    this.proof = "";
    this.requestUpdate();
    const outcome = await publish(this.editing, this.saver);
    this.isBusy = false;
    this.requestUpdate();
    if (outcome === "conflict") askAboutConflict(this.saver, this.editing);
    if (outcome === "signed_out") this.signIn();
    if (outcome === "invalid") this.firstProblem();
    if (outcome !== "done") return;
    this.wantsPublish = false;
    const { url } = this.editing.page;
    showToast(t.published, url ? { label: t.viewPage, run: () => window.open(url, "_blank", "noopener") } : undefined);
    this.proof = await proveLive(this.editing, this.saver.revision);
    this.requestUpdate();
  }

  private async unpublish(): Promise<void> {
    const { kind, addresses } = this.editing;
    if (kind === "page" && addresses.unpublish) {
      // A page of its own asks how far it goes, and leads back here.
      if (!(await this.saver.save(true))) return;
      window.location.assign(`${addresses.unpublish}?next=${encodeURIComponent(window.location.pathname)}`);
      return;
    }
    if (!window.confirm(t.confirmUnpublishElsewhere)) return;
    if (await unpublish(this.editing, this.saver)) showToast(t.unpublishedElsewhere);
    this.requestUpdate();
  }

  private firstProblem(): void {
    this.at = -1;
    this.nextProblem();
  }

  private nextProblem(): void {
    const { list } = this.editing.problems;
    if (list.length === 0) return;
    this.at = (this.at + 1) % list.length;
    void this.reach(list[this.at]!.path);
  }

  /** Goes to the field at `path`: its tab, its blocks opened. */
  private async reach(path: string): Promise<void> {
    this.tab = this.editing.kind === "page" && PROMOTE.some((field) => field.name === path) ? "promote" : "content";
    // On a small screen the outline lies above the form.
    if (window.innerWidth < NARROW_PX) this.shows = { ...this.shows, outline: false };
    this.requestUpdate();
    this.editing.unfold(path);
    await this.updateComplete;
    // Blocks within blocks are built one after the other.
    for (let frame = 0; frame < 6; frame += 1) await new Promise(requestAnimationFrame);
    (this.editing.find(path) as FieldElement | undefined)?.reach();
  }

  private toggle(name: "outline" | "preview" | "side"): void {
    if (name === "preview" && !this.editing.addresses.preview) return;
    this.shows = { ...this.shows, [name]: !this.shows[name] };
    this.requestUpdate();
  }

  private escape(): void {
    if (this.shows.preview && document.activeElement?.closest("vt-preview")) this.toggle("preview");
    if (this.shows.outline && document.activeElement?.closest(".outline")) this.toggle("outline");
  }

  override render(): TemplateResult {
    const { editing, saver, shows } = this;
    const schedule = () => askForSchedule(editing, () => this.requestUpdate());
    return html`${topBar({
        editing, saver, shows, schedule, isBusy: this.isBusy,
        toggle: (name) => this.toggle(name),
        publish: () => void this.publish(),
        saveDraft: () => this.saveDraft(),
        unpublish: () => void this.unpublish(),
        signIn: () => this.signIn(),
        resolve: () => askAboutConflict(saver, editing),
        nextProblem: () => this.nextProblem(),
      })}
      <div class="editor-body ${shows.outline ? "with-outline" : ""} ${shows.side ? "with-side" : ""} ${shows.preview ? "with-preview" : ""}">
        ${shows.outline ? outline(this.items, (path) => void this.reach(path)) : nothing}
        <div class="editor-form">${bannerList(this.banners, (name) => this.unsay(name))}${guard([this.generation, this.tab], () => keyed(this.generation, this.form()))}</div>
        ${shows.preview ? html`<vt-preview .editing=${editing} @leave=${() => this.toggle("preview")}></vt-preview>` : nothing}
        ${shows.side ? sidePanel({ editing, saver, company: this.company, savedBy: this.savedBy, count: this.count, figures: this.figures, weight: this.weight, proof: this.proof, reach: (path) => void this.reach(path), schedule, takeOver: () => void takeScheduleOver(editing).then(() => this.requestUpdate()) }) : nothing}
      </div>`;
  }

  /** Both tabs stay built, so that nothing is lost between them. */
  private form(): TemplateResult {
    const { editing, tab } = this;
    const own: JsonObject = editing.content;
    const isClosed = editing.isReadOnly;
    const fields = html`${fieldList(HEADS[editing.kind], own, editing)}${fieldList(editing.fields, editing.content.fields, editing)}`;
    if (editing.kind !== "page") return html`<fieldset class="whole" ?disabled=${isClosed}><div class="fields">${fields}</div></fieldset>`;
    const turn = (name: Tab) => {
      this.tab = name;
      this.requestUpdate();
    };
    return html`${tabList(tab, turn)}
      <fieldset class="whole" ?disabled=${isClosed}>
      <div role="tabpanel" id="panel-content" aria-labelledby="tab-content" class="fields" ?hidden=${tab !== "content"}>
        ${fields}
      </div>
      <div role="tabpanel" id="panel-promote" aria-labelledby="tab-promote" class="fields" ?hidden=${tab !== "promote"}>${fieldList(PROMOTE, own, editing)}</div>
      </fieldset>`;
  }
}

customElements.define("vitrine-editor", EditorElement);
