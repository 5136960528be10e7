import fc from "fast-check";
import { expect, test } from "vitest";
import { coverByMonths } from "../../src/athena-queries/rollup-parts.ts";
import { addDays, daysBetween, lastOfMonth, monthOf } from "../../src/metrics/time-bucket.ts";

const months = new Set(["2023-12", "2024-02", "2024-03"]);

test("whole months are taken from their rollups, the rest by days", () => {
  expect(coverByMonths({ from: "2023-12-01", to: "2024-03-30", except: [] }, months)).toEqual({
    days: [
      { from: "2024-01-01", to: "2024-01-31" },
      { from: "2024-03-01", to: "2024-03-30" },
    ],
    months: ["2023-12", "2024-02"],
  });
});

test("a month that a day is taken out of is read by days", () => {
  expect(coverByMonths({ from: "2024-02-01", to: "2024-03-31", except: ["2024-02-29"] }, months)).toEqual({
    days: [{ from: "2024-02-01", to: "2024-02-29" }],
    months: ["2024-03"],
  });
});

test("a range that starts or ends at a month's edge leaves no empty range", () => {
  expect(coverByMonths({ from: "2024-02-01", to: "2024-03-31", except: [] }, months).days).toEqual([]);
  expect(coverByMonths({ from: "2024-02-02", to: "2024-02-28", except: [] }, months)).toEqual({
    days: [{ from: "2024-02-02", to: "2024-02-28" }],
    months: [],
  });
});

test("every day of a range is in exactly one part", () => {
  const day = fc.integer({ min: 0, max: 200 }).map((n) => addDays("2023-11-10", n));
  fc.assert(
    fc.property(day, fc.nat(150), fc.uniqueArray(day, { maxLength: 3 }), (from, length, except) => {
      const to = addDays(from, length);
      const parts = coverByMonths({ from, to, except }, months);
      const covered = [
        ...parts.days.flatMap((range) => daysBetween(range.from, range.to)),
        ...parts.months.flatMap((month) => daysBetween(`${month}-01`, lastOfMonth(month))),
      ];
      expect(covered.sort()).toEqual(daysBetween(from, to));
      for (const month of parts.months) expect(except.map(monthOf)).not.toContain(month);
    }),
  );
});
