import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addDays,
  bucketOf,
  bucketsBetween,
  dayOf,
  daysBetween,
  hourOf,
  hoursOfDay,
  isDay,
  minuteOf,
  startOfDay,
  withOffset,
} from "../../src/metrics/time-bucket.ts";

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

  it.each([
    // A zone that is behind UTC by minutes and seconds.
    ["Africa/Monrovia", "1971-06-01", "1971-06-01T00:44:30.000Z"],
    // Clocks went from 23:30 to 00:30.
    ["America/Toronto", "1919-03-31", "1919-03-31T04:30:00.000Z"],
    // Clocks go back from midnight to 23:00, so that midnight comes twice; the day begins with the second.
    ["America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00.000Z"],
    // Clocks go back from 01:00 to midnight, so that the day's first hour comes twice.
    ["Atlantic/Azores", "2026-10-25", "2026-10-25T00:00:00.000Z"],
    ["America/Havana", "2026-11-01", "2026-11-01T04:00:00.000Z"],
    // Clocks went back from 02:00 to 23:00, so that the day began twice; the first time counts.
    ["Antarctica/Casey", "2010-03-05", "2010-03-04T13:00:00.000Z"],
    // The island skipped December 30.
    ["Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00.000Z"],
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00.000Z"],
    ["Asia/Kathmandu", "2026-11-22", "2026-11-21T18:15:00.000Z"],
    ["Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000Z"],
    ["UTC", "2026-11-22", "2026-11-22T00:00:00.000Z"],
  ])("in %s of %s is right", (timeZone, day, start) => {
    expect(new Date(startOfDay(day, timeZone)).toISOString()).toBe(start);
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
  it.each([
    ["2026-01-01", 0, "2026-01-01"],
    ["2026-01-01", -1, "2025-12-31"],
    ["2024-02-28", 2, "2024-03-01"],
    ["2026-11-22", 365, "2027-11-22"],
  ])("after %s by %i are counted by the calendar", (day, count, expected) => {
    expect(addDays(day, count)).toBe(expected);
  });

  it("count on across months, years and leap days", () => {
    expect(daysBetween("2024-02-28", "2024-03-01")).toEqual(["2024-02-28", "2024-02-29", "2024-03-01"]);
    expect(daysBetween("2026-01-02", "2026-01-01")).toEqual([]);
    expect(daysBetween("9999-12-30", "9999-12-31")).toEqual(["9999-12-30", "9999-12-31"]);
  });

  it.each([
    ["2026-02-29"],
    ["2026-13-01"],
    ["2026-1-1"],
    ["20260101"],
    [""],
    ["2026-01-01T00"],
    ["-000001-01"],
    ["+012026-01-01"],
    [" 2026-01-01"],
    ["2026-01-01 "],
    ["2026-04-31"],
    ["20a6-01-01"],
  ])("are not %s", (text) => {
    expect(isDay(text)).toBe(false);
  });

  it.each(["2026-01-01", "2024-02-29", "0001-01-01", "9999-12-31"])("are %s", (text) => {
    expect(isDay(text)).toBe(true);
  });
});

describe("the hours of a day", () => {
  it.each([
    ["Asia/Seoul", "2026-11-22", 24, "2026-11-22T00:00:00+09:00", "2026-11-22T23:00:00+09:00"],
    ["America/New_York", "2026-03-08", 23, "2026-03-08T00:00:00-05:00", "2026-03-08T23:00:00-04:00"],
    ["America/New_York", "2026-11-01", 25, "2026-11-01T00:00:00-04:00", "2026-11-01T23:00:00-05:00"],
    ["Asia/Kathmandu", "2026-11-22", 24, "2026-11-22T00:00:00+05:45", "2026-11-22T23:00:00+05:45"],
    ["America/Sao_Paulo", "2018-11-04", 23, "2018-11-04T01:00:00-02:00", "2018-11-04T23:00:00-02:00"],
    // Its clock goes forward and back by half an hour.
    ["Australia/Lord_Howe", "2026-04-05", 25, "2026-04-05T00:00:00+11:00", "2026-04-05T23:30:00+10:30"],
    ["Australia/Lord_Howe", "2026-10-04", 24, "2026-10-04T00:00:00+10:30", "2026-10-04T23:30:00+11:00"],
  ])("in %s on %s are %i, from %s to %s", (zone, day, count, first, last) => {
    const hours = hoursOfDay(day, zone);
    expect(hours).toHaveLength(count);
    expect([hours[0], hours.at(-1)].map((hour) => withOffset(hour ?? 0, zone))).toEqual([first, last]);
  });

  it("each hold what happens in them, whatever the clocks do", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (instant, zone) => {
        const day = dayOf(instant, zone);
        const hours = hoursOfDay(day, zone);
        const start = hours[hourOf(instant, startOfDay(day, zone))] ?? Number.NaN;
        expect(instant - start).toBeGreaterThanOrEqual(0);
        expect(instant - start).toBeLessThan(3_600_000);
        expect(Date.parse(withOffset(start, zone))).toBe(start);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("bucketOf and bucketsBetween", () => {
  it.each([
    ["2026-11-22", "2026-11-16"],
    ["2026-11-23", "2026-11-23"],
    ["2027-01-01", "2026-12-28"],
    ["2024-03-01", "2024-02-26"],
    ["1970-01-01", "1969-12-29"],
  ])("%s is in the week of Monday %s", (day, monday) => {
    expect(bucketOf(day, "week")).toBe(monday);
    expect(bucketOf(day, "month")).toBe(day.slice(0, 7));
  });

  it("cut a range into buckets that together are its days, each once and in order", () => {
    const day = fc.integer({ min: 0, max: 40_000 }).map((n) => addDays("1970-01-01", n));
    fc.assert(
      fc.property(day, fc.nat(400), fc.constantFrom("week" as const, "month" as const), (from, length, bucket) => {
        const to = addDays(from, length);
        const buckets = bucketsBetween({ from, to }, bucket);
        expect(buckets.flatMap((one) => daysBetween(one.from, one.to))).toEqual(daysBetween(from, to));
        for (const { name, ...one } of buckets)
          for (const day of daysBetween(one.from, one.to)) expect(bucketOf(day, bucket)).toBe(name);
        expect(new Set(buckets.map(({ name }) => name)).size).toBe(buckets.length);
      }),
    );
  });

  it("end with the last day that there is", () => {
    expect(bucketsBetween({ from: "9999-12-30", to: "9999-12-31" }, "week")).toHaveLength(1);
    expect(bucketsBetween({ from: "9999-12-30", to: "9999-12-31" }, "month")).toEqual([
      { name: "9999-12", from: "9999-12-30", to: "9999-12-31" },
    ]);
    expect(bucketsBetween({ from: "2026-03-02", to: "2026-03-01" }, "week")).toEqual([]);
  });
});
