// Why values are refused, found by what holds them, so that a field asks for its own without knowing its path.

import type { Content, Problem } from "./model";
import { walk, type Holder, type Key } from "./paths";

export class Problems {
  /** In the order of the page. */
  list: Problem[] = [];
  private exact = new Map<Holder, Map<Key, string[]>>();
  private within = new Map<Holder, number>();
  private below = new Map<Holder, Map<Key, string[]>>();

  replace(list: Problem[], content: Content): void {
    this.list = list;
    this.exact.clear();
    this.within.clear();
    this.below.clear();
    for (const problem of list) this.note(problem, content);
  }

  private note(problem: Problem, content: Content): void {
    const steps = walk(content, problem.path);
    steps.forEach(({ holder, key }, at) => {
      this.within.set(holder, (this.within.get(holder) ?? 0) + 1);
      const kept = at === steps.length - 1 ? this.exact : this.below;
      const byKey = kept.get(holder) ?? new Map<Key, string[]>();
      kept.set(holder, byKey.set(key, [...(byKey.get(key) ?? []), problem.message]));
    });
  }

  /** Messages about the value itself; with `deep` also about its parts. */
  of(holder: Holder, key: Key, deep: boolean): string[] {
    const own = this.exact.get(holder)?.get(key) ?? [];
    return deep ? [...own, ...(this.below.get(holder)?.get(key) ?? [])] : own;
  }

  /** How many there are in what `holder` holds. */
  countIn(holder: Holder): number {
    return this.within.get(holder) ?? 0;
  }
}
