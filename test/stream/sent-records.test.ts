import { expect, test } from "vitest";
import { findRepeats } from "../../src/stream/find-repeats.ts";
import { emptyPage } from "../../src/stream/known-page.ts";
import { readBatch } from "../../src/stream/read-batch.ts";
import { sentRecords } from "../../src/stream/sent-records.ts";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { createLedger } from "../fixtures/memory-ledger.ts";

test("sentRecords has a record of one request as one, and the requests of another with their places", () => {
  const [a, b, c] = [clickRow({ batch_id: "a" }), clickRow({ batch_id: "b" }), clickRow({ batch_id: "c" })];
  const one = recordOf([a, { ...a, event_id: "2" }], { recordId: "one" });
  const several = recordOf([b, c, { ...b, event_id: "3" }], { recordId: "several" });
  const sent = sentRecords(readBatch([one, several])).map(({ id, batchId, at, eventIds }) => [
    id,
    batchId,
    at,
    eventIds,
  ]);
  expect(sent).toEqual([
    ["one", "a", undefined, [a.event_id, "2"]],
    ["several", "b", [0, 2], [b.event_id, "3"]],
    ["several", "c", [1], [c.event_id]],
  ]);
});

test("rows without a batch id are a request of their own beside those that have one", () => {
  const [a, b] = [clickRow(), clickRow({ batch_id: undefined })];
  const sent = sentRecords(readBatch([recordOf([a, b])])).map(({ batchId, at }) => [batchId, at]);
  expect(sent).toEqual([
    [a.batch_id, [0]],
    [b.event_id, [1]],
  ]);
});

test("a copy is found by its request, whatever else is in its record", async () => {
  const rowOf = (id: string) => clickRow({ batch_id: id, event_id: id });
  const [a, b, c, d] = [rowOf("a"), rowOf("b"), rowOf("c"), rowOf("d")];
  const { ledger } = createLedger(1000);
  const repeatsOf = async (id: string, some: readonly object[]) => {
    const batch = readBatch([recordOf(some, { recordId: "r" })]);
    return [...((await findRepeats(ledger, emptyPage, { id, expires: 0 }, sentRecords(batch))).get("r") ?? [])];
  };
  expect(await repeatsOf("1", [a, b, a])).toEqual([2]);
  expect((await repeatsOf("2", [c, b, d, a])).sort()).toEqual([1, 3]);
  expect(await repeatsOf("3", [d])).toEqual([0]);
});
