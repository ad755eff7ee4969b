// Short messages at the foot of the page, announced politely; one may offer to undo what was done.

import { t } from "../texts";

/** Long enough to read and to reach by keyboard, in milliseconds. */
const SHOWN_MS = 9_000;

function region(): HTMLElement {
  const found = document.querySelector<HTMLElement>(".toasts");
  if (found) return found;
  const made = document.createElement("div");
  made.className = "toasts";
  made.setAttribute("role", "status");
  made.setAttribute("aria-live", "polite");
  document.body.append(made);
  return made;
}

export function showToast(text: string, action?: { label: string; run: () => void }): void {
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("p");
  words.textContent = text;
  toast.append(words);
  const end = () => toast.remove();
  if (action) toast.append(button(action.label, () => (action.run(), end())));
  const cross = button("×", end);
  cross.setAttribute("aria-label", t.close);
  toast.append(cross);
  region().append(toast);
  let timer = setTimeout(end, SHOWN_MS);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => (timer = setTimeout(end, SHOWN_MS)));
}

function button(label: string, run: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = label;
  made.addEventListener("click", run);
  return made;
}
