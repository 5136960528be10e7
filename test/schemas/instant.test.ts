import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseInstant } from "../../src/schemas/instant.ts";

const now = Date.UTC(2026, 10, 22, 12);

describe("parseInstant", () => {
  test.each([
    ["2026-11-22T12:00:00.000Z", now],
    ["2026-11-22T12:00:00Z", now],
    ["2026-11-22T12:00Z", now],
    ["2026-11-22 12:00:00z", now],
    ["2026-11-22T21:00:00+09:00", now],
    ["2026-11-22T21:00:00+0900", now],
    ["2026-11-22T21:00:00+09", now],
    ["2026-11-22T06:30:00-05:30", now],
    ["2026-11-22T12:00:00.123456789Z", now + 123],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
    ["9999-12-31T23:59:59.999Z", Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
    ["1900-01-01T00:00:00Z", Date.UTC(1900, 0, 1)],
    [now, now],
    [now + 0.9, now],
    [-1, -1],
    // Days of 1970 and the years from 1973 to 5138, which cannot mean anything else.
    [99_999_999, 99_999_999],
    [100_000_000_000, 100_000_000_000],
    [99_999_999_999_999, 99_999_999_999_999],
    [8.64e15, 8.64e15],
    [-8.64e15, -8.64e15],
    ["2026-11-22t12:00:00Z", now],
    ["2026-11-22T12:00:00.5Z", now + 500],
    ["2026-11-22T21:00+09:00", now],
    ["2026-04-30T00:00:00Z", Date.UTC(2026, 3, 30)],
    ["2026-12-31T00:00:00Z", Date.UTC(2026, 11, 31)],
    // A leap second is the second before it, which is of the same day everywhere.
    ["2016-12-31T23:59:60Z", Date.UTC(2016, 11, 31, 23, 59, 59)],
    ["2016-12-31T23:59:60.5Z", Date.UTC(2016, 11, 31, 23, 59, 59, 500)],
    ["2017-01-01T08:59:60+09:00", Date.UTC(2016, 11, 31, 23, 59, 59)],
    ["2015-07-01 05:29:60+0530", Date.UTC(2015, 5, 30, 23, 59, 59)],
  ])("reads %j", (value, instant) => {
    expect(parseInstant(value)).toBe(instant);
  });

  test.each([
    "",
    "now",
    "2026",
    "2026-11-22",
    "2026-11-22T12:00:00", // no offset: nobody knows which instant
    "22 Nov 2026 12:00:00 GMT",
    "2026-02-30T00:00:00Z",
    "2025-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-11-22T25:00:00Z",
    "2016-12-31T23:59:61Z",
    "2016-12-31T23:60:00Z",
    "2026-11-22T12:00:00Z; drop",
    "1763812800000",
    now / 1000, // seconds, with and without a fraction
    now / 1000 + 0.5,
    now * 1000, // microseconds
    Number.NaN,
    Number.POSITIVE_INFINITY,
    8.64e15 + 1,
    -8.64e15 - 1,
    "2026-04-31T00:00:00Z",
    "2026-04-31T00:00:00.000Z",
    "2026-11-00T00:00:00Z",
    "2026-00-22T00:00:00Z",
    "at 2026-11-22T12:00:00Z",
    "2026-11-22T12:00:00.000Z (noon)",
    "+002026-11-22T12:00:00.000Z",
    // Date.parse alone would accept these three.
    "2026-11-22T12:00:00.000Z\0 or later",
    "2026-(1-22T12:00:00.000Z",
    "2026-1(-22T12:00:00.000Z",
    "2026-11-22T12Z",
    "2026-11-22T12:00:00.Z",
    "2026-11-22T12:00:00,5Z",
    "2026-11-22T12:00:00Z+09:00",
    "2026-11-22T12:00:00+9",
    "2026-11-22T12:00:00+09:0",
    "2026-11-22T12:00:00+09:00:00",
  ])("refuses %j", (value) => {
    expect(parseInstant(value)).toBeUndefined();
  });

  test("takes any instant as ISO text and as a number for the same", () => {
    const instants = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (date) => {
        expect(parseInstant(date.toISOString())).toBe(date.getTime());
        const isCertainlySeconds = date < new Date("1973-03-03T09:46:40Z") && date >= new Date("1970-01-02T03:46:40Z");
        const isCertainlyMicroseconds = date >= new Date("5138-11-16T09:46:40Z");
        const isOther = isCertainlySeconds || isCertainlyMicroseconds;
        expect(parseInstant(date.getTime())).toBe(isOther ? undefined : date.getTime());
      }),
    );
  });
});
