// Keys as they are called on this machine: `Mod` is ⌘ on Apple's, Ctrl elsewhere.

const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

export function keysShown(keys: string): string {
  if (!isApple) return keys.replace("Mod", "Ctrl");
  return keys.replace("Mod", "⌘").replace("Shift", "⇧").replace("Alt", "⌥").replaceAll("+", "");
}

export function isMod(event: KeyboardEvent): boolean {
  return isApple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
}

/** Whether whoever is signed in wants keys to do things by themselves. */
export const shortcutsAreOn = document.documentElement.dataset.keys !== "off";

/** Whether a plain letter would be typed there. */
export function isTyping(event: Event): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");
}
