/** The place that local Athena names, in messages as DuckDB itself writes them. */
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { markedPlace, placeAt } from "../../../local/athena/error-position.ts";

const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
await connection.run("CREATE TABLE t (a INTEGER, b VARCHAR)");

const many = Array.from({ length: 30 }, (_, index) => `a AS column_number_${index}`).join(", ");
test.each([
  ["select nope from t", "nope"],
  ["select a,\n  b,\n\tnope from t", "nope"],
  [`select ${many}, nope, ${many} from t`, "nope"],
  [`select ${many}\n,\n${many}, nope, ${many} from t`, "nope"],
  ["select '광고 日本', nope from t", "nope"],
  ["select 'é', '😀', nope from t", "nope"],
  ["select a from t group by b", "a from"],
  ["select nofunction(a) from t", "nofunction"],
])("is that of the word which DuckDB marks: %j", async (query, word) => {
  const message = await connection.run(query).then(
    () => "",
    (error: Error) => error.message,
  );
  const at = query.indexOf(word);
  const before = query.slice(0, at).split("\n");
  expect(markedPlace(message, query)).toBe(`line ${before.length}:${(before.at(-1)?.length ?? 0) + 1}`);
  expect(placeAt(Buffer.byteLength(query.slice(0, at)), query)).toBe(markedPlace(message, query));
});

test("is none where DuckDB marks nothing, or another text", () => {
  expect(markedPlace("Conversion Error: no", "select 1")).toBeUndefined();
  expect(markedPlace("Binder Error: x\n\nLINE 1: select other\n               ^", "select 1")).toBeUndefined();
});
