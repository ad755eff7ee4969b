// When a page goes live and when it goes away, in the site's time zone.

import { html, nothing, type TemplateResult } from "lit";
import type { Problem } from "../core/model";
import { send } from "../core/http";
import { showDialog, type Shown } from "../core/dialog";
import type { Editing } from "../core/editing";
import { showToast } from "../core/toast";
import { toUtc, toWall } from "../core/moments";
import { t } from "../texts";
import { beforeItGoesLive } from "./side";

type Name = "publish_at" | "expire_at";

type Planned = Record<Name, string | null> & { findings: Problem[] };

/** Makes a schedule that somebody else set one's own: at once, when its time is over. */
export async function takeScheduleOver({ page, addresses }: Editing): Promise<void> {
  if (!addresses.schedule) return;
  const { ok, body } = await send<Planned>(addresses.schedule, { take_over: true });
  if (!ok) return showToast(body.message || t.cannotReach);
  page.publish_at = body.publish_at;
  page.expire_at = body.expire_at;
  page.findings = body.findings;
  showToast(t.isYours);
}

export function askForSchedule(editing: Editing, done: () => void): void {
  const { page, timeZone, addresses } = editing;
  const { schedule } = addresses;
  if (!schedule) return;
  const values: Record<Name, string | null> = { publish_at: page.publish_at, expire_at: page.expire_at };
  let problems: Problem[] = [];
  let message = "";
  let isSet = false;
  let shown: Shown;
  const store = async (event: Event) => {
    event.preventDefault();
    const answer = await send<Planned>(schedule, values);
    if (answer.ok) {
      page.publish_at = answer.body.publish_at;
      page.expire_at = answer.body.expire_at;
      page.findings = answer.body.findings;
      done();
      // It is set; whoever set it reads first what stands in the way.
      isSet = page.findings.length > 0;
      if (!isSet) return shown.close();
      shown.update();
      return shown.element.querySelector<HTMLElement>("button.primary")?.focus();
    }
    problems = answer.body.errors ?? [];
    message = problems.length > 0 ? "" : answer.body.message || t.cannotReach;
    shown.update();
  };
  const input = (name: Name, label: string): TemplateResult => {
    const problem = problems.find((one) => one.path === name)?.message;
    const take = (event: Event) => {
      const { value } = event.target as HTMLInputElement;
      values[name] = value === "" ? null : toUtc(value, timeZone);
    };
    return html`<div class="field">
      <label class="label" for=${name}>${label}</label>
      <input id=${name} type="datetime-local" .value=${values[name] ? toWall(values[name], timeZone) : ""} aria-invalid=${problem ? "true" : nothing} aria-describedby=${problem ? `${name}-problem` : nothing} @input=${take} />
      ${problem ? html`<p class="problem" id="${name}-problem" role="alert">${problem}</p>` : nothing}
    </div>`;
  };
  const found = (): TemplateResult => html`<div role="alert"><p>${t.isScheduled}</p>${beforeItGoesLive(page.findings ?? [], editing)}</div>
    <button class="primary" type="button" @click=${() => shown.close()}>${t.done}</button>`;
  const content = (): TemplateResult => isSet ? found() : html`<form @submit=${store} novalidate>
    <p class="quiet">${t.scheduleHelp(timeZone.replaceAll("_", " "))}</p>
    ${input("publish_at", t.publishAt)}${input("expire_at", t.expireAt)}
    ${message ? html`<p class="problem" role="alert">${message}</p>` : nothing}
    <button class="primary" type="submit">${t.setSchedule}</button>
  </form>`;
  shown = showDialog({ title: t.schedule, content });
}
