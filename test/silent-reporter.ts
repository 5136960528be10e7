/** Prints nothing, for tests that check what is written and not what is printed. */
import type { Reporter } from "../src/reporter.ts";

const nothing = (): void => {};

export const silent: Reporter = {
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  metric: nothing,
  measure: nothing,
};
