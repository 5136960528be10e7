import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanJson, cleanText } from "../../src/pipeline/clean-text.ts";

// Any UTF-16, halves of pairs included.
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0x22, 0x5c, 0xd83d, 0xde00)))
  .map((units) => String.fromCharCode(...units));

describe("cleanText", () => {
  test("keeps ordinary text as it is", () => {
    expect(cleanText("하루 day 😀\n\t")).toBe("하루 day 😀\n\t");
  });

  test("replaces half of a surrogate pair and removes NUL", () => {
    expect(cleanText("a\ud83db\0c\ude00")).toBe("a\ufffdbc\ufffd");
  });

  test("cuts without splitting a character", () => {
    expect(cleanText("ab😀", 3)).toBe("ab");
    expect(cleanText("ab😀", 4)).toBe("ab😀");
  });

  test("gives text that can be stored, never longer than asked for", () => {
    fc.assert(
      fc.property(anyText, fc.nat(20), (text, length) => {
        const clean = cleanText(text, length);
        expect(clean.isWellFormed() && !clean.includes("\0") && clean.length <= length).toBe(true);
      }),
    );
  });
});

describe("cleanJson", () => {
  test("leaves a backslash that is data alone", () => {
    const json = JSON.stringify({ a: "\\ud800", b: "\\u0000" });
    expect(cleanJson(json)).toBe(json);
  });

  test("cleans the texts and keys inside JSON as cleanText cleans text", () => {
    fc.assert(
      fc.property(anyText, anyText, (key, value) => {
        const cleaned = JSON.parse(cleanJson(JSON.stringify([key, value])));
        expect(cleaned).toEqual([cleanText(key), cleanText(value)]);
      }),
    );
  });
});
