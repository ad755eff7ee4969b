// A small set of drawn signs, 24 units square, one stroke wide; blocks name them as Wagtail does.

import { html, svg, type TemplateResult } from "lit";

const DRAWN: Record<string, string> = {
  plus: "M12 5v14M5 12h14",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  clipboard: "M9 4h6v3H9zM9 5H6v15h12V5h-3M9 13h6M9 16h4",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  chevron: "M9 6l6 6-6 6",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12l5 5 9-10",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4 4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  outline: "M5 6h14M8 12h11M11 18h8",
  panel: "M4 5h16v14H4zM14 5v14",
  phone: "M8 3h8v18H8zM11 18h2",
  tablet: "M5 3h14v18H5zM11 18h2",
  desktop: "M3 5h18v11H3zM9 20h6M12 16v4",
  out: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
  fold: "M6 9l6-5 6 5M6 15l6 5 6-5",
  upload: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  folder: "M3 6h6l2 2h10v11H3z",
  page: "M6 3h8l4 4v14H6zM14 3v4h4",
  title: "M6 5v14M18 5v14M6 12h12",
  pilcrow: "M18 4H10a4 4 0 0 0 0 8h2M12 4v16M16 4v16",
  openquote: "M10 7H5v5h5zM10 12c0 3-2 5-4 5M19 7h-5v5h5zM19 12c0 3-2 5-4 5",
  code: "M8 7l-5 5 5 5M16 7l5 5-5 5",
  image: "M4 5h16v14H4zM8.5 8.5h.01M4 16l5-5 4 4 3-3 4 4",
  media: "M4 5h16v14H4zM10 9l5 3-5 3z",
  table: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14",
  order: "M5 19V9M10 19V5M15 19v-7M20 19V8",
  list: "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
  numbered: "M10 6h10M10 12h10M10 18h10M4 4.5L5.5 4v4M4 11h2l-2 3h2M4 17h2l-1 1.5L6 20H4",
  "arrow-right": "M5 12h14M13 6l6 6-6 6",
  help: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M9.5 9.5a2.5 2.5 0 1 1 3.5 2.300c-.7.4-1 .8-1 1.700M12 16.5h.01",
  group: "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M3 20c0-4 3-6 6-6s6 2 6 6M16 5.5a3 3 0 0 1 0 6M18 14.5c2 .8 3 2.5 3 5.5",
  warning: "M12 4L2.5 20h19zM12 10v4M12 17h.01",
  calendar: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1-1",
  mail: "M3 6h18v12H3zM3 7l9 7 9-7",
  form: "M4 4h16v16H4zM8 9h8M8 13h8M8 17h4",
  rule: "M4 12h16",
  undo: "M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3",
  redo: "M16 5l4 4-4 4M20 9H10a6 6 0 0 0 0 12h3",
  columns: "M4 5h16v14H4zM12 5v14",
  block: "M5 5h14v14H5z",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
};

const ALIASES: Record<string, string> = {
  "list-ul": "list", "list-ol": "numbered", "doc-empty": "page", "doc-full": "page", document: "page", date: "calendar", time: "calendar",
  snippet: "form", user: "group", site: "page", tag: "form", "bars": "outline", pick: "form", "arrow-left": "undo", placeholder: "block",
};

/** One sign; it says nothing to screen readers. */
export function icon(name: string): TemplateResult {
  const path = DRAWN[name] ?? DRAWN[ALIASES[name] ?? ""] ?? DRAWN.block;
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${svg`<path d=${path ?? ""} />`}</svg>`;
}

/** The sign as an element, where there is no template. */
export function iconElement(name: string): SVGElement {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", DRAWN[name] ?? DRAWN[ALIASES[name] ?? ""] ?? DRAWN.block ?? "");
  drawing.append(path);
  return drawing;
}
