import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundTally, OTHER } from "../../../src/metrics/bounded-tally.ts";
import { findMetric } from "../../../src/metrics/catalog.ts";
import type { Dimension } from "../../../src/metrics/define-metric.ts";
import { joinKey } from "../../../src/metrics/key.ts";
import { mergeTallies, sumOf, type Tally } from "../../../src/metrics/merge.ts";
import { apartByApp, breakdownByApp, isBounded } from "../../../src/query/present/apart-by-app.ts";

const bounds = { keys: 4, characters: 1000 };
const event = fc.record({
  app: fc.constantFrom("web", "zine"),
  path: fc.constantFrom("/a", "/b", "/c", "/d", "/e", "#", "a+b", ""),
});

describe("the counts of a day of which too many values came", () => {
  test("add up to its total, never say too much of a value, and nothing too little of an app's within its share", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(event, { minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 5 }),
        (batches) => {
          const exact = tallyOf(batches.flat(), ["path"]);
          const path = folded(batches, ["path"]);
          const apart = apartByApp(path, folded(batches, ["app", "path"]));
          expect(sumOf(apart)).toEqual(sumOf(exact));
          for (const [key, value] of apart) if (key !== OTHER) expect(value <= (exact.get(key) ?? 0n)).toBe(true);
          for (const [key, value] of path) if (key !== OTHER) expect((apart.get(key) ?? 0n) >= value).toBe(true);
          const zine = tallyOf(
            batches.flat().filter(({ app }) => app === "zine"),
            ["path"],
          );
          if (zine.size <= 2) for (const [key, value] of zine) expect((apart.get(key) ?? 0n) >= value).toBe(true);
          if (exact.size <= 2) expect([apart, isBounded(apart)]).toEqual([exact, false]);
        },
      ),
    );
  });
});

test.each<[string, Dimension[], string | undefined]>([
  ["page_views", ["path"], "app+path"],
  ["clicks", ["target"], "app+target"],
  ["clicks", ["path"], undefined],
  ["clicks", ["app", "target"], undefined],
  ["clicks", ["app"], undefined],
  ["clicks", [], undefined],
  ["visitors", ["path"], undefined],
])("%s by %s is read by %s, too", (name, breakdown, byApp) => {
  const metric = findMetric(name);
  expect(metric && breakdownByApp({ metric, breakdown })).toBe(byApp);
});

type Event = { app: string; path: string };

function tallyOf(events: readonly Event[], by: readonly (keyof Event)[]): Tally {
  return mergeTallies(events.map((one) => new Map([[joinKey(by.map((field) => one[field])), 1n]])));
}

/** As the stream folds: batch after batch, bounded each time. */
function folded(batches: readonly (readonly Event[])[], by: readonly (keyof Event)[]): Tally {
  return batches.reduce<Tally>(
    (sum, batch) => boundTally(by.join("+"), mergeTallies([sum, tallyOf(batch, by)]), bounds),
    new Map(),
  );
}
