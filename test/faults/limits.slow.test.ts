/**
 * What docs/reliability.md does not promise, as it behaves today: whoever fixes one of these must also change that
 * page.
 */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { EventRow } from "../../src/schemas/tables/event-columns.ts";
import { createRandom, timedUuid } from "../../tools/random.ts";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { stagePerTest } from "./stage-per-test.ts";

const noon = Date.parse("2027-03-09T12:00:00+09:00");
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The deadline for what does not arrive. */
const HOURS_TO_WAIT = 14;

const current = stagePerTest(noon);

const v7 = () => timedUuid(createRandom(1), noon);
const rowAt = (changes: Partial<EventRow>) => clickRow({ received_at: new Date(Date.now()).toISOString(), ...changes });

/** One batch of the stream, one record per list of rows; all of it is in the lake afterwards. */
async function take(...records: EventRow[][]): Promise<void> {
  const answer = await current.stage.stream()({ records: records.map((rows) => recordOf(rows)) });
  for (const { data, metadata } of answer.records)
    await current.stage.putObject(metadata?.partitionKeys.dt ?? "", Buffer.from(data, "base64").toString());
}

async function clicks(): Promise<number> {
  const answer = await current.stage.query().metric({ metric: "clicks", query: "from=2027-03-01&to=2027-03-20" });
  return Number(answer?.total);
}

/** The number before the days are sealed, and after. */
async function beforeAndAfterTheSeal(): Promise<[number, number]> {
  const before = await clicks();
  for (let hour = 0; ; hour++) {
    current.clock.set(noon + 10 * DAY + hour * HOUR);
    const { waiting, failed } = await current.stage.batch()({}, { getRemainingTimeInMillis: () => 900_000 });
    expect(failed).toEqual([]);
    if (waiting.length === 0) return [before, await clicks()];
    expect(hour).toBeLessThan(HOURS_TO_WAIT);
  }
}

it("a request under a version 4 id counts twice until the seal when it comes again after minutes", async () => {
  const ids = { batch_id: randomUUID(), event_id: randomUUID() };
  await take([rowAt(ids)]);
  current.clock.set(noon + 11 * MINUTE);
  await take([rowAt(ids)]);
  expect(await beforeAndAfterTheSeal()).toEqual([2, 1]);
});

it("an event counts twice until the seal when it comes under two batch ids", async () => {
  const event_id = randomUUID();
  await take([rowAt({ event_id })], [rowAt({ event_id })]);
  expect(await beforeAndAfterTheSeal()).toEqual([2, 1]);
});

it("a request that comes again three days later on another day counts once, on the day of the first", async () => {
  const ids = { batch_id: v7(), event_id: randomUUID() };
  await take([rowAt(ids)]);
  current.clock.set(noon + 3 * DAY);
  await take([rowAt(ids)]);
  expect(await beforeAndAfterTheSeal()).toEqual([1, 1]);
});

it("what Firehose refused of a request counts at once when the request comes again, and the rest no second time", async () => {
  const batch_id = v7();
  const [today, yesterday] = [randomUUID(), randomUUID()];
  const late = () => rowAt({ batch_id, event_id: yesterday, occurred_at: new Date(noon - DAY).toISOString() });
  await take([rowAt({ batch_id, event_id: today })]);
  current.clock.set(noon + MINUTE);
  await take([rowAt({ batch_id, event_id: today })], [late()]);
  expect(await beforeAndAfterTheSeal()).toEqual([2, 2]);
});
