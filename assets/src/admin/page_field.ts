// Fields that take a page by its number (data-choose-page): with a script, one chooses it from the tree or by words. The
// number stays in the field, which is hidden then.

import { button, make, openDialog } from "./dom";
import { t } from "./texts";

interface Item {
  id: number;
  title: string;
  url: string | null;
  type_label: string;
  has_children: boolean;
  may_choose: boolean;
}

interface Part {
  items: Item[];
  next: string | null;
  parent: { id: number; title: string; parent_id: number | null } | null;
}

const PAUSE_MS = 150;

export function watchPageFields(): void {
  for (const field of document.querySelectorAll<HTMLElement>("[data-choose-page]")) enhance(field);
}

function enhance(field: HTMLElement): void {
  const input = field.querySelector<HTMLInputElement>("input");
  const label = field.querySelector("label");
  if (!input || !label) return;
  const shown = make("span", { class: "chosen-page", id: `${input.id}-chosen` });
  const choose = button(t.choosePage, () => open((item) => put(item.id, item.title)));
  const clear = button(t.clear, () => {
    put(null, "");
    choose.focus();
  });
  const put = (id: number | null, title: string) => {
    input.value = id === null ? "" : String(id);
    shown.textContent = id === null ? t.noPage : title || t.pageNumber(id);
    clear.hidden = id === null;
    choose.setAttribute("aria-describedby", shown.id);
  };
  input.type = "hidden";
  label.textContent = field.dataset.choosePage || label.textContent;
  choose.id = `${input.id}-choose`;
  label.htmlFor = choose.id;
  label.after(make("p", { class: "actions" }, shown, choose, clear));
  put(input.value ? Number(input.value) : null, field.dataset.title ?? "");
}

async function load(query: string): Promise<Part | null> {
  try {
    const response = await fetch(`/admin/choose/pages/?${query}`, { headers: { Accept: "application/json" } });
    return response.ok ? ((await response.json()) as Part) : null;
  } catch {
    return null;
  }
}

function open(chosen: (item: Item) => void): void {
  const list = make("ul", { class: "rows tight choices" });
  const way = make("p", { class: "actions" });
  const status = make("p", { class: "quiet", role: "status" });
  const search = make("input", { type: "search", "aria-label": t.searchPages, placeholder: t.searchPages, maxlength: "200" });
  const dialog = openDialog(t.choosePage, "wide", search, way, list, status, button(t.close, () => dialog.close()));
  let asked = 0;
  let timer = 0;
  const row = (item: Item) => {
    const take = button(item.title, () => {
      dialog.close();
      chosen(item);
    });
    take.disabled = !item.may_choose;
    const below = item.has_children ? [button(t.below, () => void show(`parent=${item.id}`))] : [];
    for (const one of below) one.setAttribute("aria-label", t.pagesBelow(item.title));
    return make("li", {}, make("div", {}, take, " ", make("span", { class: "quiet" }, item.url ?? item.type_label)), ...below);
  };
  const show = async (query: string, isMore = false) => {
    const number = (asked += 1);
    const part = await load(query);
    if (number !== asked) return;
    status.textContent = part === null ? t.cannotLoad : part.items.length === 0 && !isMore ? t.nothingFound : "";
    if (!part) return;
    const rows = part.items.map(row);
    if (isMore) list.append(...rows);
    else list.replaceChildren(...rows);
    const above = part.parent;
    const up = above ? [button(t.up, () => void show(above.parent_id ? `parent=${above.parent_id}` : "")), make("strong", {}, above.title)] : [];
    const base = query.replace(/&?cursor=[^&]*/, "");
    const more = part.next ? [button(t.more, () => void show(`${base}&cursor=${encodeURIComponent(part.next ?? "")}`, true))] : [];
    way.replaceChildren(...up, ...more);
  };
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void show(search.value.trim() ? `q=${encodeURIComponent(search.value.trim())}` : ""), PAUSE_MS);
  });
  void show("");
  search.focus();
}
