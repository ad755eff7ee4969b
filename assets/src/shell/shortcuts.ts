// The editor's keys.

import { isMod, isTyping, shortcutsAreOn } from "../core/keys";

interface Actions {
  saveDraft: () => void;
  togglePreview: () => void;
  toggleOutline: () => void;
  toggleSide: () => void;
  escape: () => void;
}

export function listenToKeys({ saveDraft, togglePreview, toggleOutline, toggleSide, escape }: Actions): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.defaultPrevented) return;
    const key = event.key.toLowerCase();
    const run = (action: () => void) => {
      event.preventDefault();
      action();
    };
    if (isMod(event) && !event.shiftKey && !event.altKey && key === "s") return run(saveDraft);
    if (key === "escape") return escape();
    if (!shortcutsAreOn) return;
    if (isMod(event) && !event.shiftKey && !event.altKey && key === "p") return run(togglePreview);
    if (isMod(event) || isTyping(event)) return;
    if (key === "]") return run(toggleOutline);
    if (key === "[") return run(toggleSide);
  };
}
