import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays, dayOf, daysBetween, isDay, minuteOf, startOfDay } from "../../src/metrics/time-bucket.ts";

const zones = [
  "UTC",
  "Asia/Seoul",
  "America/New_York",
  "Asia/Kathmandu",
  "Pacific/Apia",
  "America/Sao_Paulo",
  "Africa/Cairo",
];
const instants = fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2037, 0, 1) });

describe("dayOf", () => {
  it.each([
    ["Asia/Seoul", "2026-11-21T14:59:59.999Z", "2026-11-21"],
    ["Asia/Seoul", "2026-11-21T15:00:00.000Z", "2026-11-22"],
    ["America/New_York", "2026-03-08T04:59:59.999Z", "2026-03-07"],
    ["America/New_York", "2026-11-02T04:30:00.000Z", "2026-11-01"],
    ["Pacific/Apia", "2011-12-30T09:59:59.000Z", "2011-12-29"],
    ["Pacific/Apia", "2011-12-30T10:00:01.000Z", "2011-12-31"],
  ])("puts an instant into its local day in %s at %s", (zone, instant, day) => {
    expect(dayOf(Date.parse(instant), zone)).toBe(day);
  });

  it("agrees with Intl at any instant in any zone", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, timeZone) => {
        expect(dayOf(instant, timeZone)).toBe(new Intl.DateTimeFormat("en-CA", { timeZone }).format(instant));
      }),
      { numRuns: 2000 },
    );
  });

  it("throws a RangeError when the zone is unknown", () => {
    expect(() => dayOf(0, "Mars/Olympus")).toThrow(RangeError);
  });
});

describe("startOfDay", () => {
  it("is the first instant of the day, whatever the clocks do", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, zone) => {
        const day = dayOf(instant, zone);
        const start = startOfDay(day, zone);
        expect(dayOf(start, zone)).toBe(day);
        expect(dayOf(start - 1, zone) < day).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("begins at one o'clock when the clocks skip midnight", () => {
    expect(new Date(startOfDay("2018-11-04", "America/Sao_Paulo")).toISOString()).toBe("2018-11-04T03:00:00.000Z");
  });
});

describe("minuteOf", () => {
  it("is the local minute", () => {
    expect(minuteOf(Date.parse("2026-11-22T15:04:59Z"), "Asia/Kathmandu")).toBe("2026-11-22T20:49");
  });
});

describe("days", () => {
  it("count on across months, years and leap days", () => {
    expect(daysBetween("2024-02-28", "2024-03-01")).toEqual(["2024-02-28", "2024-02-29", "2024-03-01"]);
    expect(addDays("2026-01-01", -1)).toBe("2025-12-31");
    expect(daysBetween("2026-01-02", "2026-01-01")).toEqual([]);
  });

  it.each([["2026-02-29"], ["2026-13-01"], ["2026-1-1"], ["20260101"], [""], ["2026-01-01T00"]])(
    "are not %s",
    (text) => {
      expect(isDay(text)).toBe(false);
    },
  );
});
