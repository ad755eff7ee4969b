// Choosing the block to add: grouped, with what each is for, and a search that the keyboard is in from the start.

import { html, nothing, type TemplateResult } from "lit";
import type { Block } from "../core/model";
import { showDialog, type Shown } from "../core/dialog";
import { icon } from "../core/icons";
import { entryLabel } from "../core/values";
import { t } from "../texts";

interface Offer {
  blocks: Block[];
  isFull: (name: string) => boolean;
  chosen: (name: string) => void;
  paste: () => void;
}

function grouped(blocks: Block[]): [string, Block[]][] {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) groups.set(block.group, [...(groups.get(block.group) ?? []), block]);
  return [...groups];
}

function matches(block: Block, search: string): boolean {
  const words = `${block.label} ${block.name} ${block.group} ${block.description}`.toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => words.includes(word));
}

function example(block: Block): TemplateResult | typeof nothing {
  if (block.preview_value === null || block.preview_value === undefined) return nothing;
  const gist = entryLabel({ type: block.name, value: block.preview_value, id: "" }, block);
  return gist ? html`<span class="example">${gist}</span>` : nothing;
}

export function pickBlock({ blocks, isFull, chosen, paste }: Offer): void {
  let search = "";
  let shown: Shown;
  const choose = (run: () => void) => {
    shown.close();
    run();
  };
  const card = (block: Block): TemplateResult => html`<button
    type="button"
    class="card"
    ?disabled=${isFull(block.name)}
    @click=${() => choose(() => chosen(block.name))}
  >
    <span class="sign">${icon(block.icon)}</span>
    <span><strong>${block.label}</strong>${block.description ? html`<span class="quiet">${block.description}</span>` : nothing}${example(block)}</span>
  </button>`;
  const press = (event: KeyboardEvent) => {
    const cards = [...shown.element.querySelectorAll<HTMLButtonElement>(".card:not([disabled])")];
    const at = cards.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === "Enter" && at === -1) {
      event.preventDefault();
      cards[0]?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      next < 0 ? shown.element.querySelector("input")?.focus() : cards[Math.min(next, cards.length - 1)]?.focus();
    }
  };
  const content = (): TemplateResult => {
    const found = blocks.filter((block) => matches(block, search));
    const type = (event: Event) => {
      search = (event.target as HTMLInputElement).value;
      shown.update();
    };
    return html`<div class="picker" @keydown=${press}>
      <input type="search" autofocus placeholder=${t.searchBlocks} aria-label=${t.searchBlocks} @input=${type} />
      ${found.length === 0 ? html`<p class="quiet" role="status">${t.noSuchBlock}</p>` : nothing}
      ${grouped(found).map(([group, members]) => html`<section>${group ? html`<h3>${group}</h3>` : nothing}<div class="cards">${members.map(card)}</div></section>`)}
      <footer><button type="button" class="plain" @click=${() => choose(paste)}>${icon("clipboard")} ${t.pasteBlocks}</button></footer>
    </div>`;
  };
  shown = showDialog({ title: t.addBlock, content, kind: "wide" });
}
