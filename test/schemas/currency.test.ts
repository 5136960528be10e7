import { expect, test } from "vitest";
import { isCurrency, minorUnits } from "../../src/schemas/currency.ts";

test.each(["KRW", "krw", "USD", "EUR", "KWD", "LTL", "XCG", "COP", "MMK"])("%s is a currency", (code) => {
  expect(isCurrency(code)).toBe(true);
});

test.each(["WON", "EURO", "US", "", "ABC", "K W", "ZZZ"])("%j is none", (code) => {
  expect(isCurrency(code)).toBe(false);
});

test("amounts have as many digits behind the point as ISO 4217 says, whatever locales do", () => {
  const digits = [
    "KRW",
    "JPY",
    "VND",
    "KWD",
    "IQD",
    "BHD",
    "CLF",
    "COP",
    "IDR",
    "HUF",
    "PKR",
    "LBP",
    "MMK",
    "USD",
    "XAU",
  ];
  expect(digits.map((code) => minorUnits[code] ?? 2)).toEqual([0, 0, 0, 3, 3, 3, 4, 2, 2, 2, 2, 2, 2, 2, 0]);
});

test("whatever has other than two digits is a currency", () => {
  const unknown = Object.keys(minorUnits).filter((code) => !isCurrency(code));
  expect(unknown).toEqual([]);
});
