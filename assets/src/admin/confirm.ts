// Forms with data-confirm ask before they are sent: data-confirm is the question, the button's words are the answer.

import { button, make, openDialog } from "./dom";
import { t } from "./texts";

export function watchConfirmations(): void {
  const agreed = new WeakSet<HTMLFormElement>();
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const submitter = event.submitter as HTMLButtonElement | null;
    const question = submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!question || agreed.delete(form)) return;
    event.preventDefault();
    const yes = () => {
      dialog.close();
      agreed.add(form);
      form.requestSubmit(submitter);
    };
    const cancel = button(t.cancel, () => dialog.close());
    const answer = submitter?.textContent?.trim() || t.goOn;
    const dialog = openDialog(question, "narrow", make("footer", {}, cancel, button(answer, yes, form.dataset.danger === undefined ? "primary" : "danger")));
    cancel.focus();
  });
}
