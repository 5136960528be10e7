import { describe, expect, test } from "vitest";
import { remember } from "../../src/pipeline/remember.ts";

describe("remember", () => {
  test("asks once for each key, also when the answer is null", () => {
    const asked: string[] = [];
    const answer = remember(10, (key) => {
      asked.push(key);
      return key === "none" ? null : key.length;
    });
    expect([answer("abc"), answer("none"), answer("abc"), answer("none")]).toEqual([3, null, 3, null]);
    expect(asked).toEqual(["abc", "none"]);
  });

  test("keeps what is asked for often, and forgets what is not", () => {
    let made = 0;
    const answer = remember(10, () => ++made);
    const first = answer("often");
    for (let i = 0; i < 100; i++) {
      answer(`rare ${i}`);
      expect(answer("often")).toBe(first);
    }
    expect(answer("rare 0")).toBe(made);
  });

  test("does not keep very long keys", () => {
    let made = 0;
    const answer = remember(10, () => ++made);
    answer("x".repeat(5000));
    answer("x".repeat(5000));
    expect(made).toBe(2);
  });
});
