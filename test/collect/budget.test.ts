import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBudget } from "../../src/collect/budget.ts";

const limits = { events: 600, bytes: 60_000 };
const someone = { app: "web", address: "203.0.113.7" };
const minute = 60_000;

/** Sends as often as possible; returns how many events and bytes were accepted. */
function rush(
  budget: ReturnType<typeof createBudget>,
  from: number,
  ms: number,
  request: { events: number; bytes: number },
) {
  const through = { events: 0, bytes: 0 };
  for (let now = from; now < from + ms; now += 50) {
    if (budget.take(someone, request.bytes, now)) continue;
    budget.spend(someone, request.events, now);
    through.events += request.events;
    through.bytes += request.bytes;
  }
  return through;
}

describe("a budget", () => {
  test("lets through what it says in a minute, and what fills up meanwhile, whatever a request has of both", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 5000 }), (events, bytes) => {
        const through = rush(createBudget(limits), 0, minute, { events, bytes });
        expect(through.events).toBeLessThanOrEqual(limits.events * 2 + events);
        expect(through.bytes).toBeLessThanOrEqual(limits.bytes * 2 + bytes);
      }),
      { numRuns: 30 },
    );
  });

  test("says when something is left again, which is true", () => {
    const budget = createBudget(limits);
    budget.take(someone, 70_000, 0);
    const refusal = budget.take(someone, 1, 0);
    expect(refusal).toEqual({ retryAfterSeconds: 11, isFirst: true });
    expect(budget.take(someone, 1, 9_000)).toMatchObject({ isFirst: false });
    expect(budget.take(someone, 1, 11_000)).toBeUndefined();
    expect(createBudget(limits).take(someone, 1e9, 0)).toBeUndefined();
  });

  test("is another for another address and another app", () => {
    const budget = createBudget(limits);
    budget.spend(someone, 1000, 0);
    expect(budget.take(someone, 1, 0)).toBeDefined();
    expect(budget.take({ ...someone, app: "shop" }, 1, 0)).toBeUndefined();
    expect(budget.take({ ...someone, address: "203.0.113.8" }, 1, 0)).toBeUndefined();
  });

  test("is none where its limit is 0, each for itself", () => {
    const budget = createBudget({ events: 0, bytes: 100 });
    expect(rush(budget, 0, 1000, { events: 500, bytes: 0 })).toEqual({ events: 10_000, bytes: 0 });
    budget.take(someone, 200, 1000);
    expect(budget.take(someone, 1, 1000)).toBeDefined();
  });

  test("says of the first refusal only that it is, until the address was let in again", () => {
    const budget = createBudget(limits);
    budget.spend(someone, 700, 0);
    const firsts = [0, 1000, 2000].map((now) => budget.take(someone, 1, now)?.isFirst);
    expect(firsts).toEqual([true, false, false]);
    expect(budget.take(someone, 1, minute)).toBeUndefined();
    budget.spend(someone, 700, minute);
    expect(budget.take(someone, 1, minute)?.isFirst).toBe(true);
  });

  test("gives nothing for a clock that is put back, and goes on from there", () => {
    const budget = createBudget(limits);
    budget.spend(someone, 700, 5 * minute);
    expect(budget.take(someone, 1, 0)).toBeDefined();
    expect(budget.take(someone, 1, minute)).toBeUndefined();
  });

  test("remembers a bounded number of addresses, the latest", () => {
    const budget = createBudget(limits);
    budget.spend(someone, 7000, 0);
    for (let i = 0; i < 4000; i++) budget.take({ app: "web", address: `a${i}` }, 1, 0);
    expect(budget.take(someone, 1, 0)).toBeDefined();
    for (let i = 0; i < 20_000; i++) budget.take({ app: "web", address: `b${i}` }, 1, 0);
    expect(budget.take(someone, 1, 0)).toBeUndefined();
  });
});
