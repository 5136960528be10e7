import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseExact, plainNumber, withPlainNumbers } from "../../src/schemas/exact-json.ts";

const again = (text: string) => JSON.stringify(parseExact(text));

describe("JSON with numbers of any size", () => {
  test.each([
    "9007199254740993",
    "-9007199254740993",
    "12345678901234567890",
    "1541815603606036480", // a snowflake that a double happens to hold
    "1541815603606036481",
    "0.1000000000000000055",
    "123456789.123456789123",
    "1e400",
    "-1.5E+400",
    "1e-400",
    "2.00000000000000000001E3",
    "100000000000000000000001",
    `1${"0".repeat(3000)}1`,
  ])("keeps %s digit for digit, wherever it stands", (number) => {
    for (const text of [`[${number}]`, `{"a":${number}}`, `{"a":[{"b":${number}},${number}]}`])
      expect(again(text)).toBe(text);
    expect(again(`{ "a" :\n\t${number} }`)).toBe(`{"a":${number}}`);
  });

  test.each([
    ["0", "0"],
    ["-0", "0"],
    ["-0.0e-5", "0"],
    ["1E5", "100000"],
    ["1.10", "1.1"],
    ["1e21", "1e+21"],
    ["100000000000000000000", "100000000000000000000"],
    ["9007199254740991", "9007199254740991"],
    ["9007199254740992", "9007199254740992"],
    ["0.1", "0.1"],
    ["5e-324", "5e-324"],
    ["1.7976931348623157e308", "1.7976931348623157e+308"],
  ])("reads %s, which a double holds, as the number it is", (number, written) => {
    expect(again(`[1234567890123456789,${number}]`)).toBe(`[1234567890123456789,${written}]`);
    expect(parseExact(`[${number}]`)).toEqual([Number(number)]);
  });

  test("leaves texts unchanged, whatever they contain", () => {
    const text = String.raw`{"a":"[12345678901234567890, 1e400","b":": 12345678901234567890\"","c":"\\","12345678901234567890":"\u0001\u0001x","d":12345678901234567890}`;
    const { a, b, c, d, ...rest } = parseExact(text) as Record<string, unknown>;
    expect([a, b, c]).toEqual(["[12345678901234567890, 1e400", ': 12345678901234567890"', "\\"]);
    expect(rest).toEqual({ "12345678901234567890": "\u0001\u0001x" });
    expect(JSON.stringify(d)).toBe("12345678901234567890");
  });

  test.each([
    [String.raw`"\u007f"`, '"\x7f"'],
    [String.raw`"\u007F12345678901234567890\u007f"`, '"\x7f12345678901234567890\x7f"'],
    [`${String.raw`"\u008d\u008D`}\x7f"`, '"\x8d\x8d\x7f"'],
  ])("is not confused by %s, which looks like its own work", (text, read) => {
    expect(again(`[${text},12345678901234567890]`)).toBe(`[${read},12345678901234567890]`);
  });

  test.each([
    "{1234567890123456789:1}",
    "[01234567890123456789]",
    '[12345678901234567890"x"]',
    "[12345678901234567890.]",
    "[+12345678901234567890]",
    "12345678901234567890 x",
    "",
  ])("refuses %j as JSON.parse does", (text) => {
    expect(() => parseExact(text)).toThrow(SyntaxError);
  });

  test("refuses whatever JSON.parse refuses, and nothing else", () => {
    const piece = fc.constantFrom(
      ..."{}[],:0-.e+ 1",
      "1e400",
      "12345678901234567890",
      '"a"',
      '"\\',
      "null",
      "e400",
      "00",
    );
    const body = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
    const refuses = (parse: (text: string) => unknown, text: string) => {
      try {
        parse(text);
        return false;
      } catch (error) {
        return error instanceof SyntaxError;
      }
    };
    fc.assert(
      fc.property(body, fc.constantFrom("[§]", '{"a":§}', "{§:1}", "§"), (inside, around) => {
        const text = around.replace("§", inside);
        expect([text, refuses(parseExact, text)]).toEqual([text, refuses(JSON.parse, text)]);
      }),
      { numRuns: 3_000 },
    );
  });

  test("takes what is nested deeper than the stack", () => {
    const deep = `${"[".repeat(200_000)}12345678901234567890${"]".repeat(200_000)}`;
    expect(parseExact(deep)).toBeInstanceOf(Array);
  });

  test("takes keys such as __proto__ for data", () => {
    expect(again('{"__proto__":{"x":12345678901234567890},"y":{"__proto__":12345678901234567890}}')).toBe(
      '{"__proto__":{"x":12345678901234567890},"y":{"__proto__":12345678901234567890}}',
    );
  });

  test("agrees with JSON.parse on every JSON without such numbers, and keeps the digits of every whole number", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(again(text) ?? "")).toEqual(JSON.parse(text));
      }),
    );
    fc.assert(
      fc.property(fc.bigInt(), fc.json(), (number, other) => {
        expect(again(`{"n":${number},"o":[${number}],"x":0}`)).toBe(`{"n":${number},"o":[${number}],"x":0}`);
        expect(JSON.parse(again(`[${number},${other}]`) ?? "")).toEqual(JSON.parse(`[${number},${other}]`));
      }),
    );
  });
});

/** A decimal number as its digits without surrounding zeros, and an exponent. */
function decimalOf(text: string): [digits: string, exponent: bigint] {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return ["0", 0n];
  return [`${sign}${kept}`, BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length)];
}

test("a number is kept as its text exactly when the double is written as another number", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."00123456789"), minLength: 1, maxLength: 24 });
  const number = fc
    .tuple(
      fc.constantFrom("", "-"),
      digits,
      fc.option(digits),
      fc.option(fc.tuple(fc.constantFrom("", "+", "-"), digits)),
    )
    .map(([sign, whole, fraction, exponent]) => {
      const end = exponent === null ? "" : `e${exponent[0]}${exponent[1].slice(0, 3)}`;
      return `${sign}${whole.replace(/^0+(?=.)/, "")}${fraction === null ? "" : `.${fraction}`}${end}`;
    });
  fc.assert(
    fc.property(number, (token) => {
      const isHeld = Number.isFinite(Number(token)) && `${decimalOf(token)}` === `${decimalOf(String(Number(token)))}`;
      expect(again(`["x\\\\",${token},1e400]`)).toBe(
        `["x\\\\",${isHeld ? JSON.stringify(Number(token)) : token},1e400]`,
      );
    }),
    { numRuns: 2_000 },
  );
});

test("plain numbers are what JSON.parse would have made, of an object's own values only", () => {
  const value = parseExact(
    '{"amount":9007199254740993,"big":1e400,"text":"x","inside":{"n":9007199254740993}}',
  ) as object;
  const plain = withPlainNumbers(value);
  expect(plain).toMatchObject({ amount: 9007199254740992, big: Number.POSITIVE_INFINITY, text: "x" });
  expect(JSON.stringify(plain)).toContain('"inside":{"n":9007199254740993}');
  expect(withPlainNumbers(plain)).toBe(plain);
  expect([plainNumber(5), plainNumber("5"), plainNumber(null)]).toEqual([5, "5", null]);
});
