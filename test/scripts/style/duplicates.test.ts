import { describe, expect, test } from "vitest";
import { findDuplicates } from "../../../scripts/style/duplicates.ts";

const lines = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}${n}`);

describe("a duplicate", () => {
  test("is a run of at least eight lines that occurs twice, in one file or in two", () => {
    expect(
      findDuplicates([
        [...lines("a", 3), ...lines("x", 10)],
        [...lines("x", 10), ...lines("b", 9)],
      ]),
    ).toEqual({ blocks: 2, lines: 20 });
    expect(findDuplicates([[...lines("x", 8), "between", ...lines("x", 8)]])).toEqual({ blocks: 2, lines: 16 });
  });

  test("is not a shorter run, nor the same lines in another order", () => {
    expect(findDuplicates([lines("x", 7), lines("x", 7)])).toEqual({ blocks: 0, lines: 0 });
    expect(findDuplicates([lines("x", 9), lines("x", 9).toReversed()])).toEqual({ blocks: 0, lines: 0 });
  });

  test("counts once for each place; runs that touch are one there", () => {
    expect(findDuplicates([lines("x", 8), lines("x", 8), lines("x", 8)])).toEqual({ blocks: 3, lines: 24 });
    expect(findDuplicates([[...lines("x", 8), ...lines("y", 8)], lines("x", 8), lines("y", 8)])).toEqual({
      blocks: 3,
      lines: 32,
    });
  });
});
