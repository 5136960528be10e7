import { describe, expect, test } from "vitest";
import { describeIssues, show, wrongField } from "../../src/schemas/describe-issue.ts";

describe("show", () => {
  test.each([
    [undefined, "nothing"],
    [null, "null"],
    [true, "true"],
    [-0.5, "-0.5"],
    [Number.NaN, "NaN"],
    [[], "an array"],
    [{ a: 1 }, "an object"],
    ["", '""'],
    ['say "hi"\n', '"say \\"hi\\"\\n"'],
  ])("says %j in a few words", (value, words) => {
    expect(show(value)).toBe(words);
  });

  test("shows 60 characters whole, and of longer texts the first 60", () => {
    expect(show("x".repeat(60))).toBe(`"${"x".repeat(60)}"`);
    expect(show("x".repeat(61))).toBe(`"${"x".repeat(60)}…"`);
  });

  test("shows no half of a character where it cuts", () => {
    expect(show(`${"x".repeat(59)}😀`)).toBe(`"${"x".repeat(59)}\ufffd…"`);
  });

  test("shows what a terminal would obey as an escape", () => {
    expect(show("a\u009bb\u202ec")).toBe('"a\\u009bb\\u202ec"');
  });
});

describe("wrongField", () => {
  test("says what the field must hold and what it holds", () => {
    expect(wrongField("currency", "WON!")).toEqual({
      path: "currency",
      message: 'Expected a currency of ISO 4217, such as KRW or USD, got "WON!"',
    });
  });

  test.each([
    ["occurred_at", 1_795_600_000, " (epoch seconds?)"],
    ["sent_at", 1_795_600_000.5, " (epoch seconds?)"],
    ["occurred_at", 1_795_600_000_000_000, " (epoch microseconds?)"],
    ["occurred_at", 1_795_600_000_000_000_000, " (epoch nanoseconds?)"],
    ["sent_at", 1_795_600_000_000_000, " (epoch microseconds?)"],
    ["occurred_at", 1e300, ""],
    ["amount", 1_795_600_000.5, ""],
  ])("guesses of what unit the time in %s is, where %d can be of one alone", (field, value, guess) => {
    const { message } = wrongField(field, value);
    expect(message.slice(message.indexOf(`, got ${value}`))).toBe(`, got ${value}${guess}`);
  });

  test.each([
    ["1795600000", " (epoch seconds?)"],
    ["1795600000.25", " (epoch seconds?)"],
    ["1795600000000", " (epoch milliseconds are a number, without quotes)"],
    ["1795600000000000", " (epoch microseconds?)"],
    ["27.11.2026", ""],
  ])("guesses what the text %j was meant as", (value, guess) => {
    expect(wrongField("occurred_at", value).message).toMatch(
      new RegExp(`got "${value}"${guess.replace(/[()?]/g, "\\$&")}$`),
    );
  });

  test("says that it must be something else when nothing is known of the field", () => {
    expect(wrongField("colour", 3)).toEqual({ path: "colour", message: "Expected something else, got 3" });
  });
});

describe("describeIssues", () => {
  test("names each field once, in the order of the issues", () => {
    const issues = [{ path: ["target"] }, { path: ["amount"] }, { path: ["target", "x"] }];
    expect(describeIssues(issues, { target: 42, amount: 1.5 })).toEqual([
      { path: "target", message: "Expected a string of 1 to 256 characters, got 42" },
      { path: "amount", message: "Expected a whole number of minor units, at most 2^53-1 either way, got 1.5" },
    ]);
  });

  test("names ten fields at most", () => {
    const issues = (count: number) => Array.from({ length: count }, (_, i) => ({ path: [`f${i}`] }));
    expect(describeIssues(issues(10), {})).toHaveLength(10);
    expect(describeIssues(issues(11), {}).map(({ path }) => path)).toEqual([
      "f0",
      "f1",
      "f2",
      "f3",
      "f4",
      "f5",
      "f6",
      "f7",
      "f8",
      "f9",
    ]);
  });

  test("is about the whole of the input when an issue names no field", () => {
    expect(describeIssues([{ path: [] }], { events: 3 })).toEqual([
      { path: "", message: "Expected an object with at least a name, got an object" },
    ]);
  });

  test.each([
    ["null", null],
    ["a text", "text"],
    ["an object that only inherits it", {}],
  ])("says nothing is in a field of %s", (_, input) => {
    expect(describeIssues([{ path: ["length"] }, { path: ["constructor"] }], input)).toEqual([
      { path: "length", message: "Expected something else, got nothing" },
      { path: "constructor", message: "Expected something else, got nothing" },
    ]);
  });
});
