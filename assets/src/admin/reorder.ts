// Lists with data-reorder="URL": rows are dragged by their [data-handle]; the new order is sent as the row's id and the id of
// the row before it (empty: the first). Buttons in the rows do the same without a mouse.

import { t } from "./texts";

export function watchOrders(): void {
  for (const list of document.querySelectorAll<HTMLElement>("[data-reorder]")) {
    list.addEventListener("pointerdown", (event) => {
      const row = (event.target as Element).closest("[data-handle]")?.closest<HTMLElement>("[data-id]");
      if (row && event.button === 0) drag(list, row, event);
    });
  }
}

function rowsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("[data-id]")];
}

function drag(list: HTMLElement, row: HTMLElement, start: PointerEvent): void {
  start.preventDefault();
  const before = row.nextElementSibling;
  row.classList.add("dragged");
  const move = (event: PointerEvent) => {
    const over = rowsOf(list).find((other) => {
      const box = other.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    if (over === row) return;
    over ? over.before(row) : rowsOf(list).at(-1)?.after(row);
  };
  const end = () => {
    row.classList.remove("dragged");
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", end);
    document.removeEventListener("pointercancel", end);
    if (row.nextElementSibling !== before) void store(list, row);
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
}

/** The list that the server shows now says what was moved, and how it is taken back. */
function offerWayBack(listed: string): void {
  const said = new DOMParser().parseFromString(listed, "text/html").querySelector("[data-moved]");
  const place = document.querySelector("[data-moved]");
  if (said && place) place.replaceChildren(...[...said.childNodes].map((node) => document.importNode(node, true)));
}

async function store(list: HTMLElement, row: HTMLElement): Promise<void> {
  const rows = rowsOf(list);
  const after = rows[rows.indexOf(row) - 1]?.dataset.id ?? "";
  const body = new URLSearchParams({ id: row.dataset.id ?? "", after });
  const listed = await fetch(list.dataset.reorder ?? "", { method: "POST", body }).then(
    (response) => (response.ok ? response.text() : null),
    () => null,
  );
  if (listed !== null) return offerWayBack(listed);
  const problem = document.createElement("p");
  problem.className = "notice bad";
  problem.setAttribute("role", "alert");
  problem.textContent = t.moveFailed;
  list.before(problem);
}
