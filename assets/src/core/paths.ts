// Paths of values, as the server writes them: `body[2].value.title`. A path is walked once, when a problem arrives; from
// then on a value is known by what holds it, so that moving a block does not lose its problems.

import type { Content, Json } from "./model";

export type Holder = object;
export type Key = string | number;

export interface Step {
  holder: Holder;
  key: Key;
}

/** `body[2].value` is `body`, `2`, `value`. */
export function parts(path: string): Key[] {
  return Array.from(path.matchAll(/\[(\d+)\]|[^.[\]]+/g), ([part, index]) => (index === undefined ? part : Number(index)));
}

/** Where a path leads, from the page down; it ends early where the content does. */
export function walk(content: Content, path: string): Step[] {
  const keys = parts(path);
  const steps: Step[] = [];
  const first = String(keys[0]);
  let holder: unknown = first !== "fields" && first in content ? content : content.fields;
  for (const key of keys) {
    if (typeof holder !== "object" || holder === null) break;
    steps.push({ holder, key });
    holder = (holder as Record<Key, Json>)[key];
  }
  return steps;
}
