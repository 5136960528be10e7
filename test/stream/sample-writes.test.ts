import { expect, test } from "vitest";
import { readRecord } from "../../src/stream/read-record.ts";
import { sampleWrites } from "../../src/stream/sample-writes.ts";
import { clickRow, recordOf, rejectedEvent } from "../fixtures/event-rows.ts";

const recordsOf = (...records: object[][]) => records.map((rows) => readRecord(recordOf(rows)));

test("a batch's samples are the same in whatever order its records come", () => {
  const records = recordsOf(
    [rejectedEvent({ raw: "a" }), rejectedEvent({ raw: "b" })],
    [rejectedEvent({ reason: "name", received_at: "2026-11-22T01:10:00.001Z" }), rejectedEvent({ reason: "name" })],
    [rejectedEvent({ raw: "a" }), rejectedEvent({ app: "app", raw: "c" })],
    [clickRow()],
  );
  const samples = sampleWrites(records);
  expect(samples.map(({ sample }) => [sample.reason, sample.app, sample.raw, sample.received_at])).toEqual([
    ["target", "web", "b", "2026-11-22T01:10:00.000Z"],
    ["name", "web", "{}", "2026-11-22T01:10:00.001Z"],
  ]);
  expect(sampleWrites(records.toReversed())).toEqual(samples);
});

test("the most frequent reasons are those that are kept", () => {
  const rare = Array.from({ length: 30 }, (_, i) => rejectedEvent({ reason: `rare ${i}` }));
  const [first, ...others] = sampleWrites(
    recordsOf([...rare, rejectedEvent({ reason: "zip" }), rejectedEvent({ reason: "zip" })]),
  );
  expect(first?.sample.reason).toBe("zip");
  expect(others).toHaveLength(19);
});

test("of equally frequent reasons the first in the alphabet are kept, in whatever order they come", () => {
  const letters = [..."zyxwvutsrqponmlkjihgfedcba"];
  const kept = [..."abcdefghijklmnopqrst"];
  for (const reasons of [letters, letters.toReversed(), [..."mzaybxcwdveuftgshriqjpkoln"]]) {
    const samples = sampleWrites(recordsOf(reasons.map((reason) => rejectedEvent({ reason }))));
    expect(samples.map(({ sample }) => sample.reason)).toEqual(kept);
  }
});

test("a sample stands with all samples, under its reason, and is cut to 500 characters", () => {
  const [write] = sampleWrites(recordsOf([rejectedEvent({ reason: "a+b", raw: "x".repeat(501) })]));
  expect(write?.key).toEqual({ pk: "rejected", sk: "reason#a%2Bb" });
  expect(write?.sample).toEqual({
    reason: "a+b",
    received_at: "2026-11-22T01:10:00.000Z",
    app: "web",
    errors: "[]",
    raw: "x".repeat(500),
  });
});

test("no rejected event makes no sample", () => {
  expect(sampleWrites(recordsOf([clickRow()], []))).toEqual([]);
});
