import { expect, test } from "vitest";
import { createPace } from "../../../local/firehose/limits.ts";

const mebibyte = 1 << 20;

test("a pace knows no bound before a large batch was measured", () => {
  const pace = createPace();
  pace.took(1000, 500);
  expect(pace.bytesIn(30_000)).toBe(Number.POSITIVE_INFINITY);
});

test("a pace follows what batches lately took", () => {
  const pace = createPace();
  pace.took(3 * mebibyte, 1000);
  expect(pace.bytesIn(30_000)).toBeCloseTo(90 * mebibyte, -1);
  for (let i = 0; i < 30; i++) pace.took(mebibyte, 1000);
  expect(pace.bytesIn(30_000) / mebibyte).toBeCloseTo(30, 1);
});

test("a pace leaves room for a burst, however slow things are", () => {
  const pace = createPace();
  pace.took(mebibyte, 600_000);
  expect(pace.bytesIn(30_000)).toBe(16 * mebibyte);
});

test("a small batch tells nothing, also next to others; of a large one it counts what was done beside it", () => {
  const pace = createPace();
  pace.took(mebibyte / 5, 1000, 2);
  expect(pace.bytesIn(30_000)).toBe(Number.POSITIVE_INFINITY);
  pace.took(mebibyte, 1000, 2);
  expect(pace.bytesIn(30_000)).toBeCloseTo(60 * mebibyte, -1);
});
