// Moving between the cells of a table with the arrow keys: up and down from the first and last line of a cell.

export function moveInGrid(event: KeyboardEvent): void {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const control = event.target;
  if (!(control instanceof HTMLTextAreaElement || control instanceof HTMLInputElement) || event.altKey || event.shiftKey) return;
  if (control instanceof HTMLInputElement && control.type !== "text") return;
  const up = event.key === "ArrowUp";
  const at = control.selectionStart ?? 0;
  if (control.value.slice(...(up ? [0, at] : [at])).includes("\n")) return;
  const cell = control.closest("td");
  const row = cell?.parentElement;
  const next = (up ? row?.previousElementSibling : row?.nextElementSibling)?.children[cell ? [...(row?.children ?? [])].indexOf(cell) : 0];
  const target = next?.querySelector<HTMLElement>("textarea, input, select");
  if (!target) return;
  event.preventDefault();
  target.focus();
}
