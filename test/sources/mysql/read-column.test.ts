import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestedRow } from "../../../src/sources/mysql/digested-rows.ts";
import { tableOf, writingGrant } from "../../../src/sources/mysql/names.ts";
import { readFloats, readGeometry } from "../../../src/sources/mysql/read-bytes.ts";
import { readMysqlColumn } from "../../../src/sources/mysql/read-column.ts";

describe("grants", () => {
  test.each([
    ["GRANT USAGE ON *.* TO `reader`@`%` IDENTIFIED BY PASSWORD '*1C42'", undefined],
    ["GRANT SELECT, SHOW VIEW ON `shop`.* TO `reader`@`%` WITH GRANT OPTION", undefined],
    ["GRANT SELECT (`a ON b`, `INSERT`), SHOW VIEW ON `shop`.`f` TO `reader`@`%`", undefined],
    ["GRANT SHOW_ROUTINE ON *.* TO `reader`@`%`", undefined],
    ["GRANT BACKUP_ADMIN,SHOW_ROUTINE ON *.* TO `reader`@`%`", "BACKUP_ADMIN on *.*"],
    ["GRANT `writer` TO `reader`@`%`", undefined],
    ["GRANT SELECT (`a`), INSERT (`c`, `d`) ON `shop`.`f` TO `reader`@`%`", "INSERT on `shop`.`f`"],
    ["GRANT ALL PRIVILEGES ON *.* TO `owner`@`%` REQUIRE SSL", "ALL PRIVILEGES on *.*"],
    ["GRANT SELECT, EXECUTE ON PROCEDURE `shop`.`p` TO `reader`@`%`", "EXECUTE on PROCEDURE `shop`.`p`"],
  ])("%s allows beside reading: %s", (line, found) => expect(writingGrant(line)).toBe(found));
});

describe("names of tables", () => {
  test("are a schema and a table, each in backticks where that is needed", () => {
    expect(tableOf("shop.orders")).toEqual({ schema: "shop", name: "orders" });
    expect(tableOf("`my.shop`.`a``b`")).toEqual({ schema: "my.shop", name: "a`b" });
    for (const wrong of ["orders", "a.b.c", "`a.b", ""]) expect(() => tableOf(wrong)).toThrow(/expected schema.table/);
  });
});

const column = { name: "x", written: "", extra: "", precision: null, scale: null };

test("a type that is not known is its own text, whatever stands in it", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { kind, read } = readMysqlColumn({ ...column, type: "something_new" });
      expect([kind, read(text)]).toEqual([{ is: "string" }, text]);
    }),
  );
});

test("a VECTOR is its floats, and bytes that are none are kept", () => {
  const bytes = Buffer.from(new Float32Array([1, -0.5]).buffer).toString("hex");
  expect([readFloats(`\\x${bytes}`), readFloats("\\x00")]).toEqual([[1, -0.5], undefined]);
});

test("a geometry that is cut, or of another byte order, is kept", () => {
  expect([readGeometry("\\x00000000"), readGeometry(`\\x0000000000${"00".repeat(20)}`)]).toEqual([
    undefined,
    undefined,
  ]);
});

test("rows that differ in one field, or in what is null, have other texts", () => {
  const texts = [
    ["a", null],
    ["a", "\\x6e"],
    [null, "\\x6e"],
    ["a", "\\x"],
  ].map((fields) => digestedRow(fields, ["text", "bytes"]).text);
  expect(new Set(texts).size).toBe(4);
  expect(digestedRow([null, null, "b"], ["text", "text", "text"])).toMatchObject({ nulls: 2, text: "\\N\t\\N\tb" });
});
