/**
 * Checks of a length, for what should have one. By itself zod looks at whatever has a length, and throws for
 * `{"length": {"toString": 1}}`.
 */
import type * as z from "zod/mini";

/** For texts alone. */
export function ofText<C extends z.core.$ZodCheck<string>>(check: C): C {
  check._zod.def.when = ({ value }) => typeof value === "string";
  return check;
}

/** For lists alone. */
export function ofList<C extends z.core.$ZodCheck<unknown[]>>(check: C): C {
  check._zod.def.when = ({ value }) => Array.isArray(value);
  return check;
}
