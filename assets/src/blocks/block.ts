// One block of a stream, or one item of a list: a head with its name and its tools, and its form, which is built when the
// block is open and not before.

import { LitElement, html, nothing, type TemplateResult } from "lit";
import type { Block, Entry, JsonObject } from "../core/model";
import type { Editing } from "../core/editing";
import { icon } from "../core/icons";
import { blockValue, entryLabel } from "../core/values";
import { structFields } from "../fields/groups";
import { t } from "../texts";

/** The blocks of longer streams build their forms when they are near. */
const MOST_BUILT = 30;

/** What the stream does for its blocks. */
export interface Tools {
  move: (entry: Entry, by: number) => void;
  duplicate: (entry: Entry) => void;
  remove: (entry: Entry) => void;
  copy: (entry: Entry) => void;
  drag: (entry: Entry, event: PointerEvent) => void;
}

const nearness = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) (target as BlockElement).near();
  },
  { rootMargin: "200px" },
);

export class BlockElement extends LitElement {
  static override properties = {
    entry: { attribute: false }, block: { attribute: false }, editing: { attribute: false }, tools: { attribute: false }, at: { attribute: false }, total: { attribute: false },
  };
  declare entry: Entry;
  declare block: Block | undefined;
  declare editing: Editing;
  declare tools: Tools;
  declare at: number;
  declare total: number;
  private problemCount = 0;
  /** Tools, and forms of long streams, are made when the block is near the window, or has the focus. */
  private isNear = false;

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.editing.addEventListener("problems", this.look);
    this.editing.addEventListener("unfold", this.unfold);
    this.addEventListener("focusin", this.near);
    nearness.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.editing.removeEventListener("problems", this.look);
    this.editing.removeEventListener("unfold", this.unfold);
    nearness.unobserve(this);
  }

  near = (): void => {
    if (this.isNear) return;
    this.isNear = true;
    nearness.unobserve(this);
    this.requestUpdate();
  };

  private look = (): void => {
    if (this.editing.problems.countIn(this.entry) !== this.problemCount) this.requestUpdate();
  };

  private unfold = (): void => {
    if (this.editing.isWanted(this.entry)) this.near();
    this.requestUpdate();
  };

  get isOpen(): boolean {
    return this.editing.isOpen(this.entry, this.total);
  }

  /** In a long stream, forms are built near the window only. */
  private get isBuilt(): boolean {
    return this.isNear || this.total <= MOST_BUILT;
  }

  toggle(open = !this.isOpen): void {
    this.editing.setOpen(this.entry, open);
    this.requestUpdate();
  }

  /** The button of the head, which names the block. */
  get head(): HTMLElement | null {
    return this.querySelector<HTMLElement>(":scope > article > header .fold");
  }

  /** Its fields, when it is open. */
  get form(): HTMLElement | null {
    return this.querySelector<HTMLElement>(":scope > article > .fields");
  }

  private press(event: KeyboardEvent): void {
    const { key } = event;
    if (!event.altKey || event.ctrlKey || event.metaKey || (event.target as HTMLElement).closest("vt-block") !== this) return;
    if (key === "ArrowUp" || key === "ArrowDown") {
      event.preventDefault();
      event.stopPropagation();
      this.tools.move(this.entry, key === "ArrowUp" ? -1 : 1);
    }
  }

  override render(): TemplateResult {
    const { entry, block } = this;
    this.problemCount = this.editing.problems.countIn(entry);
    const open = this.isOpen;
    const name = block?.label ?? entry.type;
    return html`<article class="block ${open ? "open" : ""}" aria-label=${t.blockAt(name, this.at + 1, this.total)} @keydown=${this.press}>
      <header>
        <span class="handle" aria-hidden="true" @pointerdown=${(event: PointerEvent) => this.tools.drag(entry, event)}>${icon("grip")}</span>
        <button type="button" class="plain fold" aria-expanded=${open ? "true" : "false"} @click=${() => this.toggle()}>
          <span class="turn">${icon("chevron")}</span><span class="sign">${icon(block?.icon ?? "block")}</span>
          <span class="name">${name}</span>${open ? nothing : html`<span class="gist">${entryLabel(entry, block)}</span>`}
        </button>
        ${this.problemCount > 0 ? html`<span class="chip bad">${t.problems(this.problemCount)}</span>` : nothing}
        ${open || this.isNear ? this.toolbar(name) : nothing}
      </header>
      ${open ? html`<div class="fields ${this.isBuilt ? "" : "waiting"}">${this.isBuilt ? this.formContent() : nothing}</div>` : nothing}
    </article>`;
  }

  private toolbar(name: string): TemplateResult {
    const { entry, tools, at, total } = this;
    const tool = (sign: string, label: string, run: () => void, disabled = false) =>
      html`<button type="button" class="plain" aria-label="${label}: ${name} ${at + 1}" title=${label} ?disabled=${disabled} @click=${run}>${icon(sign)}</button>`;
    return html`<div class="tools" role="group" aria-label=${t.toolsOf(name)}>
      ${tool("up", t.moveUp, () => tools.move(entry, -1), at === 0)}${tool("down", t.moveDown, () => tools.move(entry, 1), at === total - 1)}
      ${tool("copy", t.duplicate, () => tools.duplicate(entry))}${tool("clipboard", t.copyBlock, () => tools.copy(entry))}
      ${tool("trash", t.remove, () => tools.remove(entry))}
    </div>`;
  }

  private formContent(): TemplateResult {
    const { entry, block, editing } = this;
    if (!block) return html`<p class="problem">${t.unknownBlock(entry.type)}</p>`;
    if (!block.is_struct) {
      const [field] = block.fields;
      const help = block.help || field?.help || "";
      return html`<vt-field .field=${{ ...field, help }} .place=${{ holder: entry, key: "value" }} .editing=${editing} .bare=${true}></vt-field>`;
    }
    if (typeof entry.value !== "object" || entry.value === null) entry.value = blockValue(block, editing.blocks);
    return structFields(block, entry.value as JsonObject, editing);
  }
}

customElements.define("vt-block", BlockElement);
