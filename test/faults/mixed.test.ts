/** The quick form of the mixed faults; `npm run test:faults` is the long one. A failure prints its seed and shortest history. */
import { expect, test } from "vitest";
import { mixedRuns } from "./mixed-runs.ts";

test("every number is true at every reading whatever breaks, and exact when all has settled", async () => {
  const { deviations, report } = await mixedRuns({ first: 1, runs: Number(process.env.DAYMARK_FAULT_RUNS ?? 20) });
  expect(deviations, report).toEqual([]);
}, 600_000);
