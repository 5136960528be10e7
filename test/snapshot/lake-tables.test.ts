import fc from "fast-check";
import { expect, test } from "vitest";
import type { Column } from "../../src/snapshot/column.ts";
import { allColumns, besideKnown, lakeColumns, lakeName } from "../../src/snapshot/lake-tables.ts";
import type { Kind } from "../../src/sources/rows/kind.ts";

const column = (name: string, kind: Kind): Column => ({ name, kind, read: (text) => text });
const kinds: Kind[] = [{ is: "bigint" }, { is: "string" }, { is: "decimal", precision: 8, scale: 2 }];

test("columns have the types of Hive, and the one for what they cannot hold comes last", () => {
  const columns = [
    column("a", { is: "bigint" }),
    column("b", { is: "decimal", precision: 12, scale: 2 }),
    column("c", { is: "timestamp", utc: true }),
    column("d", { is: "array", of: { is: "decimal", precision: 5, scale: 0 } }),
  ];
  expect(lakeColumns(columns).map(({ name, type }) => `${name} ${type}`)).toEqual([
    "a bigint",
    "b decimal(12,2)",
    "c timestamp",
    "d array<decimal(5,0)>",
    "_kept string",
  ]);
});

test("names are what Athena takes without quotes", () => {
  expect([lakeName("shop-eu", 'public."Order Items"'), lakeName("cache", "0")]).toEqual([
    "shop_eu_public_order_items",
    "cache_0",
  ]);
});

test("whatever becomes of a table's columns, no column of the catalog ever has two types, and no file one name twice", () => {
  const names = fc.uniqueArray(fc.constantFrom("a", "b", "a__2", "c"), { minLength: 1 });
  const table = names.chain((some) =>
    fc.tuple(...some.map((name) => fc.constantFrom(...kinds).map((kind) => column(name, kind)))),
  );
  fc.assert(
    fc.property(fc.array(table, { maxLength: 6 }), (runs) => {
      let known: ReturnType<typeof lakeColumns> = [];
      for (const columns of runs) {
        const written = lakeColumns(besideKnown(columns, known));
        expect(new Set(written.map(({ name }) => name)).size).toBe(written.length);
        const all = allColumns(known, written);
        for (const one of [...known, ...written]) expect(all).toContainEqual(one);
        expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
        known = all;
      }
    }),
  );
});
