import fc from "fast-check";
import { expect, test } from "vitest";
import { boundTally, isOther, OTHER } from "../../src/metrics/bounded-tally.ts";
import { joinKey, splitKey } from "../../src/metrics/key.ts";
import { mergeTallies, sumOf, type Value } from "../../src/metrics/merge.ts";
import { pairs } from "../fixtures/pairs.ts";

const few = { keys: 2, characters: 1000 };

test("the largest values stay separate and the others are added up, in whatever order they came", () => {
  const tally = new Map([
    ["/a", 1n],
    ["/b", 7n],
    ["/c", -9n],
    ["/d", 1n],
  ]);
  const kept = new Map([
    ["/c", -9n],
    ["/b", 7n],
    [OTHER, 2n],
  ]);
  expect(boundTally("path", tally, few)).toEqual(kept);
  expect(boundTally("path", new Map([...tally].reverse()), few)).toEqual(kept);
  const visitors = new Map([
    ["spring", pairs("1:1 2:2")],
    ["autumn", pairs("1:3")],
    ["winter", pairs("5:1")],
  ]);
  expect(boundTally("utm_campaign", visitors, { ...few, keys: 1 })).toEqual(
    new Map([
      ["spring", pairs("1:1 2:2")],
      [OTHER, pairs("1:3 5:1")],
    ]),
  );
});

test("a tally within bounds, one of few values and the total are left as they are", () => {
  const tally = new Map(["a", "b", "c"].map((key) => [key, 1n]));
  expect(boundTally("path", tally, { keys: 3, characters: 3 })).toBe(tally);
  expect(boundTally("path", tally, { keys: 3, characters: 2 })).not.toBe(tally);
  for (const breakdown of ["", "app", "app+status"]) expect(boundTally(breakdown, tally, few)).toBe(tally);
});

test("totals, by app too, are the same however often a tally is bounded, and no value is taken for the others", () => {
  const value = fc.constantFrom("/", "/b", OTHER, "#", "a+b", "(other)", "");
  const keys = fc.tuple(fc.constantFrom("web", "shop"), value).map(joinKey);
  const tallies = fc.array(fc.dictionary(keys, fc.bigInt({ min: 1n, max: 9n })), { minLength: 1, maxLength: 5 });
  const totals = (tally: ReadonlyMap<string, Value>) =>
    Object.fromEntries(
      [...Map.groupBy(tally, ([key]) => splitKey(key, 2)[0])].map(([app, own]) => [app, sumOf(new Map(own))]),
    );
  fc.assert(
    fc.property(tallies, fc.nat(4), (all, most) => {
      const bounds = { keys: most, characters: 1000 };
      const exact = mergeTallies(all.map((one) => new Map(Object.entries(one))));
      const bounded = all.reduce<ReadonlyMap<string, Value>>(
        (sum, one) => boundTally("app+path", mergeTallies([sum, new Map(Object.entries(one))]), bounds),
        new Map(),
      );
      expect(totals(bounded)).toEqual(totals(exact));
      const apart = [...bounded].filter(([key]) => !isOther(key));
      expect(apart.length).toBeLessThanOrEqual(most);
      for (const [key, number] of apart) expect(number <= (exact.get(key) ?? 0n)).toBe(true);
      if (exact.size <= most) expect(bounded).toEqual(exact);
    }),
  );
});
