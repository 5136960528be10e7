import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Clock, eventTime } from "../../../src/collect/event/event-time.ts";

const now = Date.UTC(2026, 10, 22, 12);
const minute = 60_000;
const day = 86_400_000;
const clock = (changes: Partial<Clock> = {}): Clock => ({
  receivedAt: now,
  sentAt: undefined,
  maxLatenessDays: 7,
  ...changes,
});

describe("eventTime", () => {
  test("is the time of receipt when the event has none", () => {
    expect(eventTime(undefined, clock())).toBe(now);
  });

  test("is what the event says when the client's clock is not known", () => {
    expect(eventTime(now - minute, clock())).toBe(now - minute);
  });

  test("moves the event by what the client's clock is off", () => {
    const sentAt = now + 3 * 365 * day; // three years ahead
    expect(eventTime(sentAt - 5 * minute, clock({ sentAt }))).toBe(now - 5 * minute);
    const behind = now - 400 * day;
    expect(eventTime(behind - 5 * minute, clock({ sentAt: behind }))).toBe(now - 5 * minute);
  });

  test("is the time of receipt when the event would come from the future", () => {
    expect(eventTime(now + 1, clock())).toBe(now);
    expect(eventTime(now, clock({ sentAt: now - 1 }))).toBe(now);
    expect(eventTime(Date.UTC(9999, 0, 1), clock())).toBe(now);
    expect(eventTime(Date.UTC(9999, 0, 1), clock({ maxLatenessDays: Number.POSITIVE_INFINITY }))).toBe(now);
  });

  test("is the time of receipt when the event is older than maxLatenessDays, and not a moment before", () => {
    expect(eventTime(now - 7 * day, clock())).toBe(now - 7 * day);
    expect(eventTime(now - 7 * day - 1, clock())).toBe(now);
    expect(eventTime(Date.UTC(1900, 0, 1), clock())).toBe(now);
  });

  test("is any past time for a trusted key", () => {
    expect(eventTime(Date.UTC(1999, 0, 1), clock({ maxLatenessDays: Number.POSITIVE_INFINITY }))).toBe(
      Date.UTC(1999, 0, 1),
    );
  });

  test("is never in the future and never too old, whatever a client says", () => {
    const any = fc.integer({ min: -8.64e15, max: 8.64e15 });
    fc.assert(
      fc.property(any, fc.option(any, { nil: undefined }), (occurredAt, sentAt) => {
        const time = eventTime(occurredAt, clock({ sentAt }));
        expect(time).toBeLessThanOrEqual(now);
        expect(time).toBeGreaterThanOrEqual(now - 7 * day);
      }),
    );
  });
});
