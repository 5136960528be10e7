import { expect, test } from "vitest";
import { createRowCache } from "../../../src/query/history/row-cache.ts";

const fresh = () => createRowCache<string>((row) => row.length, 1000);
const long = ["x".repeat(300)];

test("rows that were kept come back", () => {
  const kept = fresh();
  kept.set("a", ["1"]);
  expect([kept.get("a"), kept.get("b")]).toEqual([["1"], undefined]);
});

test("the rows that were not used for longest make room", () => {
  const kept = fresh();
  kept.set("a", long);
  kept.set("b", long);
  kept.get("a");
  kept.set("c", long);
  expect([kept.get("a"), kept.get("b"), kept.get("c")]).toEqual([long, undefined, long]);
});

test("rows that are set again take their room once", () => {
  const kept = fresh();
  for (let i = 0; i < 5; i++) kept.set("a", long);
  kept.set("b", long);
  expect([kept.get("a"), kept.get("b")]).toEqual([long, long]);
});

test("rows that are too large are not kept and push nothing out", () => {
  const kept = fresh();
  kept.set("a", long);
  kept.set("b", ["x".repeat(901)]);
  expect([kept.get("a"), kept.get("b")]).toEqual([long, undefined]);
});
