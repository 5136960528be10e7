import fc from "fast-check";
import { expect, test } from "vitest";
import { mergeTallies, mergeValues, sumOf, toNumber, toRanking, type Value } from "../../src/metrics/merge.ts";
import { pairs } from "../fixtures/pairs.ts";

const tallies = fc.array(
  fc.dictionary(fc.constantFrom("", "a", "b", "c"), fc.bigInt({ min: -5n, max: 5n }), { maxKeys: 4 }),
  { maxLength: 5 },
);

test("two sums are added, two sketches united", () => {
  expect(mergeValues(2n ** 64n, -1n)).toBe(18446744073709551615n);
  expect(mergeValues(pairs("1:5 2:1"), pairs("1:3 4:2"))).toEqual(pairs("1:5 2:1 4:2"));
});

test.each<[Value, Value]>([
  [1n, pairs("1:1")],
  [pairs("1:1"), 1n],
  [0n, pairs("")],
  [pairs(""), 0n],
])("a sum and a sketch are not merged", (a, b) => {
  expect(() => mergeValues(a, b)).toThrow(new TypeError("Cannot merge a sum with a distinct sketch"));
});

test("tallies are added up key by key, however they are grouped", () => {
  fc.assert(
    fc.property(tallies, fc.nat(5), (all, cut) => {
      const added: Record<string, bigint> = {};
      for (const [key, value] of all.flatMap((tally) => Object.entries(tally))) added[key] = (added[key] ?? 0n) + value;
      const maps = all.map((tally) => new Map(Object.entries(tally)));
      expect(mergeTallies(maps)).toEqual(new Map(Object.entries(added)));
      const halves = [mergeTallies(maps.slice(0, cut)), mergeTallies(maps.slice(cut))];
      expect(mergeTallies(halves)).toEqual(new Map(Object.entries(added)));
    }),
  );
});

test("merging leaves the tallies as they were", () => {
  const first = new Map([["a", pairs("1:1")]]);
  const merged = mergeTallies([first, new Map([["a", pairs("1:2 3:1")]])]);
  expect(merged.get("a")).toEqual(pairs("1:2 3:1"));
  expect(first.get("a")).toEqual(pairs("1:1"));
});

test("a tally in one value is its sum, or the union of its sets", () => {
  const amounts = [5n, 0n, -7n].map((value, i): [string, bigint] => [`${i}`, value]);
  expect(sumOf(new Map(amounts))).toBe(-2n);
  const sets = new Map([
    ["a", pairs("1:1 2:4")],
    ["b", pairs("1:3")],
  ]);
  expect(sumOf(sets)).toEqual(pairs("1:3 2:4"));
  expect(sumOf(new Map())).toBeUndefined();
});

test("the number to show is the sum itself, the size of a set, or 0 when there is nothing", () => {
  expect(toNumber(2n ** 64n)).toBe(18446744073709551616n);
  expect(toNumber(pairs("1:1 2:4 3:1"))).toBe(3n);
  expect(toNumber(undefined)).toBe(0n);
});

test("a ranking has the largest first, and equal ones in the order of their keys", () => {
  const tally: [string, Value][] = [
    ["d", 1n],
    ["b", 2n],
    ["e", 3n],
    ["a", 2n],
    ["f", -1n],
    ["c", 2n],
  ];
  const ranking = ["e 3", "a 2", "b 2", "c 2", "d 1", "f -1"];
  expect(toRanking(tally).map(({ key, value }) => `${key} ${value}`)).toEqual(ranking);
  expect(toRanking(tally.toReversed()).map(({ key, value }) => `${key} ${value}`)).toEqual(ranking);
});

test("a ranking of sets goes by how large they are", () => {
  const tally = new Map([
    ["few", pairs("9:40")],
    ["many", pairs("1:1 2:1")],
  ]);
  expect(toRanking(tally)).toEqual([
    { key: "many", value: 2n },
    { key: "few", value: 1n },
  ]);
});
