// Asking where a link leads: a page, a web address, an e-mail address, a phone number or a place on the page.

import type { Editor } from "@tiptap/core";
import { html, nothing, type TemplateResult } from "lit";
import type { Editing } from "../core/editing";
import { showDialog, type Shown } from "../core/dialog";
import { chooseDocument } from "../choosers/documents";
import { pageList } from "../choosers/pages";
import type { LinkTarget } from "./link_mark";
import { isSafeAddress } from "./link_mark";
import { t } from "../texts";

type Way = "page" | "url" | "mail" | "phone" | "anchor";
const WAYS: Way[] = ["page", "url", "mail", "phone", "anchor"];
const PREFIXES: Record<Way, string> = { page: "", url: "", mail: "mailto:", phone: "tel:", anchor: "#" };

function wayOf(target: LinkTarget | undefined): Way {
  if (!target?.href) return "page";
  return WAYS.find((way) => PREFIXES[way] !== "" && target.href!.startsWith(PREFIXES[way])) ?? "url";
}

/** Puts the link around what is selected, or its title where nothing is. */
function putLink(editor: Editor, target: LinkTarget, words: string): void {
  const chain = editor.chain().focus();
  if (editor.isActive("link")) chain.extendMarkRange("link").updateAttributes("link", { target }).setMark("link", { target }).run();
  else if (editor.state.selection.empty) chain.insertContent({ type: "text", text: words, marks: [{ type: "link", attrs: { target } }] }).run();
  else chain.setMark("link", { target }).run();
}

function addressOf(way: Way, typed: string): string {
  const text = typed.trim();
  if (way === "url" && !/^([a-z][a-z0-9+.-]*:|\/|#|\?)/i.test(text)) return `https://${text}`;
  if (way === "anchor") return `#${text.replace(/^#/, "")}`;
  return text.startsWith(PREFIXES[way]) ? text : `${PREFIXES[way]}${text}`;
}

export function askForLink(editor: Editor, editing: Editing, features: string[]): void {
  const current = editor.isActive("link") ? (editor.getAttributes("link").target as LinkTarget) : undefined;
  let way = wayOf(current);
  let typed = current?.href?.replace(PREFIXES[way], "") ?? "";
  let problem = "";
  let fragment = current?.fragment ?? "";
  let shown: Shown;
  const finish = (target: LinkTarget, words: string) => {
    shown.close();
    putLink(editor, target, words);
  };
  const pages = pageList([], () => shown?.update(), (page) => {
    editing.labels.pages[String(page.id)] = { title: page.title, url: page.url, live: page.live };
    finish({ linktype: "page", id: String(page.id), ...(fragment.trim() ? { fragment: fragment.trim().replace(/^#/, "") } : {}) }, page.title);
  });
  const send = (event: Event) => {
    event.preventDefault();
    const href = addressOf(way, typed);
    if (typed.trim() === "" || !isSafeAddress(href)) {
      problem = t.notAnAddress;
      return shown.update();
    }
    finish({ href }, typed.trim());
  };
  const turn = (next: Way) => {
    way = next;
    problem = "";
    shown.update();
  };
  const remove = () => {
    shown.close();
    editor.chain().focus().extendMarkRange("link").unsetMark("link").run();
  };
  const target = current?.id ? t.linksTo(editing.labels[current.linktype === "document" ? "documents" : "pages"][current.id]?.title ?? `${current.linktype} ${current.id}`) : "";
  const content = (): TemplateResult => html`<div class="link-dialog">
    ${target ? html`<p class="quiet">${target}</p>` : nothing}
    <div class="ways" role="group" aria-label=${t.linkKind}>
      ${WAYS.map((one) => html`<button type="button" aria-pressed=${one === way} @click=${() => turn(one)}>${t.linkWays[one]}</button>`)}
    </div>
    ${way === "page"
      ? html`${pages()}<label class="label small" for="link-fragment">${t.fragment}</label><input id="link-fragment" .value=${fragment} @input=${(event: Event) => (fragment = (event.target as HTMLInputElement).value)} />`
      : addressForm(way, typed, problem, (text) => (typed = text), send)}
    ${current ? html`<footer><button type="button" @click=${remove}>${t.removeLink}</button></footer>` : nothing}
  </div>`;
  shown = showDialog({ title: features.includes("link") ? t.link : t.documentLink, content, kind: "wide" });
}

function addressForm(way: Exclude<Way, "page">, typed: string, problem: string, type: (text: string) => void, send: (event: Event) => void): TemplateResult {
  return html`<form @submit=${send} novalidate>
    <div class="field">
      <label class="label" for="link-address">${t.linkLabels[way]}</label>
      <input id="link-address" autofocus type="text" inputmode=${{ url: "url", mail: "email", phone: "tel", anchor: "text" }[way]} .value=${typed} aria-invalid=${problem ? "true" : nothing} aria-describedby=${problem ? "link-problem" : nothing} @input=${(event: Event) => type((event.target as HTMLInputElement).value)} />
      ${problem ? html`<p class="problem" id="link-problem" role="alert">${problem}</p>` : nothing}
    </div>
    <button class="primary" type="submit">${t.setLink}</button>
  </form>`;
}

export function askForDocument(editor: Editor, editing: Editing): void {
  chooseDocument({ editing, chosen: ({ id, title }) => putLink(editor, { linktype: "document", id: String(id) }, title) });
}
