import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanJson, cleanText, escapeControls } from "../../src/schemas/clean-text.ts";

// Any UTF-16, including halves of pairs.
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0x22, 0x5c, 0xd83d, 0xde00)))
  .map((units) => String.fromCharCode(...units));

describe("cleanText", () => {
  test("keeps ordinary text as it is", () => {
    expect(cleanText("하루 day 😀\n\t")).toBe("하루 day 😀\n\t");
  });

  test("replaces half of a surrogate pair and removes NUL", () => {
    expect(cleanText("a\ud83db\0c\ude00")).toBe("a\ufffdbc\ufffd");
    expect(cleanText("a\ud83d", 2)).toBe("a\ufffd");
  });

  test("cuts without splitting a character", () => {
    expect(cleanText("ab😀", 3)).toBe("ab");
    expect(cleanText("ab😀", 4)).toBe("ab😀");
    expect(cleanText("ab😀c", 4)).toBe("ab😀");
    expect(cleanText("a한국", 2)).toBe("a한");
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
  test("leaves the escapes of characters that can be stored alone", () => {
    const json = '"\\u0001 \\u001f \\u0d85 \\ud7ff \\ue000 \\n \\" \\\\"';
    expect(cleanJson(json)).toBe(json);
  });

  test.each([
    ['"a\\u0000b"', '"ab"'],
    ['"a\\ud800b"', '"a\ufffdb"'],
    ['"a\\udfffb"', '"a\ufffdb"'],
    ['"\\\\\\ud800"', '"\\\\\ufffd"'],
  ])("of %s is %s", (json, clean) => {
    expect(cleanJson(json)).toBe(clean);
  });

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

describe("escapeControls", () => {
  test.each([
    ["\u007f", "\\u007f"],
    ["\u0085", "\\u0085"],
    ["\u009f", "\\u009f"],
    ["\u2028", "\\u2028"],
    ["\u202e", "\\u202e"],
    ["\u2066", "\\u2066"],
    ["\u2069", "\\u2069"],
  ])("turns %j into %s", (text, escaped) => {
    expect(escapeControls(text)).toBe(escaped);
    expect(escapeControls(`"a${text}b${text}"`)).toBe(`"a${escaped}b${escaped}"`);
  });

  test("leaves what lies beside them as it is", () => {
    const text = "~\u00a0\u2027\u202f\u2065\u206a 하루 😀";
    expect(escapeControls(text)).toBe(text);
  });

  test("means the same as JSON before and after", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(JSON.parse(escapeControls(JSON.stringify(text)))).toBe(text);
      }),
    );
  });
});
