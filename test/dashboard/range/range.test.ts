import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays, countDays } from "../../../src/dashboard/range/day-math.ts";
import {
  presetNames,
  readRange,
  spanBefore,
  spanCompared,
  spanDrawn,
  spanOf,
  writeRange,
} from "../../../src/dashboard/range/range.ts";

const today = "2026-11-22";
const day = fc.integer({ min: 1000, max: 30_000 }).map((n) => addDays("1970-01-01", n));

test.each([
  ["today", "2026-11-22", "2026-11-22", "2026-11-21", "2026-11-21"],
  ["yesterday", "2026-11-21", "2026-11-21", "2026-11-20", "2026-11-20"],
  ["7d", "2026-11-16", "2026-11-22", "2026-11-09", "2026-11-15"],
  ["30d", "2026-10-24", "2026-11-22", "2026-09-24", "2026-10-23"],
  ["month", "2026-11-01", "2026-11-22", "2026-10-01", "2026-10-22"],
  ["12m", "2025-11-23", "2026-11-22", "2024-11-23", "2025-11-22"],
] as const)("%s is %s to %s, against %s to %s", (range, from, to, beforeFrom, beforeTo) => {
  expect(spanOf(range, today)).toEqual({ from, to });
  expect(spanBefore(range, today)).toEqual({ from: beforeFrom, to: beforeTo });
});

test("all begins with the first day there can be, and is compared with nothing", () => {
  expect(spanOf("all", today)).toEqual({ from: "1970-01-01", to: today });
  expect(spanBefore("all", today)).toBeUndefined();
});

test("the same part of the month before ends with that month when it is shorter", () => {
  expect(spanBefore("month", "2026-03-31")).toEqual({ from: "2026-02-01", to: "2026-02-28" });
});

test("any two dates are compared with as many days right before them", () => {
  fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 900 }), (from, more) => {
      const span = { from, to: addDays(from, more) };
      const before = spanBefore(span, today);
      if (before === undefined) return;
      expect(addDays(before.to, 1)).toBe(from);
      expect(countDays(before.from, before.to)).toBe(more + 1);
    }),
  );
});

test("a single day is drawn at the end of 14, and never more days than the API gives", () => {
  expect(spanDrawn({ from: today, to: today }, "day")).toEqual({ from: "2026-11-09", to: today });
  expect(spanDrawn({ from: "2026-11-01", to: today }, "day")).toEqual({ from: "2026-11-01", to: today });
});

test("a range in the URL is read as it was written", () => {
  for (const name of presetNames) expect(readRange(writeRange(name))).toBe(name);
  fc.assert(
    fc.property(day, day, (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      expect(readRange(writeRange({ from: a, to: b }))).toEqual({ from, to });
    }),
  );
});

test("what is no range in the URL is none", () => {
  expect(["", "8d", "2026-02-30..2026-03-01", "2026-01-01..", "toString"].map(readRange)).toEqual(
    Array(5).fill(undefined),
  );
});

test("hours are those of the range, and weeks and months cover all of it", () => {
  expect(spanDrawn({ from: today, to: today }, "hour")).toEqual({ from: today, to: today });
  expect(spanDrawn(spanOf("all", today), "month")).toEqual(spanOf("all", today));
});

test.each([
  [
    { range: "7d", compare: undefined },
    { from: "2026-11-09", to: "2026-11-15" },
  ],
  [
    { range: "7d", compare: "year" },
    { from: "2025-11-16", to: "2025-11-22" },
  ],
  [
    { range: { from: "2024-02-29", to: "2024-02-29" }, compare: "year" },
    { from: "2023-02-28", to: "2023-02-28" },
  ],
  [{ range: "all", compare: "year" }, undefined],
  [{ range: { from: "1970-06-01", to: "1970-06-02" }, compare: "year" }, undefined],
  [
    { range: "30d", compare: { from: "2026-01-01", to: "2026-01-09" } },
    { from: "2026-01-01", to: "2026-01-09" },
  ],
] as const)("%j is compared with %j", (view, span) => {
  expect(spanCompared(view, today)).toEqual(span);
});
