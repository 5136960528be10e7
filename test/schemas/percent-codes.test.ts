import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byteOf, decodeFormValue, NO_CODE, withNormalCodes } from "../../src/schemas/percent-codes.ts";

const piece = fc.constantFrom(
  "%",
  "%4",
  "%41",
  "%61",
  "%2f",
  "%2F",
  "%25",
  "%ed%a0%80",
  "%EC%B1%84",
  "%F0%9f",
  "%00",
  "%7e",
);
const texts = fc.array(fc.oneof(piece, fc.constantFrom("a", "Z", "/", "+", "-", "4", "1")), { maxLength: 20 });
const ascii = texts.map((pieces) => pieces.join(""));

describe("withNormalCodes", () => {
  /** The same by a pattern. */
  const normal = (text: string) =>
    text.replace(/%[\da-f]{2}/gi, (code) => {
      const char = String.fromCharCode(Number.parseInt(code.slice(1), 16));
      return /[\w.~-]/.test(char) ? char : code.toUpperCase();
    });

  test("writes each code as RFC 3986 has it, and leaves all else as it is", () => {
    fc.assert(
      fc.property(ascii, (text) => {
        expect(withNormalCodes(text, 1000)).toBe(normal(text));
      }),
      { numRuns: 3000 },
    );
  });

  test("ends a long text with a whole code", () => {
    expect(withNormalCodes(`ab${"%c3".repeat(2000)}`, 1000)).toBe(`ab${"%C3".repeat(333)}`);
    expect(withNormalCodes("%61".repeat(2000), 1000)).toBe("a".repeat(1000));
    expect(withNormalCodes("x".repeat(2000), 1000)).toBe("x".repeat(1000));
  });
});

describe("decodeFormValue", () => {
  test("reads what URLSearchParams reads", () => {
    fc.assert(
      fc.property(ascii, (text) => {
        expect(decodeFormValue(text, 1000)).toBe(new URLSearchParams(`a=${text}`).get("a"));
      }),
      { numRuns: 3000 },
    );
  });

  test("reads so many bytes of a long one", () => {
    expect(decodeFormValue("%61+".repeat(1000), 5)).toBe("a a a");
  });
});

test("a byte has two digits", () => {
  expect([byteOf(0x30, 0x61), byteOf(0x46, 0x66), byteOf(0x30, 0x67), byteOf(0x2f, 0x30), byteOf(0x130, 0x30)]).toEqual(
    [10, 255, NO_CODE, NO_CODE, NO_CODE],
  );
});
