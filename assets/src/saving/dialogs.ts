// What somebody is asked when saving cannot go on by itself: another version is there, or the session has ended.

import { html, nothing, type TemplateResult } from "lit";
import { showDialog, type Shown } from "../core/dialog";
import type { Editing } from "../core/editing";
import { shortMoment } from "../core/moments";
import type { Saver } from "./saver";
import { t } from "../texts";

let open: Shown | null = null;

function once(show: () => Shown): void {
  if (open?.element.open) return;
  open = show();
}

export function askAboutConflict(saver: Saver, { addresses, kind }: Editing): void {
  const { conflict } = saver;
  if (!conflict) return;
  once(() => {
    let shown: Shown;
    const keep = () => {
      shown.close();
      void saver.overwrite();
    };
    const load = async () => {
      await saver.copy(true);
      saver.settle();
      location.reload();
    };
    const content = (): TemplateResult => html`<p>${t.conflictText(conflict.by, shortMoment(conflict.at))}</p>
      <p class="quiet">${kind === "page" ? t.conflictHelp : t.conflictHelpElsewhere}</p>
      <footer>
        <button type="button" class="primary" autofocus @click=${keep}>${t.keepMine}</button>
        <button type="button" @click=${load}>${t.loadTheirs}</button>
        ${addresses.history ? html`<a class="button" href=${addresses.history} target="_blank" rel="noopener">${kind === "page" ? t.compare : t.history}</a>` : nothing}
      </footer>`;
    shown = showDialog({ title: t.conflictTitle, content });
    return shown;
  });
}

async function signIn(form: HTMLFormElement): Promise<"in" | "wrong" | "wait" | "failed"> {
  const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
  body.set("next", "/admin/");
  try {
    const response = await fetch("/admin/login/", { method: "POST", body, redirect: "manual" });
    if (response.type === "opaqueredirect" || response.ok) return response.type === "opaqueredirect" ? "in" : "failed";
    return response.status === 403 ? "wrong" : response.status === 429 ? "wait" : "failed";
  } catch {
    return "failed";
  }
}

export function askToSignIn(username: string, done: () => void): void {
  once(() => {
    let shown: Shown;
    let problem = "";
    const send = async (event: SubmitEvent) => {
      event.preventDefault();
      const outcome = await signIn(event.target as HTMLFormElement);
      if (outcome === "in") {
        shown.close();
        return done();
      }
      problem = t.signInProblems[outcome];
      shown.update();
      shown.element.querySelector<HTMLInputElement>("[name=password]")?.select();
    };
    const content = (): TemplateResult => html`<p>${t.signedOutText}</p>
      <form class="sign-in" @submit=${send}>
        <input type="hidden" name="username" autocomplete="username" .value=${username} />
        <div class="field">
          <label class="label" for="again-password">${t.passwordOf(username)}</label>
          <input id="again-password" name="password" type="password" autocomplete="current-password" required autofocus aria-invalid=${problem ? "true" : nothing} aria-describedby=${problem ? "again-problem" : nothing} />
          ${problem ? html`<p class="problem" id="again-problem" role="alert">${problem}</p>` : nothing}
        </div>
        <button class="primary" type="submit">${t.signIn}</button>
      </form>`;
    shown = showDialog({ title: t.signedOutTitle, content });
    return shown;
  });
}
