// Dialogs in one way: the browser's own <dialog>, with a title, closed by Esc, by its cross or by a click outside; the focus
// returns to where it was.

import { html, render, type TemplateResult } from "lit";
import { icon } from "./icons";
import { t } from "../texts";

export interface Shown {
  element: HTMLDialogElement;
  close: () => void;
  /** Draws the content again. */
  update: () => void;
}

interface Options {
  title: string;
  content: () => TemplateResult;
  kind?: "wide" | "narrow";
  /** False: only its own buttons close it. */
  dismissible?: boolean;
  closed?: () => void;
}

let count = 0;

export function showDialog({ title, content, kind = "narrow", dismissible = true, closed }: Options): Shown {
  const element = document.createElement("dialog");
  const id = `dialog-${(count += 1)}`;
  element.className = `dialog ${kind}`;
  element.setAttribute("aria-labelledby", id);
  const close = () => element.close();
  const update = () => render(frame(id, title, content(), dismissible ? close : null), element);
  element.addEventListener("cancel", (event) => {
    // An inner file chooser cancels too.
    if (event.target === element && !dismissible) event.preventDefault();
  });
  element.addEventListener("close", (event) => {
    if (event.target !== element) return;
    element.remove();
    closed?.();
  });
  element.addEventListener("mousedown", (event) => {
    if (dismissible && event.target === element) close();
  });
  element.addEventListener("keydown", (event) => {
    event.stopPropagation();
    // In a search box Esc would only clear what was typed.
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    if (dismissible) close();
  });
  document.body.append(element);
  update();
  element.showModal();
  return { element, close, update };
}

function frame(id: string, title: string, content: TemplateResult, close: (() => void) | null): TemplateResult {
  return html`<div class="dialog-frame">
    <header>
      <h2 id=${id}>${title}</h2>
      ${close ? html`<button type="button" class="plain" aria-label=${t.close} @click=${close}>${icon("close")}</button>` : null}
    </header>
    ${content}
  </div>`;
}
