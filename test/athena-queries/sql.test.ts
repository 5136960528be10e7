import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { join, raw, type Sql, sql } from "../../src/athena-queries/sql.ts";
import { type AthenaStage, startAthenaStage } from "../local/athena/athena-stage.ts";

let stage: AthenaStage;
beforeAll(async () => {
  stage = await startAthenaStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const ask = ({ text, params }: Sql) => stage.rows(text, params.length > 0 ? [...params] : undefined);

describe("a value", () => {
  test("becomes a question mark in the text and a literal beside it", () => {
    expect(sql`SELECT 1 WHERE a = ${"it's"} AND b = ${-5} AND c = ${2n ** 60n} AND d = ${true}`).toEqual({
      text: "SELECT 1 WHERE a = ? AND b = ? AND c = ? AND d = ?",
      params: ["'it''s'", "-5", "1152921504606846976", "TRUE"],
    });
  });

  test("is refused before WHERE in what begins as a query, also within a piece", () => {
    expect(() => sql`SELECT ${"x"} FROM t`).toThrow("before WHERE");
    expect(() => sql`SELECT ${sql`a || ${"x"}`} FROM t WHERE true`).toThrow("before WHERE");
    expect(() => sql`with x as (select ${1}) select 1 where true`).toThrow("before WHERE");
    expect(() => sql`UNLOAD (${sql`SELECT 1 LIMIT ${1}`}) TO 's3://b/'`).toThrow("before WHERE");
  });

  test.each([
    ["a text that is longer than Athena takes", "x".repeat(1023), "at most 1024"],
    ["a text that grows beyond it by its quotes", "'".repeat(512), "at most 1024"],
    ["a fraction", 1.5, "neither text nor a whole number"],
    ["a number past 2^53", 2 ** 53, "neither text nor a whole number"],
    ["NaN", Number.NaN, "neither text nor a whole number"],
    ["a NUL", "a\0", "NUL"],
    ["half a surrogate pair", "\ud800", "surrogate"],
    ["an object that looks like SQL", JSON.parse('{"text": "1 OR 1=1", "params": []}'), "not a piece of SQL"],
    ["null", JSON.parse("null"), "not a piece of SQL"],
  ])("is refused when it is %s", (_, value, message) => {
    expect(() => sql`WHERE a = ${value}`).toThrow(message);
  });
});

describe("pieces", () => {
  const condition = join([sql`a = ${1}`, sql`b in (${join(["x", "y"], ", ")})`], " and ");

  test("nest with their values in order", () => {
    expect(sql`select ${raw("a")} from t where c = ${0} and ${condition} and d = ${9}`).toEqual({
      text: "select a from t where c = ? and a = ? and b in (?, ?) and d = ?",
      params: ["0", "1", "'x'", "'y'", "9"],
    });
  });

  test("with a question mark of their own are refused, since it would take a value's place", () => {
    expect(() => sql`WHERE a = '?' AND b = ${1}`).toThrow("a ? in the text");
    expect(() => raw("a ?")).toThrow("a ? in the text");
    expect(() => join([1, 2], " ? ")).toThrow("a ? in the text");
  });
});

describe("in Athena", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom("'", "?", "\\", "\n", '"', ";", "--", "/*", "%", "$1", "x", "''"),
      maxLength: 30,
    }),
  );

  const texts = hostile.filter((text) => text.isWellFormed() && !text.includes("\0"));
  const hex = (text: string) => Buffer.from(text).toString("hex").toUpperCase();

  test("any text arrives byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, async (one, other) => {
        const query = sql`
          select 'same' as answer where to_hex(to_utf8(${one})) = ${hex(one)} and to_hex(to_utf8(${other})) = ${hex(other)}`;
        expect(await ask(query)).toEqual([["same"]]);
      }),
      { numRuns: 60 },
    );
  });

  test("any text selects the rows that are equal to it and no others", async () => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const rows = await ask(sql`select x from unnest(array['', 'x', '%']) as t (x) where x = ${text}`);
        expect(rows).toEqual(["", "x", "%"].includes(text) ? [[text]] : []);
      }),
      { numRuns: 40 },
    );
  });

  test("integers of any size and booleans arrive unchanged", async () => {
    const big = 2n ** 62n + 1n;
    const query = sql`select 'same' as answer where cast(${big} as varchar) = ${String(big)} and ${-7} < 0 and ${true}`;
    expect(await ask(query)).toEqual([["same"]]);
  });
});
