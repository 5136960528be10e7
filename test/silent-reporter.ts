/** Says nothing, for tests that look at what is written and not at what is said. */
import type { Reporter } from "../src/reporter.ts";

const nothing = (): void => {};

export const silent: Reporter = {
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  metric: nothing,
  measure: nothing,
};
