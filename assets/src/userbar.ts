// <vitrine-userbar>: on pages of the site, for those alone who edit them. The server puts the script on the page of whoever
// is signed in; what may be done here is asked of it. Without an answer there is no bar.

import type { check } from "./checks";
import { found } from "./checks/texts";
import { STYLE } from "./userbar/style";
import { t } from "./userbar/texts";

interface Facts {
  title: string;
  live: boolean;
  has_unpublished_changes: boolean;
  links: { label: string; url: string }[];
  checks: string;
}

/** Elements of one rule that are shown. */
const MOST_SHOWN = 5;

function make<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

class Userbar extends HTMLElement {
  private readonly panel = make("section", { class: "panel", id: "panel", "aria-label": t.open, hidden: "" });
  private readonly knob = make("button", { type: "button", class: "knob", "aria-expanded": "false", "aria-controls": "panel", title: t.open }, t.knob);
  private readonly results = make("div", { role: "status" });

  constructor(private readonly facts: Facts) {
    super();
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    root.append(this.panel, this.knob);
    const { title, live, has_unpublished_changes, links } = facts;
    const state = !live ? t.notLive : has_unpublished_changes ? t.liveAndDraft : t.live;
    const items = links.map(({ label, url }) => make("li", {}, make("a", { href: url }, label)));
    const button = (label: string, run: () => void) => {
      const element = make("button", { type: "button" }, label);
      element.addEventListener("click", run);
      return make("li", {}, element);
    };
    items.push(button(t.check, () => void this.check()), button(t.hide, () => this.remove()));
    this.panel.append(make("h2", {}, title), make("p", { class: "quiet" }, state), make("ul", { class: "links" }, ...items), this.results);
    this.knob.addEventListener("click", () => this.turn(this.panel.hasAttribute("hidden")));
    root.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key !== "Escape" || this.panel.hidden) return;
      this.turn(false);
      this.knob.focus();
    });
  }

  private turn(isOpen: boolean): void {
    this.panel.hidden = !isOpen;
    this.knob.setAttribute("aria-expanded", String(isOpen));
  }

  private async check(): Promise<void> {
    this.results.replaceChildren(make("p", { class: "quiet" }, t.checking));
    try {
      const checks = (await import(this.facts.checks)) as { check: typeof check };
      const findings = await checks.check(window);
      const list = findings.map(({ rule, elements }) => make("li", {}, make("p", {}, found.rules[rule] ?? rule), this.places(elements)));
      this.results.replaceChildren(list.length ? make("ul", { class: "findings" }, ...list) : make("p", { class: "quiet" }, found.nothing));
    } catch {
      this.results.replaceChildren(make("p", { class: "quiet" }, t.cannotCheck));
    }
  }

  private places(elements: Element[]): HTMLElement {
    const shown = elements.filter((element) => element.localName !== "head").slice(0, MOST_SHOWN);
    return make("ul", {}, ...shown.map((element) => {
      const name = (element.textContent?.trim() || element.getAttribute("alt") || element.localName).slice(0, 60);
      const button = make("button", { type: "button", title: found.show }, name);
      button.addEventListener("click", () => element.scrollIntoView({ block: "center" }));
      return make("li", {}, button);
    }));
  }
}

async function begin(): Promise<void> {
  const page = document.querySelector<HTMLElement>("script[data-vitrine-page]")?.dataset.vitrinePage;
  if (!page || window.top !== window) return;
  const answer = await fetch(`/admin/pages/${page}/userbar/`, { headers: { accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  customElements.define("vitrine-userbar", Userbar);
  document.body.append(new Userbar((await answer.json()) as Facts));
}

void begin();
