// The command bar: every place of the admin and everything in it, by a few letters.

import { button, make, openDialog } from "./dom";
import { type Place, hits } from "./hits";
import { t } from "./texts";

const PAUSE_MS = 120;
const MOST = 8;

function places(): Place[] {
  const text = document.getElementById("places")?.textContent;
  return text ? (JSON.parse(text) as Place[]) : [];
}

function option(place: Place, at: number): HTMLElement {
  const words = [make("span", {}, place.label), ...(place.keys ? [make("span", { class: "quiet" }, place.keys)] : [])];
  return make("a", { href: place.url, role: "option", id: `command-${at}`, tabindex: "-1", "aria-selected": "false" }, ...words);
}

export function openCommandBar(): void {
  const known = places();
  const list = make("div", { role: "listbox", id: "commands", "aria-label": t.commandBar });
  const input = make("input", {
    type: "search", role: "combobox", "aria-expanded": "true", "aria-controls": "commands", "aria-label": t.commandBar, placeholder: t.commandBar, autocomplete: "off",
  });
  const status = make("p", { class: "quiet", role: "status" });
  const dialog = openDialog(t.commandBar, "command-bar", input, list, status);
  let options: HTMLElement[] = [];
  let at = 0;
  let asked = 0;
  let timer = 0;

  const mark = () => {
    options.forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", options[at]?.id ?? "");
    options[at]?.scrollIntoView({ block: "nearest" });
  };
  const show = (found: Place[]) => {
    options = found.map(option);
    at = 0;
    list.replaceChildren(...options);
    status.textContent = found.length === 0 ? t.nothingFound : "";
    mark();
  };
  const look = async () => {
    const search = input.value.trim();
    const number = (asked += 1);
    const fitting = known.filter((place) => `${place.label} ${place.keys ?? ""}`.toLowerCase().includes(search.toLowerCase())).slice(0, MOST);
    if (search === "") return show(fitting);
    const found = await hits(search, t.kinds, t.moreOf);
    const isNew = (place: Place) => !fitting.some((known) => known.url === place.url);
    const all: Place = { label: t.searchAll(search), url: `/admin/search/?q=${encodeURIComponent(search)}` };
    if (number === asked) show([...fitting, ...found.filter(isNew), all]);
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % Math.max(1, options.length);
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      options[at]?.click();
    }
  });
  dialog.querySelector(".dialog-frame")?.append(button(t.close, () => dialog.close(), "hidden-until-focus"));
  void look();
  input.focus();
}
