/**
 * The quick form of the mixed faults; `npm run test:slow` runs more of them, `npm run test:faults` 1,000. A failure
 * prints its seed and shortest history.
 */
import { expect, test } from "vitest";
import { lawRuns } from "../laws/law-runs.ts";
import { mixedRuns } from "./mixed-runs.ts";

test("every number is true at every reading whatever breaks, and exact when all has settled", async () => {
  const { deviations, report } = await mixedRuns({ first: 1, runs: Math.ceil(lawRuns / 25) });
  expect(deviations, report).toEqual([]);
}, 600_000);
