import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readArray, readVector } from "../../../src/sources/postgres/read-array.ts";
import type { Scalar } from "../../../src/sources/rows/kind.ts";
import { readerOf } from "../../../src/sources/rows/read-text.ts";
import { readDate, readTimestamp } from "../../../src/sources/rows/read-time.ts";

const at = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true,
});

describe("times", () => {
  test("of all years from 1 to 9999 are exact to the microsecond", () => {
    fc.assert(
      fc.property(at, fc.nat(999), (date, micros) => {
        const text = `${date.toISOString().slice(0, -1).replace("T", " ")}${String(micros).padStart(3, "0")}+00`;
        expect(readTimestamp(text)).toBe(BigInt(date.getTime()) * 1000n + BigInt(micros));
        expect(readDate(text.slice(0, 10))).toBe(Math.floor(date.getTime() / 86_400_000));
      }),
    );
  });

  test("are read as a regular expression reads them, whatever stands in a character's place", () => {
    const pattern = /^\d{4}-\d\d-\d\d[ T](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:\+00|Z)?$/;
    const parts = ["2024", "-", "02", "-", "29", " ", "23", ":", "59", ":", "58", ".", "123456", "+00"];
    const odd = fc.constantFrom("", " ", "T", "-", ":", ".", "Z", "0", "00", "24", "60", "x", "１", "1234567", "+09");
    fc.assert(
      fc.property(fc.nat(parts.length - 1), odd, fc.nat(parts.length), (at, put, length) => {
        const text = parts.with(at, put).slice(0, length).join("");
        const isTime = pattern.test(text) && readDate(text.slice(0, 10)) !== undefined;
        expect([text, readTimestamp(text) !== undefined]).toEqual([text, isTime]);
        if (isTime) {
          const [seconds, micros = ""] = text.replace(/\+00|Z/, "").split(".");
          const whole = BigInt(Date.parse(`${seconds?.replace(" ", "T")}Z`)) * 1000n;
          expect(readTimestamp(text)).toBe(whole + BigInt(micros.padEnd(6, "0")));
        }
      }),
    );
  });

  test.each(["infinity", "0000-01-01", "2020-00-00", "2023-02-29", "1900-02-29", "10000-01-01", "0044-03-15 BC", ""])(
    "that are none, or that no reader of Parquet agrees on, are not taken: %s",
    (text) => expect([readDate(text), readTimestamp(`${text} 00:00:00`)]).toEqual([undefined, undefined]),
  );
});

test.each<[Scalar, string, unknown]>([
  [{ is: "bigint" }, "9223372036854775807", 9223372036854775807n],
  [{ is: "bigint" }, "9223372036854775808", undefined],
  [{ is: "bigint" }, "-9223372036854775808", -9223372036854775808n],
  [{ is: "bigint" }, "1e3", undefined],
  [{ is: "decimal", precision: 5, scale: 2 }, "-0.05", -5n],
  [{ is: "decimal", precision: 5, scale: 2 }, "7", 700n],
  [{ is: "decimal", precision: 5, scale: 2 }, "-0.00", 0n],
  [{ is: "decimal", precision: 5, scale: 2 }, ".50", undefined],
  [{ is: "decimal", precision: 5, scale: 2 }, "-.50", undefined],
  [{ is: "decimal", precision: 5, scale: 2 }, "1-.50", undefined],
  [{ is: "decimal", precision: 5, scale: 2 }, "1e1.50", undefined],
  [{ is: "decimal", precision: 38, scale: 2 }, "99999999999999999.25", 9999999999999999925n],
  [{ is: "decimal", precision: 5, scale: 2 }, "0.005", undefined],
  [{ is: "decimal", precision: 5, scale: 2 }, "NaN", undefined],
  [{ is: "double" }, "5e-324", 5e-324],
  [{ is: "double" }, "NaN", Number.NaN],
  [{ is: "double" }, "x", undefined],
  [{ is: "double" }, "", undefined],
  [{ is: "boolean" }, "true", undefined],
  [{ is: "binary" }, "\\x00f", undefined],
])("%j reads %s as %s", (scalar, text, cell) => expect(readerOf(scalar)(text)).toEqual(cell));

describe("arrays", () => {
  const texts = readArray(readerOf({ is: "string" }));
  const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`;

  test("are their elements, whatever they contain", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string())), (list) => {
        expect(texts(`{${list.map((one) => (one === null ? "NULL" : quoted(one))).join(",")}}`)).toEqual(list);
      }),
    );
  });

  test.each(["[0:1]={1,2}", "{{1},{2}}", "{1,2", "{1,}", "{,1}", "1,2", ""])(
    "of another shape are no list: %s",
    (text) => {
      expect(texts(text)).toBeUndefined();
    },
  );

  test("of pgvector are numbers", () => {
    expect([readVector("[1,2.5,-3e-7]"), readVector("[1,x]"), readVector("1,2")]).toEqual([
      [1, 2.5, -3e-7],
      undefined,
      undefined,
    ]);
  });
});
