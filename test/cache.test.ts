import { describe, expect, test } from "vitest";
import { cached, createSizedCache } from "../src/cache.ts";

describe("cached", () => {
  test("asks once for each key, also when the answer is null", () => {
    const asked: string[] = [];
    const answer = cached(10, (key) => {
      asked.push(key);
      return key === "none" ? null : key.length;
    });
    expect([answer("abc"), answer("none"), answer("abc"), answer("none")]).toEqual([3, null, 3, null]);
    expect(asked).toEqual(["abc", "none"]);
  });

  test("keeps what is asked for often, and forgets what is not", () => {
    let made = 0;
    const answer = cached(10, () => ++made);
    const first = answer("often");
    for (let i = 0; i < 100; i++) {
      answer(`rare ${i}`);
      expect(answer("often")).toBe(first);
    }
    expect(answer("rare 0")).toBe(made);
  });

  test("keeps the last keys up to its limit, and never more than twice as many", () => {
    const asked: string[] = [];
    const answer = cached(10, (key) => asked.push(key));
    const keys = Array.from({ length: 21 }, (_, i) => `key ${i}`);
    for (const key of keys) answer(key);
    for (const key of keys.slice(-10)) answer(key);
    expect(asked).toEqual(keys);
    answer("key 0");
    expect(asked.at(-1)).toBe("key 0");
  });

  test("keeps keys of 1,024 characters and none that is longer", () => {
    const lengths: number[] = [];
    const answer = cached(10, (key) => lengths.push(key.length));
    for (const length of [1024, 1025, 1024, 1025]) answer("x".repeat(length));
    expect(lengths).toEqual([1024, 1025, 1025]);
  });

  test("does not keep very long keys", () => {
    let made = 0;
    const answer = cached(10, () => ++made);
    answer("x".repeat(5000));
    answer("x".repeat(5000));
    expect(made).toBe(2);
  });
});

const fresh = () => createSizedCache<string[]>(1000, (rows) => rows.reduce((sum, row) => sum + row.length, 100));
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
