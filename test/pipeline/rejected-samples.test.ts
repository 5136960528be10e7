import { hash } from "node:crypto";
import { expect, test } from "vitest";
import { readRecord } from "../../src/pipeline/read-record.ts";
import { sampleKey, sampleWrites } from "../../src/pipeline/rejected-samples.ts";
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

test.each([
  ["target", "target"],
  ["", ""],
  ["50%", "50%25"],
  ["a+b#1", "a%2Bb%231"],
  ["채용".repeat(133), "채용".repeat(133)],
  ["채용".repeat(134), `%${hash("sha256", "채용".repeat(134))}`],
])("the reason %j stands in a sample's key as in its counter's", (reason, key) => {
  const { sk } = sampleKey(reason);
  expect(sk).toBe(`reason#${key}`);
  expect(Buffer.byteLength(sk)).toBeLessThan(1024);
});
