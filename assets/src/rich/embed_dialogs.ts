// Asking for an image or a medium in rich text.

import type { Editor } from "@tiptap/core";
import { html, nothing, type TemplateResult } from "lit";
import type { Editing } from "../core/editing";
import { showDialog, type Shown } from "../core/dialog";
import { chooseImage } from "../choosers/images";
import type { EmbedOptions, Stored } from "./embeds";
import { t } from "../texts";

const FORMATS = ["fullwidth", "left", "right"] as const;

function insert(editor: Editor, stored: Stored): void {
  editor.chain().focus().insertContent({ type: "embed", attrs: { stored } }).run();
}

export function askForImage(editor: Editor, editing: Editing): void {
  chooseImage({ editing, chosen: ({ id, alt }) => askForWords({ alt: alt ?? "", embedtype: "image", format: "fullwidth", id: String(id) }, (stored) => insert(editor, stored)) });
}

function askForWords(given: Stored, put: (stored: Stored) => void): void {
  let shown: Shown;
  const stored = { ...given };
  const send = (event: Event) => {
    event.preventDefault();
    shown.close();
    put(stored);
  };
  const content = (): TemplateResult => html`<form @submit=${send}>
    <div class="field">
      <label class="label" for="embed-alt">${t.altText}</label>
      <input id="embed-alt" autofocus .value=${stored.alt ?? ""} placeholder=${t.altHint} @input=${(event: Event) => (stored.alt = (event.target as HTMLInputElement).value)} />
    </div>
    <div class="field">
      <label class="label" for="embed-format">${t.imageFormat}</label>
      <select id="embed-format" @change=${(event: Event) => (stored.format = (event.target as HTMLSelectElement).value)}>
        ${FORMATS.map((name) => html`<option value=${name} ?selected=${stored.format === name}>${t.imageFormats[name]}</option>`)}
      </select>
    </div>
    <button class="primary" type="submit">${t.done}</button>
  </form>`;
  shown = showDialog({ title: t.image, content });
}

export function askForEmbed(editor: Editor): void {
  askForAddress("", (url) => insert(editor, { embedtype: "media", url }));
}

function askForAddress(given: string, put: (url: string) => void): void {
  let shown: Shown;
  let url = given;
  let problem = "";
  const send = (event: Event) => {
    event.preventDefault();
    if (!/^https?:\/\/[^\s/]+/.test(url.trim())) {
      problem = t.notAWebAddress;
      return shown.update();
    }
    shown.close();
    put(url.trim());
  };
  const content = (): TemplateResult => html`<form @submit=${send} novalidate>
    <div class="field">
      <label class="label" for="embed-url">${t.mediaAddress}</label>
      <input id="embed-url" type="url" autofocus placeholder="https://" .value=${url} aria-invalid=${problem ? "true" : nothing} aria-describedby="embed-help" @input=${(event: Event) => (url = (event.target as HTMLInputElement).value)} />
      <p id="embed-help" class=${problem ? "problem" : "help"}>${problem || t.mediaHelp}</p>
    </div>
    <button class="primary" type="submit">${t.done}</button>
  </form>`;
  shown = showDialog({ title: t.media, content });
}

export function changeEmbed(): EmbedOptions["change"] {
  return (stored, put) => {
    if (stored.embedtype === "image") askForWords(stored, put);
    else askForAddress(stored.url ?? "", (url) => put({ ...stored, url }));
  };
}
