import { describe, expect, test } from "vitest";
import { createDayPace, windowOf } from "../../../tools/import/day-pace.ts";

/** A pace whose clock only advances while it waits. */
function paced(days: number, recent: [string, number][] = []) {
  let now = 1_000_000;
  const waits: number[] = [];
  const pace = createDayPace({
    days,
    windowMs: 1000,
    recent: new Map(recent),
    clock: () => now,
    onWait: (ms) => waits.push(ms),
    pause: async (ms) => {
      now += ms;
      await new Promise(setImmediate);
    },
  });
  return { pace, waits, pass: (ms: number) => (now += ms) };
}

describe("a pace of days", () => {
  test("lets as many days in as there are places, each as often as it comes", async () => {
    const { pace, waits } = paced(2);
    for (const day of ["a", "b", "a", "b", "a"]) await pace.enter(day);
    expect(waits).toEqual([]);
  });

  test("lets a new day wait until a window after the last answer of another", async () => {
    const { pace, waits, pass } = paced(2);
    await pace.enter("a");
    await pace.enter("b");
    pace.sent("a");
    pass(300);
    pace.sent("b");
    await pace.enter("c");
    expect(waits).toEqual([700]);
    pace.sent("c");
    await pace.enter("d");
    expect(waits).toEqual([700, 300]);
  });

  test("holds a place that a request is still under way for, however long it takes", async () => {
    const { pace, waits, pass } = paced(1);
    await pace.enter("a");
    pass(60_000);
    const entered = pace.enter("b").then(() => "b");
    expect(await Promise.race([entered, new Promise((done) => setTimeout(done, 20, "waiting"))])).toBe("waiting");
    pace.sent("a");
    expect(await entered).toBe("b");
    expect(waits.length).toBeGreaterThan(1);
  });

  test("counts the days that an import before this one has sent", async () => {
    const { pace, waits } = paced(2, [
      ["x", 999_500],
      ["y", 999_900],
    ]);
    await pace.enter("x");
    pace.sent("x");
    expect(waits).toEqual([]);
    await pace.enter("z");
    expect(waits).toEqual([900]);
  });
});

test("a window is longer than Firehose may take, and a slow function before it", () => {
  expect([windowOf(5), windowOf(300)]).toEqual([40_000, 630_000]);
});
