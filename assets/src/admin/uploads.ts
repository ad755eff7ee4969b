// Files for the library: each by a request of its own, with its progress and what is wrong with it, chosen or dropped anywhere
// on the page. Without this script the form sends them together.

import { button, make } from "./dom";
import { t } from "./texts";

interface Answer {
  message?: string;
  errors?: { message: string }[];
}

/** What is wrong; nothing for a file that is in the library now. */
function send(url: string, file: File, collection: string, progress: HTMLProgressElement): Promise<string> {
  const form = new FormData();
  form.append("collection", collection);
  form.append("refuse_duplicates", "1");
  form.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.setRequestHeader("Accept", "application/json");
  request.upload.addEventListener("progress", (event) => event.lengthComputable && (progress.value = event.loaded / event.total));
  return new Promise((resolve) => {
    request.addEventListener("error", () => resolve(t.notReached));
    request.addEventListener("load", () => resolve(request.status === 201 ? "" : problemOf(request)));
    request.send(form);
  });
}

function problemOf(request: XMLHttpRequest): string {
  try {
    const { errors, message } = JSON.parse(request.responseText) as Answer;
    return errors?.map((error) => error.message).join(" ") || message || t.notAdded;
  } catch {
    return request.status === 413 ? t.tooLarge : t.notAdded;
  }
}

export function watchUploads(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-uploads]");
  const list = document.querySelector<HTMLElement>("[data-uploaded]");
  if (!form || !list) return;
  const url = form.dataset.uploads ?? "";
  const most = Number(form.dataset.most);
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
  let waiting: Promise<void> = Promise.resolve();
  let underWay = 0;

  const add = async (file: File): Promise<void> => {
    const progress = make("progress", { max: "1", value: "0", "aria-label": file.name });
    const row = make("li", {}, make("div", {}, file.name), progress);
    list.append(row);
    const before = waiting;
    let done = () => undefined as void;
    waiting = new Promise((resolve) => (done = resolve));
    await before;
    // A server that refuses a large file hangs up while it is sent, which browsers tell as a lost connection.
    const problem = file.size > most ? t.tooLarge : await send(url, file, field("collection").value, progress);
    if (problem) row.firstElementChild?.append(make("p", { class: "problem" }, problem));
    progress.replaceWith(make("span", { class: `chip ${problem ? "bad" : "good"}` }, problem ? t.notAdded : t.added));
    done();
  };

  const take = async (files: Iterable<File>): Promise<void> => {
    const chosen = [...files];
    if (chosen.length === 0) return;
    list.closest("section")?.removeAttribute("hidden");
    underWay += 1;
    await Promise.all(chosen.map(add));
    underWay -= 1;
    // The list below is of before: whoever wants to read what was refused does so first.
    if (underWay > 0) return;
    const refused = list.querySelector(".chip.bad");
    if (!refused) return location.reload();
    list.parentElement?.querySelector("[data-again]")?.remove();
    const again = button(t.showNew, () => location.reload());
    again.dataset.again = "";
    list.after(again);
  };

  window.addEventListener("beforeunload", (event) => underWay > 0 && event.preventDefault());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void take(field("file").files ?? []);
    field("file").value = "";
  });
  const main = document.querySelector<HTMLElement>("main");
  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  main?.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    main.classList.add("over");
  });
  main?.addEventListener("dragleave", (event) => event.target === main && main.classList.remove("over"));
  main?.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    main.classList.remove("over");
    void take(event.dataTransfer?.files ?? []);
  });
}
