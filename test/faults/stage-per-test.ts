/** For the tests of a file: one set of engines, and for each test its own clock and stage, without a Firehose. */
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { startClock } from "./clock.ts";
import { type Engines, type Stage, startEngines, startStage } from "./stage.ts";

/** The running test's state. The stage's days are in Seoul's zone; its clock begins at `start` (epoch ms). */
export function stagePerTest(start: number) {
  const current = {} as { clock: ReturnType<typeof startClock>; stage: Stage };
  let engines: Engines;
  beforeAll(async () => {
    engines = await startEngines();
  });
  afterAll(() => engines[Symbol.asyncDispose]());
  beforeEach(async () => {
    current.clock = startClock(start);
    const firehose = { target: "Firehose_20150804", operations: {} };
    const options = { timezone: "Asia/Seoul", clock: current.clock.now, random: Math.random, firehose };
    current.stage = await startStage(engines, options);
  });
  afterEach(async () => {
    current.clock[Symbol.dispose]();
    await current.stage[Symbol.asyncDispose]();
  });
  return current;
}
