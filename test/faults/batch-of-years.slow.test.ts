/**
 * One batch of an import that touches 500 days: more than one transaction can take, so it becomes visible in groups of
 * days.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { toNumber } from "../../src/metrics/merge.ts";
import { addDays, daysBetween } from "../../src/metrics/time-bucket.ts";
import { createDayLedger } from "../../src/table/days/day-ledger.ts";
import { presentOf } from "../aws/present-values.ts";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { type Stream, startStream } from "../handlers/stream-on-table.ts";

let stream: Stream;
beforeAll(async () => {
  stream = await startStream("silent");
});
afterAll(() => stream[Symbol.asyncDispose]());

const days = daysBetween("2019-01-01", addDays("2019-01-01", 499));
const recordsOf = () => days.map((day) => recordOf([clickRow({ occurred_at: `${day}T03:00:00.000Z` })]));

/** The numbers of days with no click, one, and two. */
async function daysByClicks(): Promise<number[]> {
  const counts = [0, 0, 0];
  for (const day of days) {
    const clicks = Number(
      toNumber((await presentOf(stream.table.store, day, { metric: "clicks", breakdown: "" })).get("")),
    );
    counts[clicks] = (counts[clicks] ?? 0) + 1;
  }
  return counts;
}

test("500 days count once, though a try dies among them, two come at once, and one comes late", async () => {
  const first = recordsOf();
  const dies = { point: "dynamodb.before", action: "error", code: "ValidationException", status: 400 };
  stream.table.faults.set([{ ...dies, where: { operation: "TransactWriteItems" }, skip: 2, times: 1 }]);
  await expect(stream.invoke(...first)).rejects.toThrow("Injected fault");
  stream.table.faults.set([]);
  expect(await daysByClicks()).toEqual([500 - 2 * 99, 2 * 99, 0]);
  await Promise.all([stream.invoke(...first), stream.invoke(...first.toReversed())]);
  expect(await daysByClicks()).toEqual([0, 500, 0]);
  // On days that ended long ago, a second block is folded with the first immediately; then the first comes again.
  await stream.invoke(...recordsOf());
  await stream.invoke(...first);
  expect(await daysByClicks()).toEqual([0, 0, 500]);
  const items = await createDayLedger(stream.table.store).getDays(days);
  expect([...items.values()].map(({ frontier }) => frontier.names.length)).toEqual(days.map(() => 1));
}, 300_000);
