import { expect, test } from "vitest";
import { digestOf } from "../../src/metrics/digest.ts";
import { pairs } from "../fixtures/pairs.ts";

test("a digest tells a value that moved from one key to another, and not in which order values came", () => {
  const digest = digestOf(
    new Map([
      ["a", 5n],
      ["b+%23", -2n],
      ["", 1n],
    ]),
  );
  expect(digest.total).toBe(4n);
  expect(
    digestOf(
      new Map([
        ["", 1n],
        ["b+%23", -2n],
        ["a", 5n],
      ]),
    ),
  ).toEqual(digest);
  const moved = digestOf(
    new Map([
      ["a", 4n],
      ["b+%23", -1n],
      ["", 1n],
    ]),
  );
  expect(moved.total).toBe(4n);
  expect(moved.weighted).not.toBe(digest.weighted);
});

test("of a distinct count the estimates are added, of nothing there is nothing", () => {
  expect(
    digestOf(
      new Map([
        ["a", pairs("1:5 2:1")],
        ["b", pairs("1:5")],
      ]),
    ).total,
  ).toBe(3n);
  expect(digestOf(new Map())).toEqual({ total: 0n, weighted: 0n });
});
