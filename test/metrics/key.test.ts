import fc from "fast-check";
import { expect, it } from "vitest";
import { joinKey, splitKey } from "../../src/metrics/key.ts";

it("joinKey keeps values apart whatever they hold", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 4 }), (values) => {
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
