import fc from "fast-check";
import { expect, test } from "vitest";
import { add, parseExact, subtract } from "../../../src/dashboard/ask/whole.ts";

test("numbers past 2^53 arrive exact", () => {
  expect(parseExact('{"a":9007199254740993,"b":[1.5,-2]}')).toEqual({ a: 9007199254740993n, b: [1.5, -2] });
});

test("sums are exact and no larger type than they need be", () => {
  expect(add(1, 2)).toBe(3);
  expect(add(Number.MAX_SAFE_INTEGER, 2)).toBe(9007199254740993n);
  expect(subtract(9007199254740993n, 9007199254740993n)).toBe(0);
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => BigInt(subtract(add(a, b), b)) === BigInt(a)),
  );
});

test("ratios are added as they are", () => {
  expect(add(0.25, 0.5)).toBe(0.75);
  expect(subtract(0.25, 0.25)).toBe(0);
  expect(subtract(2, 0.5)).toBe(1.5);
});
