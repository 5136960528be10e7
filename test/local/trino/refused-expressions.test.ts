/**
 * What DuckDB would answer differently from Trino, or not at all: each is an error that says so, while similar
 * expressions are answered.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AthenaStage, startAthenaStage } from "../athena/athena-stage.ts";

let stage: AthenaStage;
beforeAll(async () => {
  stage = await startAthenaStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** The rows without their header, or why there are none. */
async function ask(sql: string): Promise<string[] | string> {
  const id = await stage.start(`SELECT ${sql}`);
  const { Status } = await stage.ended(id);
  if (Status.State !== "SUCCEEDED") return Status.StateChangeReason ?? "";
  const { ResultSet } = await stage.call("GetQueryResults", { QueryExecutionId: id });
  return ResultSet.Rows.slice(1).map(({ Data }) => Data.map(({ VarCharValue }) => VarCharValue ?? "null").join(" "));
}

const over = "OVER (ORDER BY x) FROM (VALUES 1, 2, 3) AS t (x) ORDER BY 1";
const thousand = "FROM UNNEST(sequence(1, 1000)) AS t (x)";
const estimate = (name: string) =>
  `Local Athena does not have ${name}: Trino's answer is an estimate, which it does not reproduce. Exact is`;
const follows = "Escape character must be followed by";

