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

type Outcome = "in" | "wrong" | "wait" | "failed" | "again" | { challenge: string };

/** Sends one step of signing in, as its page would. The second step is asked for in that page, with its challenge. */
async function send(form: HTMLFormElement): Promise<Outcome> {
  const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
  body.set("next", "/admin/");
  try {
    const response = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (response.type === "opaqueredirect") return "in";
    if (response.status === 429) return "wait";
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const challenge = page.querySelector<HTMLInputElement>("input[name=challenge]")?.value;
    if (response.ok) return challenge ? { challenge } : "failed";
    if (response.status !== 403) return "failed";
    return body.has("challenge") && !challenge ? "again" : "wrong";
  } catch {
    return "failed";
  }
}

/** `done` saves again, and tells whether that worked: somebody may have signed in elsewhere, with a passkey. */
export function askToSignIn(username: string, done: () => Promise<boolean>): void {
  once(() => {
    let shown: Shown;
    let problem = "";
    let challenge = "";
    const submit = async (event: SubmitEvent) => {
      event.preventDefault();
      const outcome = await send(event.target as HTMLFormElement);
      if (outcome === "in") {
        shown.close();
        return void done();
      }
      const isNext = typeof outcome === "object";
      const isCode = challenge !== "";
      if (isNext || outcome === "again") challenge = isNext ? outcome.challenge : "";
      problem = isNext ? "" : outcome === "wrong" && isCode ? t.signInProblems.code : t.signInProblems[outcome];
      shown.update();
      const input = shown.element.querySelector<HTMLInputElement>(".sign-in .field input");
      if (isNext && input) input.value = "";
      input?.focus();
      input?.select();
    };
    const field = (name: string, type: string, label: string, complete: string): TemplateResult => html`<div class="field">
      <label class="label" for="again-${name}">${label}</label>
      <input id="again-${name}" name=${name} type=${type} autocomplete=${complete as "on"} required autofocus aria-invalid=${problem ? "true" : nothing} aria-describedby=${problem ? "again-problem" : nothing} />
      ${problem ? html`<p class="problem" id="again-problem" role="alert">${problem}</p>` : nothing}
    </div>`;
    const password = (): TemplateResult => html`<form class="sign-in" action="/admin/login/" @submit=${submit}>
      <input type="hidden" name="username" autocomplete="username" .value=${username} />
      ${field("password", "password", t.passwordOf(username), "current-password")}
      <button class="primary" type="submit">${t.signIn}</button>
    </form>`;
    const code = (): TemplateResult => html`<form class="sign-in" action="/admin/login/code/" @submit=${submit}>
      <input type="hidden" name="challenge" .value=${challenge} />
      ${field("code", "text", t.codeOfApp, "one-time-code")}
      <button class="primary" type="submit">${t.signIn}</button>
    </form>`;
    const content = (): TemplateResult => html`<p>${t.signedOutText}</p>
      ${challenge ? code() : password()}
      <p class="quiet"><a href="/admin/login/" target="_blank" rel="noopener">${t.signInElsewhere}</a></p>`;
    const look = async () => {
      if (await done()) shown.close();
    };
    window.addEventListener("focus", look);
    shown = showDialog({ title: t.signedOutTitle, content, closed: () => window.removeEventListener("focus", look) });
    return shown;
  });
}
