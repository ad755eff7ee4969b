// The keys of every page, and the list of them.

import { isMod, isTyping, keysShown, shortcutsAreOn } from "../core/keys";
import { openCommandBar } from "./command_bar";
import { button, make, openDialog } from "./dom";
import { t } from "./texts";

function rows(keys: string[][]): HTMLElement {
  const pairs = keys.flatMap(([key = "", label = ""]) => [make("dt", {}, ...key.split("  ").flatMap((one) => [make("kbd", {}, keysShown(one)), " "])), make("dd", {}, label)]);
  return make("dl", { class: "keys" }, ...pairs);
}

export function openShortcuts(): void {
  const isEditor = document.querySelector("vitrine-editor") !== null;
  const close = button(t.close, () => dialog.close());
  const dialog = openDialog(t.shortcuts, "wide", rows(isEditor ? [...t.keys, ...t.editorKeys] : t.keys), close);
}

export function listen(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !shortcutsAreOn) return;
    if (isMod(event) && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openCommandBar();
    }
    if (isTyping(event) || isMod(event)) return;
    if (event.key === "?") openShortcuts();
    if (event.key !== "/") return;
    event.preventDefault();
    const search = document.querySelector<HTMLInputElement>("input[data-search]");
    if (!search) return openCommandBar();
    search.focus();
    search.select();
  });
  document.addEventListener("click", (event) => {
    const target = (event.target as Element).closest("[data-command-bar], [data-shortcuts]");
    if (target?.hasAttribute("data-command-bar")) openCommandBar();
    if (target?.hasAttribute("data-shortcuts")) openShortcuts();
  });
}
