import fc from "fast-check";
import { expect, test } from "vitest";
import {
  monthStarts,
  pointsSealed,
  possibleIntervals,
  suitableInterval,
  toPoints,
  withoutEmptyStart,
} from "../../../src/dashboard/range/chart-points.ts";
import { addDays } from "../../../src/dashboard/range/day-math.ts";

const series = (from: string, values: number[]) => values.map((value, i) => ({ day: addDays(from, i), value }));
const layers = { sealedThrough: "2026-11-03", lateDays: [] };

test("days after the watermark and late days are realtime", () => {
  const points = toPoints(series("2026-11-01", [1, 2, 3, 4]), undefined, {
    interval: "day",
    sealedThrough: "2026-11-03",
    lateDays: ["2026-11-02"],
  });
  expect(points.map(({ isRealtime }) => isRealtime)).toEqual([false, true, false, true]);
  expect(points.map(({ realtime }) => realtime)).toEqual([0, 2, 0, 4]);
});

test("before anything is sealed every day is realtime", () => {
  expect(
    toPoints(series("2026-11-01", [0]), undefined, { interval: "day", sealedThrough: null, lateDays: [] })[0]
      ?.isRealtime,
  ).toBe(true);
});

test("a month has the sum of its days, and what of it is realtime", () => {
  const points = toPoints(series("2026-10-30", [1, 2, 3, 4, 5, 6]), undefined, { ...layers, interval: "month" });
  expect(points).toEqual([
    { from: "2026-10-30", to: "2026-10-31", value: 3, before: undefined, realtime: 0, isRealtime: false },
    { from: "2026-11-01", to: "2026-11-04", value: 18, before: undefined, realtime: 6, isRealtime: true },
  ]);
});

test("a week begins on Monday, and the period before is added up beside it", () => {
  const points = toPoints(series("2026-11-14", [1, 1, 1]), series("2026-11-11", [10, 20, 30]), {
    ...layers,
    interval: "week",
  });
  expect(points.map(({ from, before }) => [from, before])).toEqual([
    ["2026-11-14", 30],
    ["2026-11-16", 30],
  ]);
});

/** Each day has the number of the month and day: March 1 has 301. */
const dated = (from: string, days: number) =>
  series(from, Array<number>(days).fill(0)).map(({ day }) => ({ day, value: Number(day.slice(5).replace("-", "")) }));
const points = (from: string, before: string, interval: "day" | "month", [days = 0, daysBefore = 0]: number[]) =>
  toPoints(dated(from, days), dated(before, daysBefore), { ...layers, interval });

test.each([
  ["a leap year", "2024-01-01", "2023-01-01", [366, 365]],
  ["the year after one", "2025-01-01", "2024-01-01", [365, 366]],
  ["five years with two leap days", "2020-03-01", "2019-03-01", [1767, 1767]],
  ["twelve months that end in a leap year", "2023-11-28", "2022-11-28", [366, 365]],
  ["days that begin on a leap day", "2024-02-29", "2023-02-28", [30, 30]],
])("beside each day of %s is the same day of the year before", (_, from, before, days) => {
  const leap = ({ from: day }: { from: string }) => day.endsWith("-02-29");
  const drawn = points(from, before, "day", days);
  expect(drawn.filter((point) => !leap(point)).every(({ value, before: past }) => past === value)).toBe(true);
  // Only a range that begins on a leap day is compared with one that begins on the day before.
  const leapDays = drawn.filter(leap).map(({ before: past }) => past);
  expect(leapDays.every((past, i) => past === (i === 0 && from.endsWith("-02-29") ? 228 : undefined))).toBe(true);
});

test.each([
  ["2024-01-01", "2023-01-01", [366, 365]],
  ["2025-01-01", "2024-01-01", [365, 366]],
])("beside the months of the year from %s are those of the year before, whole", (from, before, days) => {
  const pasts = points(from, before, "month", days).map((point) => point.before);
  expect(pasts).toEqual(points(before, before, "month", days.toReversed()).map(({ value }) => value));
});

test("no interval loses or repeats anything", () => {
  const values = fc.array(fc.maxSafeInteger(), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, fc.constantFrom("day", "week", "month"), (all, interval) => {
      const points = toPoints(series("2026-01-05", all), undefined, { ...layers, interval });
      const sum = (list: (number | bigint)[]) => list.reduce<bigint>((total, value) => total + BigInt(value), 0n);
      expect(sum(points.map(({ value }) => value))).toBe(sum(all));
      expect(points.at(-1)?.to).toBe(addDays("2026-01-05", all.length - 1));
    }),
  );
});

test("the watermark stands after the last sealed point, within one that is sealed in part", () => {
  const days = series("2026-11-01", [1, 1, 1, 1]);
  expect(pointsSealed(toPoints(days, undefined, { ...layers, interval: "day" }), "2026-11-03")).toBe(3);
  expect(pointsSealed(toPoints(days, undefined, { ...layers, interval: "month" }), "2026-11-03")).toBe(0.75);
  expect(pointsSealed(toPoints(days, undefined, { ...layers, interval: "day" }), "2026-10-01")).toBe(0);
});

test("all begins where something happened", () => {
  expect(withoutEmptyStart(series("2026-11-01", [0, 0, 5, 0]))).toEqual(series("2026-11-03", [5, 0]));
  expect(withoutEmptyStart(series("2026-11-01", [0, 0]))).toEqual(series("2026-11-02", [0]));
});

test("many days are drawn by month, unless they cannot be added", () => {
  const years = { from: "2020-01-01", to: "2026-11-22" };
  expect(suitableInterval(years, false)).toBe("month");
  expect(suitableInterval(years, true)).toBe("month");
  expect(suitableInterval({ from: "2025-11-23", to: "2026-11-22" }, false)).toBe("day");
});

test("month labels stand at the first of each month", () => {
  const points = toPoints(series("2026-10-31", [1, 1, 1]), undefined, { ...layers, interval: "day" });
  expect(monthStarts(points)).toEqual([1]);
});

test("a day has hours where they are kept, and a point of the API's own is never added to another", () => {
  const day = { from: "2026-11-22", to: "2026-11-22" };
  expect([suitableInterval(day, true), suitableInterval(day, false)]).toEqual(["hour", "day"]);
  expect(possibleIntervals(day, true)).toEqual(["hour", "day"]);
  expect(possibleIntervals({ from: "1970-01-01", to: "2026-11-22" }, true)).toEqual(["week", "month"]);
  const hours = [9, 10].map((hour) => ({ day: "2026-11-22", hour: `2026-11-22T0${hour}:00:00+09:00`, value: hour }));
  expect(toPoints(hours, undefined, { ...layers, interval: "hour" }).map(({ value }) => value)).toEqual([9, 10]);
  const weeks = [
    { day: "2026-10-31", last_day: "2026-11-01", value: 3 },
    { day: "2026-11-02", last_day: "2026-11-04", value: 4 },
  ];
  expect(toPoints(weeks, undefined, { ...layers, interval: "week" })).toMatchObject([
    { from: "2026-10-31", to: "2026-11-01", value: 3, isRealtime: false },
    { from: "2026-11-02", to: "2026-11-04", value: 4, realtime: 4 },
  ]);
});