describe.each<[string, [sql: string, error: string][]]>([
  [
    "counts and offsets",
    [
      ["date_add('day', 1.5, DATE '2026-01-01')", "FUNCTION_NOT_FOUND: .*date_add with a decimal"],
      ["date_add('day', 1e0, DATE '2026-01-01')", "FUNCTION_NOT_FOUND: .*date_add with a double"],
      ["date_add('day', '1', DATE '2026-01-01')", "FUNCTION_NOT_FOUND: .*date_add with a varchar"],
      ["from_unixtime('1')", "FUNCTION_NOT_FOUND: .*from_unixtime with a varchar"],
      [`x, lag(x, -1) ${over}`, "INVALID_FUNCTION_ARGUMENT: .*Offset of lag must be at least 0: -1"],
      [`x, lead(x, -1, 0) ${over}`, "INVALID_FUNCTION_ARGUMENT: .*Offset of lead must be at least 0"],
      [`x, lead(x, x) ${over}`, "NOT_SUPPORTED: .*another offset of lead than a literal"],
      [`x, nth_value(x, 0) ${over}`, "INVALID_FUNCTION_ARGUMENT: .*Offset of nth_value must be at least 1: 0"],
      [`x, nth_value(x, -1) ${over}`, "INVALID_FUNCTION_ARGUMENT: .*Offset of nth_value must be at least 1"],
      [`x, nth_value(x, x) ${over}`, "NOT_SUPPORTED: .*another offset of nth_value than a literal"],
    ],
  ],
  [
    "escape characters of LIKE",
    [
      ["'abc' LIKE 'a#bc' ESCAPE '#'", `INVALID_FUNCTION_ARGUMENT: .*${follows}`],
      ["'abc' LIKE 'abc#' ESCAPE '#'", `INVALID_FUNCTION_ARGUMENT: .*${follows}`],
      ["'abc' LIKE '###' ESCAPE '#'", `INVALID_FUNCTION_ARGUMENT: .*${follows}`],
      ["'abc' LIKE p ESCAPE '\\' FROM (VALUES 'a\\bc') AS t (p)", `INVALID_FUNCTION_ARGUMENT: .*${follows}`],
      ["'abc' LIKE p ESCAPE ']' FROM (VALUES 'a]') AS t (p)", `INVALID_FUNCTION_ARGUMENT: .*${follows}`],
      ["'abc' LIKE 'a' ESCAPE '##'", "INVALID_FUNCTION_ARGUMENT: .*must be a single character"],
      ["'abc' LIKE 'a' ESCAPE ''", "INVALID_FUNCTION_ARGUMENT: .*must be a single character"],
      ["'abc' LIKE 'a' ESCAPE '%'", "NOT_SUPPORTED: .*the escape character % of LIKE"],
      ["'abc' LIKE 'a' ESCAPE e FROM (VALUES '#') AS t (e)", "NOT_SUPPORTED: .*another escape character"],
    ],
  ],
  [
    "years of other than four digits",
    [
      "from_unixtime(1795663776687)",
      "year(from_unixtime(-1e12))",
      "DATE '9999-12-31' + INTERVAL '1' DAY",
      "date_add('year', -2026, DATE '2026-01-01')",
      "TIMESTAMP '9999-12-31 23:59:59' + INTERVAL '1' SECOND",
      "TIMESTAMP '9999-12-31 23:59:59 UTC' AT TIME ZONE 'Asia/Seoul'",
      "TIMESTAMP '9999-12-31 23:59:59 UTC' + INTERVAL '1' YEAR",
      "ARRAY[date_add('year', 8000, DATE '2026-01-01')]",
      "CAST(date_add('year', 8000, DATE '2026-01-01') AS varchar)",
      "CAST(date_add('year', 8000, TIMESTAMP '2026-01-01 00:00:00') AS varchar)",
      "CAST(date_add('year', 8000, TIMESTAMP '2026-01-01 00:00:00') AS date) > DATE '2026-01-01'",
      "date_format(date_add('year', 8000, DATE '2026-01-01'), '%Y')",
      "format_datetime(date_add('year', 8000, DATE '2026-01-01'), 'yyyy')",
      "to_iso8601(date_add('year', 8000, DATE '2026-01-01'))",
      "to_iso8601(date_add('year', 8000, TIMESTAMP '2026-01-01 00:00:00'))",
      "array_join(ARRAY[date_add('year', 8000, DATE '2026-01-01')], ',')",
    ].map((sql): [string, string] => [sql, "NOT_SUPPORTED: .*years before 0001 and after 9999"]),
  ],
  [
    "patterns",
    [
      ["regexp_like('xA', 'x(?i)a')", "NOT_SUPPORTED: .*flags in a pattern"],
      ["regexp_like('xA', '(x(?i)a|b)')", "NOT_SUPPORTED: .*flags in a pattern"],
      ["regexp_like('xA', '(?i)x(?i)a')", "NOT_SUPPORTED: .*flags in a pattern"],
      ["regexp_like('ss', '(?i)ß')", "NOT_SUPPORTED: .*without regard to case"],
      ["regexp_like('ff', '(?i)ﬀ')", "NOT_SUPPORTED: .*without regard to case"],
      ["regexp_like('ς', '(?i)σ')", "NOT_SUPPORTED: .*without regard to case"],
      ["regexp_like('s', '(?i)[à-ſ]')", "NOT_SUPPORTED: .*without regard to case"],
      ["regexp_like('ß', '(?i)ss')", "NOT_SUPPORTED: .*letters of several forms"],
      ["regexp_replace('ﬀ', '(?i)f')", "NOT_SUPPORTED: .*letters of several forms"],
      ["regexp_like('a', '[\\d-z]')", "NOT_SUPPORTED: .*a range from or to a class"],
      ["regexp_like('a', '[^\\s-z]')", "NOT_SUPPORTED: .*a range from or to a class"],
      ["regexp_like('a', '[!-\\w]')", "NOT_SUPPORTED: .*a range from or to a class"],
    ],
  ],
  [
    "names in JSON",
    [
      [`json_format(json_parse('{"a":1,"a":2}'))`, "NOT_SUPPORTED: .*nor choose between equal ones"],
      [`json_format(JSON '[{"a":1,"a":2}]')`, "NOT_SUPPORTED: .*nor choose between equal ones"],
      [`json_format(json_parse('{"b":{"x":1},"a":2}'))`, "NOT_SUPPORTED: .*sort the names"],
      [`json_format(json_parse('{"a":{"x":1},"a":2}'))`, "NOT_SUPPORTED: .*nor choose between equal ones"],
    ],
  ],
  [
    "values that are compared otherwise",
    [
      ["'a\0b'", "NOT_SUPPORTED: .*the character U\\+0000 in a text of a statement"],
      ["array_min(ARRAY[x, 1e0]) FROM (VALUES nan()) AS t (x)", "NOT_SUPPORTED: .*does not compare NaN"],
      ["max(x) OVER () FROM (VALUES CAST(nan() AS real)) AS t (x)", "NOT_SUPPORTED: .*does not compare NaN"],
      ["1 ORDER BY MAP(ARRAY[1], ARRAY[1])", "NOT_SUPPORTED: .*comparisons of map\\(integer, integer\\)"],
      ["array_agg(DISTINCT ARRAY[MAP(ARRAY[1], ARRAY[1])])", "NOT_SUPPORTED: .*comparisons of map"],
      ["x FROM (VALUES ARRAY[1]) AS t (x) UNION SELECT ARRAY[2] ORDER BY 1", "NOT_SUPPORTED: .*comparisons of array"],
    ],
  ],
  [
    "what Trino estimates",
    [
      // Trino 476 says 1008, and 1000 is exact.
      [
        `approx_distinct(x) ${thousand}`,
        `NOT_SUPPORTED: line 1:8: ${estimate("approx_distinct")} count\\(DISTINCT x\\)$`,
      ],
      [`approx_distinct(x, 0.1) ${thousand}`, `NOT_SUPPORTED: .*${estimate("approx_distinct")}`],
      [`approx_distinct(DISTINCT x) ${thousand}`, `NOT_SUPPORTED: .*${estimate("approx_distinct")}`],
      ["APPROX_DISTINCT(x) OVER () FROM (VALUES 1) AS t (x)", `NOT_SUPPORTED: .*${estimate("approx_distinct")}`],
      [`approx_percentile(x, 0.5) ${thousand}`, `NOT_SUPPORTED: .*${estimate("approx_percentile")} element_at`],
      [`approx_percentile(x, ARRAY[0.5, 0.9]) ${thousand}`, `NOT_SUPPORTED: .*${estimate("approx_percentile")}`],
      [`approx_percentile(x, 2, 0.5) ${thousand}`, `NOT_SUPPORTED: .*${estimate("approx_percentile")}`],
      [`approx_set(x) ${thousand}`, "FUNCTION_NOT_FOUND: .*Local Athena does not have function approx_set"],
    ],
  ],
  [
    "forms that Trino has alone",
    [
      ["CAST(ARRAY['1'] AS array<varchar>)", "NOT_SUPPORTED: line 1:32: .*array<…>: write array\\(…\\)"],
      ["INTERVAL '3' DAY / 2", "NOT_SUPPORTED: .*interval day to second / integer"],
      ["1.5 * INTERVAL '3' MONTH", "NOT_SUPPORTED: .*interval year to month \\* decimal"],
      ["INTERVAL '3' DAY * INTERVAL '3' DAY", "TYPE_MISMATCH: .*Cannot apply operator"],
      ["INTERVAL '3' DAY / 'x'", "TYPE_MISMATCH: .*Cannot apply operator"],
      ["0xFF", "NOT_SUPPORTED: line 1:8: .*this form of a number: 0xFF"],
      ["0b101", "NOT_SUPPORTED: .*this form of a number: 0b101"],
      ["1_000", "NOT_SUPPORTED: .*this form of a number: 1_000"],
      ["1a", "SYNTAX_ERROR: .*mismatched input"],
      ["1 ORDER BY 1 FETCH FIRST 1 ROW WITH TIES", "NOT_SUPPORTED: .*WITH TIES"],
    ],
  ],
])("%s", (_, cases) => {
  test.each(cases)("SELECT %s", async (sql, error) => {
    expect(await ask(sql)).toMatch(new RegExp(error));
  });
});

