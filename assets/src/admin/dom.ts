// Small helpers to make elements without a library.

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, values: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function button(label: string, run: () => void, kind = ""): HTMLButtonElement {
  const made = make("button", { type: "button", class: kind }, label);
  made.addEventListener("click", run);
  return made;
}

let count = 0;

/** A dialog with a title; closed by Esc and by a click outside. */
export function openDialog(title: string, kind: string, ...children: (Node | string)[]): HTMLDialogElement {
  const id = `admin-dialog-${(count += 1)}`;
  const frame = make("div", { class: "dialog-frame" }, make("header", {}, make("h2", { id }, title)), ...children);
  const dialog = make("dialog", { class: `dialog ${kind}`, "aria-labelledby": id }, frame);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("mousedown", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation();
    // In a search box Esc would only clear what was typed.
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
