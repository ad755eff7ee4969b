// Says Fluent messages: a bundle of them for each script, English and complete.

import { FluentBundle, FluentNumber, FluentResource } from "@fluent/bundle";

export type Say = (id: string, values?: Record<string, string | number>) => string;

/** Numbers choose a form, and stand as they are: many of them are numbers of pages. */
const shown = (value: string | number) => (typeof value === "number" ? new FluentNumber(value, { useGrouping: false }) : value);

export function sayFrom(english: string): Say {
  // Isolation marks would be in titles and attributes, too.
  const bundle = new FluentBundle("en", { useIsolating: false });
  bundle.addResource(new FluentResource(english));
  return (id, values = {}) => {
    const pattern = bundle.getMessage(id)?.value;
    if (!pattern) return id;
    const parts = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(value)]));
    return bundle.formatPattern(pattern, parts, []);
  };
}
