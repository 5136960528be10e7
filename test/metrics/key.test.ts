import fc from "fast-check";
import { expect, it, test } from "vitest";
import { escapeValue, joinKey, splitKey } from "../../src/metrics/key.ts";
import { anyText } from "../fixtures/any-text.ts";

it("joinKey keeps values distinct, whatever they contain", () => {
  fc.assert(
    fc.property(fc.array(anyText(), { minLength: 1, maxLength: 4 }), (values) => {
      const key = joinKey(values);
      expect(splitKey(key, values.length)).toEqual(values);
      expect(key).not.toContain("#");
    }),
    { numRuns: 1000 },
  );
});

it("joinKey is empty when there are no values", () => {
  expect(joinKey([])).toBe("");
  expect(splitKey("", 0)).toEqual([]);
});

test.each([
  [["posting-1"], "posting-1"],
  [["", ""], "+"],
  [["a+b", "c"], "a%2Bb+c"],
  [["#1", "50%"], "%231+50%25"],
  [["%2B", "++"], "%252B+%2B%2B"],
  [["한국어 공고", "a b/c?d=e&f"], "한국어 공고+a b/c?d=e&f"],
])("values %j are written as %s, in counters and in SQL", (values, key) => {
  expect(joinKey(values)).toBe(key);
  expect(splitKey(key, values.length)).toEqual(values);
});

test("escapes that no key contains are read unchanged", () => {
  expect(splitKey("%20%41+%2b%E", 2)).toEqual(["%20%41", "%2b%E"]);
});

test("one value is escaped wherever it needs to be", () => {
  expect(escapeValue("+a#b%c+")).toBe("%2Ba%23b%25c%2B");
});

test("a total has no values, a single empty value is one", () => {
  expect(splitKey("", 0)).toEqual([]);
  expect(splitKey("", 1)).toEqual([""]);
});
