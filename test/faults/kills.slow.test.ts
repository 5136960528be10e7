/** The quick form of the kill test: a few of the steps; `npm run test:faults` runs all of them, many times. */
import { resolve } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { packageStage } from "../../local/package-stage.ts";
import { killRuns } from "./kill-runs.ts";
import { killSteps } from "./kill-steps.ts";

const chosen =
  /before the answer|after put|write of a block|makes a block visible|a transaction of several days|a fold replaces|after the rename|after UNLOAD|the closing|random/;
const steps = killSteps.filter(({ name }) => chosen.test(name));

beforeAll(() => packageStage("local", { root: resolve(import.meta.dirname, "../.."), env: {} }), 120_000);

test("kill -9 of the whole pipeline under load loses nothing that was acknowledged, and counts nothing twice", async () => {
  expect(steps.length).toBe(15);
  const { deviations, missed, report } = await killRuns({ kills: steps.length, seed: 1, steps });
  expect({ deviations, missed }, report).toEqual({ deviations: [], missed: [] });
}, 600_000);
