/** A batch run that fails or dies at each of its steps: the day's number stays right, and the next run seals it. */
import { expect, test } from "vitest";
import { at, clicks, clicksOf, day, isOpen, next, stage, useStage } from "./stage-days.ts";

useStage();

const failure = { status: 400, code: "InvalidRequestException", times: 1 };

test.each([
  ["UNLOAD fails with a part written", { point: "athena.unload.partial", action: "error", ...failure }],
  ["UNLOAD fails when all is written", { point: "athena.unload.after", action: "error", ...failure }],
  ["the partition cannot be added", { point: "athena.alter.before", action: "error", ...failure }],
  ["the partition is added and nobody hears of it", { point: "athena.alter.after", action: "error", ...failure }],
  ["the partition cannot be moved", { point: "athena.alter.before", action: "error", skip: 1, ...failure }],
])("a day stays right and is sealed by the next run when %s", async (_name, rule) => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.faults.set([rule]);
  await expect(stage.batch()).rejects.toThrow("Cannot seal any of 1 days");
  expect(await clicksOf()).toEqual([3, 0, 3]);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([3, 3, 0]);
});

// The calls of a run that seals one day include: watermark, reservation, listed, version, sealed, closed, watermark,
// last run.
test.each(
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].flatMap((skip) => [
    ["before", skip] as const,
    ["after", skip] as const,
  ]),
)("a day stays right and is sealed in the end when a run dies %s its DynamoDB call %i", async (when, skip) => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.faults.set([{ point: `dynamodb.${when}`, action: "error", ...failure, times: 1000, skip }]);
  await stage.batch().catch(() => {});
  stage.faults.set([]);
  expect((await clicksOf())[0]).toBe(3);
  at(`${next()}T00:50`);
  await stage.batch();
  expect(await isOpen()).toBe(false);
  expect(await clicksOf()).toEqual([3, 3, 0]);
});
