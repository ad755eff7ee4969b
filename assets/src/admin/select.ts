// Lists with data-select: a box for all rows, Shift for a range, and a bar that says how many are chosen and what can be
// done with them. The bar is the element with data-bulk in the same form.

import { t } from "./texts";

export function watchSelections(): void {
  for (const table of document.querySelectorAll<HTMLElement>("[data-select]")) watch(table);
}

function watch(table: HTMLElement): void {
  const boxes = [...table.querySelectorAll<HTMLInputElement>("input[name=ids]")];
  const all = table.querySelector<HTMLInputElement>("thead input[type=checkbox]");
  const bar = (table.closest("form") ?? document).querySelector<HTMLElement>("[data-bulk]");
  const count = bar?.querySelector("[data-count]");
  const everything = bar?.querySelector<HTMLInputElement>("[data-all]");
  let last = -1;

  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    if (bar) bar.hidden = chosen === 0 && !everything?.checked;
    if (count) count.textContent = t.selected(chosen);
    if (!all) return;
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  table.addEventListener("click", (event) => {
    const at = boxes.indexOf(event.target as HTMLInputElement);
    if (at === -1) return;
    if (event.shiftKey && last !== -1) {
      for (let one = Math.min(at, last); one <= Math.max(at, last); one += 1) boxes[one]!.checked = boxes[at]!.checked;
    }
    last = at;
    show();
  });
  all?.setAttribute("aria-label", t.selectAll);
  all?.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  show();
}
