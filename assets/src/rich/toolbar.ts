// The toolbar of a rich text field: one stop of the Tab key, arrows within it.

import type { Editor } from "@tiptap/core";
import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../core/icons";
import { keysShown } from "../core/keys";
import type { Tool } from "./tools";
import { t } from "../texts";

interface Shown {
  tools: Tool[];
  editor: Editor | null;
  labelId: string;
  use: (tool: Tool) => void;
  step: (name: "undo" | "redo") => void;
}

function walkThrough(event: KeyboardEvent): void {
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLButtonElement>("button:not([disabled])")];
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  const isRtl = getComputedStyle(event.currentTarget as HTMLElement).direction === "rtl";
  const steps: Record<string, number> = { ArrowRight: at + (isRtl ? -1 : 1), ArrowLeft: at + (isRtl ? 1 : -1), Home: 0, End: buttons.length - 1 };
  const to = steps[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = buttons[(to + buttons.length) % buttons.length];
  buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
  next?.focus();
}

export function toolbar({ tools, editor, labelId, use, step }: Shown): TemplateResult {
  if (tools.length === 0) return html``;
  // The text keeps the focus and the selection when a mouse is used.
  const keep = (event: Event) => event.preventDefault();
  return html`<div class="toolbar" role="toolbar" aria-label=${t.formatting} aria-describedby=${labelId} @keydown=${walkThrough} @mousedown=${keep}>
    ${tools.map((tool, at) => {
      const title = tool.keys ? `${tool.label} (${keysShown(tool.keys)})` : tool.label;
      const pressed = tool.isToggle ? (editor && tool.isActive(editor) ? "true" : "false") : nothing;
      return html`<button type="button" class="plain" data-tool=${tool.name} tabindex=${at === 0 ? 0 : -1} aria-label=${tool.label} title=${title} aria-pressed=${pressed} @click=${() => use(tool)}>${tool.sign}</button>`;
    })}
    <span class="gap"></span>
    ${(["undo", "redo"] as const).map((name) => html`<button type="button" class="plain" tabindex="-1" aria-label=${t[name]} title=${t[name]} ?disabled=${!editor?.can()[name]?.()} @click=${() => step(name)}>${icon(name)}</button>`)}
  </div>`;
}
