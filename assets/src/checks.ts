// Checks the content of a page that is shown in some window, with axe. Loaded when somebody asks for it: it is large.

import axeWithin from "axe-core/axe.js";
import { OWN_RULES, RULES } from "./checks/rules";

export interface Finding {
  rule: string;
  elements: Element[];
}

interface Axe {
  configure(options: object): void;
  run(context: object, options: object): Promise<{ violations: { id: string; nodes: { element: Element }[] }[] }>;
}

const ready = new WeakMap<Document, Axe>();

function axeOf(view: Window): Axe {
  const known = ready.get(view.document);
  if (known) return known;
  axeWithin(view);
  const { axe } = view as Window & { axe?: Axe };
  if (!axe) throw new Error("axe did not start");
  axe.configure(OWN_RULES);
  ready.set(view.document, axe);
  return axe;
}

/** What could be better about the page in `view`, whose document must be of this origin. */
export async function check(view: Window): Promise<Finding[]> {
  const axe = axeOf(view);
  const { violations } = await axe.run(
    { include: [view.document.documentElement], exclude: [["vitrine-userbar"]] },
    { runOnly: { type: "rule", values: RULES }, resultTypes: ["violations"], elementRef: true, iframes: false, preload: false },
  );
  return violations.map(({ id, nodes }) => ({ rule: id, elements: nodes.map(({ element }) => element) }));
}
