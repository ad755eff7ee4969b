// Buttons with data-copy put the value of a field on the clipboard: data-copy is the field's id, data-done what is said then.
// Where the clipboard may not be written, over plain HTTP, the button stays hidden: the field can be selected.

export function watchCopies(): void {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const field = document.getElementById(button.dataset.copy ?? "") as HTMLInputElement | null;
    const note = button.parentElement?.querySelector<HTMLElement>("[data-copied]");
    if (!field) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      const done = await navigator.clipboard.writeText(field.value).then(() => true, () => false);
      if (note) note.textContent = done ? (button.dataset.done ?? "") : "";
    });
  }
}
