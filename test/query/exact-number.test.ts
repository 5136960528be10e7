import fc from "fast-check";
import { expect, test } from "vitest";
import { exactNumber } from "../../src/query/exact-number.ts";

const largest = 9_007_199_254_740_991n;

test.each([
  [0n, 0],
  [-5n, -5],
  [largest, 9_007_199_254_740_991],
  [-largest, -9_007_199_254_740_991],
])("%s is a plain number", (value, number) => {
  expect(exactNumber(value)).toBe(number);
});

test("any whole number is written in JSON with all its digits", () => {
  // 2^53 + 1 is the first integer that a double cannot represent; a mistake would show near it.
  const near = fc.bigInt({ min: -3n, max: 3n }).chain((n) => fc.constantFrom(largest + n, -largest + n));
  fc.assert(
    fc.property(fc.oneof(near, fc.bigInt()), (value) => {
      expect(JSON.stringify({ total: exactNumber(value) })).toBe(`{"total":${value}}`);
    }),
  );
});
