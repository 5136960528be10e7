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

test("an app keeps its values as long as they fit its share, whatever the others send and in whatever order", () => {
  const mine = fc.uniqueArray(fc.constantFrom("/a", "/b", "/c", "/d"), { maxLength: 4 });
  const flood = fc.array(fc.tuple(fc.constantFrom("web", "blog"), fc.nat(99), fc.bigInt({ min: 1n, max: 99n })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(mine, fc.array(flood, { minLength: 1, maxLength: 5 }), (paths, floods) => {
      const bounds = { keys: 12, characters: 12 * 20 };
      const own = new Map(paths.map((path) => [joinKey(["shop", path]), 1n]));
      const others = floods.map((one) => new Map(one.map(([app, i, value]) => [joinKey([app, `/${i}`]), value])));
      for (const order of [
        [own, ...others],
        [...others, own],
      ]) {
        const bounded = order.reduce<ReadonlyMap<string, Value>>(
          (sum, one) => boundTally("app+path", mergeTallies([sum, one]), bounds),
          new Map(),
        );
        for (const [key, value] of own) expect([key, bounded.get(key)]).toEqual([key, value]);
        const apart = [...bounded.keys()].filter((key) => !isOther(key));
        expect(apart.length).toBeLessThanOrEqual(bounds.keys);
        expect(apart.join("").length).toBeLessThanOrEqual(bounds.characters);
      }
    }),
  );
});

test("what an app leaves of its share the others may use, the largest values first", () => {
  const many = Array.from({ length: 9 }, (_, i): [string, bigint] => [`web+/${i}`, BigInt(i + 1)]);
  const bounded = boundTally("app+path", new Map([["shop+/a", 1n], ...many]), { keys: 6, characters: 1000 });
  expect([...bounded.keys()].sort()).toEqual(
    ["shop+/a", `web+${OTHER}`, ...["web+/4", "web+/5", "web+/6", "web+/7", "web+/8"]].sort(),
  );
});
