/** What a run does not meet by chance: damaged files in the lake, and a retry long after the first attempt. */
import { rm, truncate } from "node:fs/promises";
import { expect, it } from "vitest";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { stagePerTest } from "./stage-per-test.ts";

const day = "2027-03-09";
const noon = Date.parse(`${day}T12:00:00+09:00`);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const lambda = { getRemainingTimeInMillis: () => 900_000 };

const current = stagePerTest(noon);

const clicks = async () => {
  const answer = await current.stage.query().metric({ metric: "clicks", query: `from=2027-03-01&to=${day}` });
  return answer === undefined ? undefined : Number(answer.total);
};

/** Has the stream count clicks, and returns their lines for the lake. */
async function count(at: number, clicksNow: number): Promise<string> {
  current.clock.set(at);
  const { records } = await current.stage.stream()({
    records: [recordOf(Array.from({ length: clicksNow }, () => clickRow()))],
  });
  return records.map(({ data }) => Buffer.from(data, "base64").toString()).join("");
}

it("a damaged file keeps its day from being sealed, loudly, and no other; the numbers stay true", async () => {
  await current.stage.putObject("2027-03-06", await count(noon - 3 * DAY, 4));
  await current.stage.putObject(day, await count(noon, 3));
  const file = await current.stage.putObject(day, await count(noon, 2));
  current.clock.set(noon + 14 * HOUR);
  await truncate(file, 40);
  expect(await current.stage.batch()({}, lambda)).toMatchObject({ sealed: ["2027-03-06"], failed: [day] });
  expect(await clicks()).toBe(9);
  await expect(current.stage.batch()({}, lambda)).rejects.toThrow(/Cannot seal any of 1 days/);
  await rm(file);
  expect((await current.stage.batch()({}, lambda)).waiting).toEqual([day]);
  expect(await clicks()).toBe(9);
});

it("a damaged rollup fails a question, and is never taken for nothing", async () => {
  await current.stage.putObject(day, await count(noon, 3));
  current.clock.set(noon + 14 * HOUR);
  expect((await current.stage.batch()({}, lambda)).sealed).toEqual([day]);
  for (const path of await current.stage.rollupFiles()) await truncate(path, 40);
  await expect(clicks()).rejects.toMatchObject({ status: 502 });
});

it("a batch that comes again when its marker is more than half an hour old counts once", async () => {
  current.clock.set(noon);
  const first = { records: [recordOf([clickRow(), clickRow()])] };
  await current.stage.stream()(first);
  for (const minutes of [20, 40, 59]) {
    await count(noon + minutes * MINUTE, 1);
    await current.stage.stream()(first);
  }
  expect(await clicks()).toBe(5);
});
