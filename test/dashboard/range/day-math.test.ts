import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addDays,
  addMonths,
  countDays,
  firstOfMonth,
  firstOfWeek,
  isDay,
} from "../../../src/dashboard/range/day-math.ts";

const day = fc.integer({ min: 0, max: 40_000 }).map((n) => addDays("1970-01-01", n));

test("addDays crosses months, leap days and years", () => {
  expect(addDays("2024-02-28", 1)).toBe("2024-02-29");
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
  expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
});

test("addMonths keeps the day of the month, or takes the month's last", () => {
  expect(addMonths("2026-03-31", -1)).toBe("2026-02-28");
  expect(addMonths("2024-02-29", -12)).toBe("2023-02-28");
  expect(addMonths("2026-11-22", -12)).toBe("2025-11-22");
});

test("a week begins on Monday, a month on its first", () => {
  expect(firstOfWeek("2026-11-22")).toBe("2026-11-16");
  expect(firstOfWeek("2026-11-16")).toBe("2026-11-16");
  expect(firstOfMonth("2026-11-22")).toBe("2026-11-01");
});

test("countDays is the inverse of addDays", () => {
  fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 4000 }), (from, n) => countDays(from, addDays(from, n)) === n + 1),
  );
});

test("isDay accepts real dates from 1970 only", () => {
  expect(["2026-11-22", "2024-02-29"].every(isDay)).toBe(true);
  expect(["2026-02-29", "2026-13-01", "26-1-1", "1969-12-31", "2026-11-22T00", ""].some(isDay)).toBe(false);
});
