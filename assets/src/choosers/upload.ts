// Adding a file to the library from a chooser: by a button or by dropping it, with its progress, and what is wrong with it.

import { html, nothing, type TemplateResult } from "lit";
import type { Problem } from "../core/model";
import { icon } from "../core/icons";
import { t } from "../texts";

interface Outcome<T> {
  item?: T;
  message?: string;
}

function sendFile<T>(url: string, file: File, progress: (part: number) => void): Promise<Outcome<T>> {
  const form = new FormData();
  form.append("title", file.name.replace(/\.[^.]+$/, "").replace(/[-_]+/g, " "));
  form.append("alt", "");
  // What comes before the file lets it go to its storage while it arrives.
  form.append("collection", "");
  form.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => progress(event.lengthComputable ? event.loaded / event.total : 0));
  return new Promise((resolve) => {
    request.addEventListener("error", () => resolve({ message: t.cannotReach }));
    request.addEventListener("load", () => resolve(outcomeOf<T>(request)));
    request.send(form);
  });
}

function outcomeOf<T>(request: XMLHttpRequest): Outcome<T> {
  try {
    const body = JSON.parse(request.responseText) as T & { message?: string; errors?: Problem[] };
    if (request.status === 201) return { item: body };
    return { message: body.errors?.map((error) => error.message).join(" ") || body.message || t.cannotUpload };
  } catch {
    return { message: request.status === 413 ? t.tooLarge : t.cannotUpload };
  }
}

interface Sending {
  name: string;
  part: number;
  problem: string;
}

/** The drop zone of a chooser. */
export class Uploads<T> {
  private sending: Sending[] = [];

  constructor(
    private readonly url: string,
    private readonly accept: string,
    private readonly update: () => void,
    private readonly added: (items: T[]) => void,
  ) {}

  async take(files: Iterable<File>): Promise<void> {
    const done: T[] = [];
    for (const file of files) {
      const one: Sending = { name: file.name, part: 0, problem: "" };
      this.sending = [...this.sending.filter((other) => other.name !== file.name), one];
      const { item, message } = await sendFile<T>(this.url, file, (part) => ((one.part = part), this.update()));
      if (item) {
        done.push(item);
        this.sending = this.sending.filter((other) => other !== one);
      } else one.problem = message ?? t.cannotUpload;
      this.update();
    }
    if (done.length > 0) this.added(done);
  }

  zone(): TemplateResult {
    const pick = (event: Event) => {
      const input = event.target as HTMLInputElement;
      void this.take([...(input.files ?? [])]).then(() => (input.value = ""));
    };
    const over = (event: DragEvent) => {
      event.preventDefault();
      (event.currentTarget as HTMLElement).classList.add("over");
    };
    const out = (event: DragEvent) => (event.currentTarget as HTMLElement).classList.remove("over");
    const drop = (event: DragEvent) => {
      event.preventDefault();
      out(event);
      void this.take([...(event.dataTransfer?.files ?? [])]);
    };
    return html`<div class="drop" @dragover=${over} @dragleave=${out} @drop=${drop}>
      <label class="button">${icon("upload")} ${t.upload}<input class="hidden" type="file" multiple accept=${this.accept || nothing} @change=${pick} /></label>
      <span class="quiet">${t.orDrop}</span>
      ${this.sending.map(
        (one) => html`<div class="sending" role="status">
          <span>${one.name}</span>${one.problem ? html`<span class="problem">${one.problem}</span>` : html`<progress max="1" .value=${one.part} aria-label=${one.name}></progress>`}
        </div>`,
      )}
    </div>`;
  }
}
