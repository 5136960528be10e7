import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createEqualLines } from "../../../tools/import/equal-lines.ts";

const countOf = (lines: readonly string[], equal: ReturnType<typeof createEqualLines>) => {
  const file = equal.nextFile();
  for (const line of lines) file.add(hash("sha256", line, "hex"));
  return file.count();
};

describe("equal lines", () => {
  test("are those of a file that were in one before", () => {
    const equal = createEqualLines();
    expect(["a", "a b", "b c", "x"].map((lines) => countOf(lines.split(" "), equal))).toEqual([0, 1, 1, 0]);
  });

  test("within one file are none, as each is a request", () => {
    expect(countOf(["a", "a", "b"], createEqualLines())).toBe(0);
  });

  test("are found among a bounded number of lines", () => {
    const equal = createEqualLines(2);
    expect([countOf(["a", "b", "c"], equal), countOf(["a", "b", "c"], equal)]).toEqual([0, 2]);
  });
});
