// What could be better about the page that the preview shows: each finding, and where it is.

import { html, nothing, type TemplateResult } from "lit";
import type { Finding, check } from "../checks";
import { found } from "../checks/texts";
import { t } from "../texts";

/** More elements of one rule are counted, not listed. */
const MOST_SHOWN = 5;
const OUTLINE_MS = 2_500;

/** The checks are a file of their own, loaded when they are first wanted. */
export async function loadChecks(url: string): Promise<typeof check> {
  return ((await import(url)) as { check: typeof check }).check;
}

/** The element in view, with a line around it for a moment. */
function show(element: Element): void {
  element.scrollIntoView({ block: "center" });
  const { style } = element as HTMLElement;
  const before = style.outline;
  style.outline = "3px solid #d9480f";
  setTimeout(() => (style.outline = before), OUTLINE_MS);
}

const named = (element: Element): string => (element.textContent?.trim() || element.getAttribute("alt") || element.getAttribute("src") || element.localName).slice(0, 60);

export function findingList(findings: Finding[]): TemplateResult {
  if (findings.length === 0) return html`<p class="findings quiet">${found.nothing}</p>`;
  return html`<ul class="findings">
    ${findings.map(({ rule, elements }) => html`<li>
      <p>${found.rules[rule] ?? rule}</p>
      ${elements.some((element) => element.localName !== "head")
        ? html`<ul>${elements.slice(0, MOST_SHOWN).map((element) => html`<li><button type="button" class="plain link" title=${found.show} @click=${() => show(element)}>${named(element)}</button></li>`)}</ul>`
        : nothing}
      ${elements.length > MOST_SHOWN ? html`<p class="quiet">${t.andMore(elements.length - MOST_SHOWN)}</p>` : nothing}
    </li>`)}
  </ul>`;
}
