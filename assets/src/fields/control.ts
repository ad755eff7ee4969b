// What every form control is given: its field, its value, and the ids that tie it to its label, help and errors.

import type { Field, Json, JsonObject } from "../core/model";
import type { Editing } from "../core/editing";
import type { Holder, Key } from "../core/paths";

/** Where a value is. */
export interface Place {
  holder: Holder;
  key: Key;
}

export interface Control {
  editing: Editing;
  field: Field;
  place: Place;
  /** The id of the control itself. */
  id: string;
  /** The id of its label. */
  labelId: string;
  /** Ids of its help and its errors, or nothing. */
  describedBy: string | undefined;
  invalid: boolean;
  /** As it is now. */
  readonly value: Json;
  set: (value: Json) => void;
  /** Draws the field again, for controls that show more than what was typed. */
  update: () => void;
}

export function valueAt({ holder, key }: Place): Json {
  return (holder as JsonObject)[key] ?? null;
}

export function putAt({ holder, key }: Place, value: Json): void {
  (holder as JsonObject)[key] = value;
}
