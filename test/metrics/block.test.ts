import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeBlock, openBlock, toSection } from "../../src/metrics/block.ts";
import { mergeTallies, type Value } from "../../src/metrics/merge.ts";
import { anyText } from "../fixtures/any-text.ts";
import { pairs } from "../fixtures/pairs.ts";

const sum = fc.oneof(
  fc.bigInt({ min: -300n, max: 300n }),
  fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
  fc.constantFrom(2n ** 28n, 2n ** 31n, 2n ** 30n, -(2n ** 30n), 2n ** 53n, 127n, 128n, -64n, -65n),
);
const sketch = fc
  .array(fc.tuple(fc.nat(4095), fc.integer({ min: 1, max: 53 })), { minLength: 1, maxLength: 8 })
  .map((entries): Value => new Map(entries));
const tallyOf = (value: fc.Arbitrary<Value>) =>
  fc.array(fc.tuple(anyText(), value), { minLength: 1, maxLength: 5 }).map((entries) => new Map(entries));
const breakdowns = (value: fc.Arbitrary<Value>) =>
  fc.dictionary(fc.constantFrom("", "app", "path", "app+path"), tallyOf(value), { maxKeys: 4 });
const blocks = fc.record({ clicks: breakdowns(sum), revenue: breakdowns(sum), visitors: breakdowns(sketch) });

const sectionsOf = (block: Record<string, Record<string, Map<string, Value>>>) =>
  Object.entries(block).flatMap(([metric, own]) =>
    Object.entries(own).map(([breakdown, tally]) => toSection(metric, breakdown, tally)),
  );

test("a block gives back every value that it was made of, of all keys or of one", () => {
  fc.assert(
    fc.property(blocks, (block) => {
      const open = openBlock(encodeBlock(sectionsOf(block)));
      const readMany = open.reader();
      expect(open.sections()).toHaveLength(sectionsOf(block).length);
      for (const [metric, own] of Object.entries(block)) {
        for (const [breakdown, tally] of Object.entries(own)) {
          expect(open.read(metric, breakdown)).toEqual(tally);
          expect(readMany(metric, breakdown)).toEqual(tally);
          for (const [key, value] of tally) expect(open.read(metric, breakdown, key)).toEqual(new Map([[key, value]]));
          expect(open.read(metric, breakdown, "a key that is not there")).toEqual(new Map());
        }
      }
    }),
  );
});

test("sections that share a list of keys are written as if each had its own", () => {
  const keys = ["b", "a", "c"];
  const values = {
    clicks: [1, undefined, 2],
    views: [undefined, 3, undefined],
    visitors: [new Map([[1, 2]]), undefined, undefined],
  };
  const shared = Object.entries(values).map(([metric, own]) => ({ metric, breakdown: "path", keys, values: own }));
  const bytes = encodeBlock(shared);
  expect(bytes).toEqual(encodeBlock(shared.map((section) => ({ ...section, keys: [...keys] }))));
  expect([...openBlock(bytes).read("clicks", "path").keys()]).toEqual(["b", "c"]);
});

test("a block's bytes are the same in whatever order its values come", () => {
  fc.assert(
    fc.property(blocks, (block) => {
      const turned = sectionsOf(block)
        .toReversed()
        .map(({ keys, values, ...section }) => ({
          ...section,
          keys: keys.toReversed(),
          values: values.toReversed().map((value) => (value instanceof Map ? new Map([...value].toReversed()) : value)),
        }));
      expect(encodeBlock(turned)).toEqual(encodeBlock(sectionsOf(block)));
    }),
  );
});

test("counts may be numbers, and keys without a value are left out", () => {
  const section = { metric: "clicks", breakdown: "app", keys: ["a", "b", "c"], values: [3, undefined, 70_000] };
  const open = openBlock(encodeBlock([section, { ...section, breakdown: "path", values: [undefined, undefined] }]));
  expect(open.sections()).toEqual([{ metric: "clicks", breakdown: "app", isDistinct: false }]);
  expect(open.read("clicks", "app")).toEqual(
    new Map([
      ["a", 3n],
      ["c", 70_000n],
    ]),
  );
});

test("what a block does not hold is empty", () => {
  const open = openBlock(encodeBlock([toSection("visitors", "", new Map([["", pairs("1:5")]]))]));
  expect(open.read("visitors", "app").size + open.read("clicks", "").size).toBe(0);
  expect(open.reader()("visitors", "app").size + open.reader()("clicks", "").size).toBe(0);
  expect(openBlock(encodeBlock([])).sections()).toEqual([]);
});

test("bytes that end too early are refused", () => {
  const bytes = encodeBlock([toSection("clicks", "app", new Map([["web", 3n]]))]);
  for (let length = 0; length < bytes.length; length++)
    expect(() => openBlock(bytes.subarray(0, length)).read("clicks", "app")).toThrow();
});

test("keys and pairs are written once for all that share them", () => {
  const keys = Array.from({ length: 100 }, (_, i) => `https://example.com/a/long/path/${i}`);
  const tally = new Map(keys.map((key, i) => [key, pairs(`${i}:3`)]));
  const once = encodeBlock([toSection("a", "path", tally)]).length;
  const twice = encodeBlock([toSection("a", "path", tally), toSection("b", "path", tally)]).length;
  expect(twice - once).toBeLessThan(600);
  expect(mergeTallies([tally]).size).toBe(100);
});
