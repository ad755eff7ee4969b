// Work on many at once: an element with data-progress is fetched anew until it says that it has ended. What changes is told
// at each quarter and at the end, so that nobody is interrupted with each single one.

const PAUSE_MS = 700;
const LONGEST_PAUSE_MS = 10_000;
const QUARTERS = 4;

export function watchProgress(): void {
  const shown = document.querySelector<HTMLElement>("[data-progress]");
  if (shown) void follow(shown);
}

const rest = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function fetched(url: string): Promise<HTMLElement | null> {
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    document.title = page.title;
    return page.querySelector("main > div");
  } catch {
    return null;
  }
}

async function follow(shown: HTMLElement): Promise<void> {
  const said = document.querySelector("[data-progress-said]");
  let pause = PAUSE_MS;
  let quarter = 0;
  for (let url = shown.dataset.progress; url; url = shown.dataset.progress) {
    await rest(pause);
    const next = await fetched(url);
    pause = next ? PAUSE_MS : Math.min(pause * 2, LONGEST_PAUSE_MS);
    if (!next) continue;
    // Whoever is about to press the button keeps it.
    const focused = shown.contains(document.activeElement) && document.activeElement instanceof HTMLButtonElement;
    shown.replaceChildren(...next.childNodes);
    if (next.dataset.progress) shown.dataset.progress = next.dataset.progress;
    else delete shown.dataset.progress;
    if (focused) shown.querySelector<HTMLElement>("button, a.button")?.focus();
    const bar = shown.querySelector("progress");
    const now = bar ? Math.floor((bar.value / bar.max) * QUARTERS) : QUARTERS;
    if (now === quarter) continue;
    quarter = now;
    if (said) said.textContent = bar?.textContent ?? shown.querySelector("h1")?.textContent ?? "";
  }
}
