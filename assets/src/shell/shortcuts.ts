// The editor's keys.

import { isMod, isTyping } from "../core/keys";

interface Actions {
  saveDraft: () => void;
  togglePreview: () => void;
  toggleOutline: () => void;
  escape: () => void;
}

export const EDITOR_KEYS = ["Mod+S", "Mod+P", "]", "Alt+↑ ↓", "/", "Mod+K", "Mod+B", "Mod+I", "Mod+J", "Mod+Shift+X", "Mod+.", "Mod+,"] as const;

export function listenToKeys({ saveDraft, togglePreview, toggleOutline, escape }: Actions): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.defaultPrevented) return;
    const key = event.key.toLowerCase();
    const run = (action: () => void) => {
      event.preventDefault();
      action();
    };
    if (isMod(event) && !event.shiftKey && !event.altKey && key === "s") return run(saveDraft);
    if (isMod(event) && !event.shiftKey && !event.altKey && key === "p") return run(togglePreview);
    if (key === "]" && !isMod(event) && !isTyping(event)) return run(toggleOutline);
    if (key === "escape") escape();
  };
}