test.each<[string, string[]]>([
  ["date_add('day', NULL, DATE '2026-01-01')", ["null"]],
  ["DATE '9999-12-31'", ["9999-12-31"]],
  ["DATE '0001-01-01'", ["0001-01-01"]],
  ["date_add('year', 8000, DATE '2026-01-01') > DATE '2026-01-01'", ["true"]],
  ["CAST(TIMESTAMP '9999-12-31 23:59:59.999' AS varchar)", ["9999-12-31 23:59:59.999"]],
  ["from_unixtime(253402300798)", ["9999-12-31 23:59:58.000 UTC"]],
  ["regexp_like('ABC-7', '(?i)^abc-[\\d-]')", ["true"]],
  ["regexp_like('가Ä', '(?i)[가-힣]ä')", ["true"]],
  ["regexp_like('ß', 's|ß')", ["true"]],
  ["regexp_like('d-', '^[\\\\d-]+$')", ["true"]],
  [`json_format(json_parse('{"a":[1,2],"b":",\\"\\":"}'))`, [`{"a":[1,2],"b":",\\"\\":"}`]],
  [`json_format(json_parse('[{"a":1},{"a":[2,3]}]'))`, [`[{"a":1},{"a":[2,3]}]`]],
  ["1e0 / -0e0, -1e0 / -0e0, 1e0 / 0e0, -1e0 / 0e0", ["-Infinity Infinity Infinity -Infinity"]],
  ["0e0 / -0e0, nan() / 0e0, nan() / -0e0", ["NaN NaN NaN"]],
  [`x, lag(x, 0) ${over}`, ["1 1", "2 2", "3 3"]],
  [`x, nth_value(x, 1) ${over}`, ["1 1", "2 1", "3 1"]],
  ["'a#_' LIKE 'a##*_' ESCAPE '*'", ["false"]],
  ["'a#_' LIKE 'a*#_' ESCAPE '#'", ["false"]],
  ["'a#_' LIKE 'a###_' ESCAPE '#'", ["true"]],
  ["'a\n]_' LIKE p ESCAPE ']' FROM (VALUES 'a_]]]_', 'a\n]]%') AS t (p)", ["true", "true"]],
  ["'a^' LIKE p ESCAPE '^' FROM (VALUES 'a^^', CAST(NULL AS varchar)) AS t (p)", ["true", "null"]],
])("SELECT %s is answered", async (sql, rows) => {
  expect(await ask(sql)).toEqual(rows);
});
