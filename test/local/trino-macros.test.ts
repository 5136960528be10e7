/** Trino's functions by the examples and rules of its documentation. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AthenaStage, startAthenaStage } from "./athena-stage.ts";

let stage: AthenaStage;
beforeAll(async () => {
  stage = await startAthenaStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

const numbers = "FROM (VALUES (1), (2), (NULL), (4)) AS t (x)";

/** An expression, what Trino answers (null for NULL), and rows to select it from. */
const examples: [expression: string, answer: string | null, from?: string][] = [
  // https://trino.io/docs/current/functions/aggregate.html
  ["count_if(x > 1)", "2", numbers],
  ["approx_distinct(x)", "3", numbers],
  ["arbitrary(x) IS NOT NULL", "true", numbers],
  ["every(x > 0)", "true", numbers],
  ["map_agg(x, x + 1)[2]", "3", "FROM (VALUES (1), (2)) AS t (x)"],
  ["max_by(x, -x)", "1", numbers],
  ["count(*) FILTER (WHERE x > 1)", "2", numbers],
  // https://trino.io/docs/current/functions/array.html
  ["array_join(ARRAY[1, NULL, 3], ',')", "1,3"],
  ["array_join(ARRAY[1, NULL, 3], ',', 'x')", "1,x,3"],
  ["array_join(ARRAY['a'], ',')", "a"],
  ["array_max(ARRAY[1, 3, 2])", "3"],
  ["array_min(ARRAY[1, 3, 2])", "1"],
  ["array_sort(ARRAY[3, 1, 2])", "[1, 2, 3]"],
  ["cardinality(ARRAY[1, 2])", "2"],
  ["contains(ARRAY[1, 2], 2)", "true"],
  ["element_at(ARRAY[1, 2], 2)", "2"],
  ["element_at(ARRAY[1, 2], -1)", "2"],
  ["element_at(ARRAY[1, 2], 3)", null],
  ["element_at(MAP(ARRAY['a'], ARRAY[1]), 'a')", "1"],
  ["element_at(MAP(ARRAY['a'], ARRAY[1]), 'b')", null],
  ["sequence(1, 3)", "[1, 2, 3]"],
  ["sequence(1, 5, 2)", "[1, 3, 5]"],
  ["slice(ARRAY[1, 2, 3, 4], 2, 2)", "[2, 3]"],
  // https://trino.io/docs/current/functions/string.html
  ["codepoint('a')", "97"],
  ["concat('a', 'b', 'c')", "abc"],
  ["concat('a', NULL)", null],
  ["split_part('a,b', ',', 2)", "b"],
  ["split_part('a,b', ',', 3)", null],
  ["strpos('high', 'ig')", "2"],
  ["strpos('high', 'x')", "0"],
  ["length('ü日')", "2"],
  ["from_utf8(to_utf8('ü'))", "ü"],
  ["to_hex(to_utf8('ab'))", "6162"],
  ["to_hex(md5(to_utf8('a')))", "0CC175B9C0F1B6A831C399E269772661"],
  ["to_hex(sha256(to_utf8('')))", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"],
  // https://trino.io/docs/current/functions/regexp.html
  ["regexp_like('1a 2b 14m', '\\d+b')", "true"],
  ["regexp_extract('1a 2b 14m', '\\d+')", "1"],
  ["regexp_extract('1a 2b 14m', '(\\d+)([a-z]+)', 2)", "a"],
  ["regexp_extract('abc', '\\d+')", null],
  ["regexp_replace('1a 2b 14m', '\\d+[ab] ')", "14m"],
  ["regexp_replace('1a 2b 14m', '(\\d+)([ab]) ', '3c$2 ')", "3ca 3cb 14m"],
  // https://trino.io/docs/current/functions/comparison.html and math.html
  ["greatest(1, 3)", "3"],
  ["greatest(1, NULL)", null],
  ["least(1, 3)", "1"],
  ["least(NULL, 3)", null],
  ["truncate(-1.9e0)", "-1.0"],
  ["bitwise_and(19, 25)", "17"],
  ["bitwise_or(19, 25)", "27"],
  ["bitwise_xor(19, 25)", "10"],
  ["7 / 2", "3"],
  ["-7 / 2", "-3"],
  ["7 / 2e0", "3.5"],
  // https://trino.io/docs/current/functions/json.html
  [`json_extract_scalar('{"a": {"b": [1, "x"]}}', '$.a.b[1]')`, "x"],
  [`json_extract_scalar('{"a": 1.5}', '$.a')`, "1.5"],
  [`json_extract_scalar('{"a": true}', '$.a')`, "true"],
  [`json_extract_scalar('{"a": {"b": 1}}', '$.a')`, null],
  [`json_extract_scalar('{"a": null}', '$.a')`, null],
  [`json_extract_scalar('{"a": 1}', '$.b')`, null],
  [`json_extract_scalar('no json', '$.a')`, null],
  [`json_extract_scalar(CAST(NULL AS varchar), '$.a')`, null],
  [`json_extract_scalar('{"a b": 1}', '$["a b"]')`, "1"],
  [`json_format(json_extract('{"a": [1]}', '$.a'))`, "[1]"],
  ["json_array_length('[1, 2, 3]')", "3"],
  ["json_format(json_parse('[1]'))", "[1]"],
  // https://trino.io/docs/current/functions/url.html
  ["url_extract_protocol('https://u@ex.org:8080/a/b?q=1#f')", "https"],
  ["url_extract_host('https://u@ex.org:8080/a/b?q=1#f')", "ex.org"],
  ["url_extract_host('https://[::1]:80/')", "[::1]"],
  ["url_extract_port('https://u@ex.org:8080/a/b?q=1#f')", "8080"],
  ["url_extract_port('https://ex.org/')", null],
  ["url_extract_path('https://u@ex.org:8080/a/b?q=1#f')", "/a/b"],
  ["url_extract_path('https://ex.org')", ""],
  ["url_extract_query('https://u@ex.org:8080/a/b?q=1#f')", "q=1"],
  ["url_extract_fragment('https://u@ex.org:8080/a/b?q=1#f')", "f"],
  ["url_extract_parameter('https://ex.org/?a=1&b=x%20y&b=2', 'b')", "x y"],
  ["url_extract_parameter('https://ex.org/?a=1', 'c')", null],
  ["url_decode(url_encode('a b&ü'))", "a b&ü"],
  // https://trino.io/docs/current/functions/datetime.html
  ["date_parse('2022/10/20/05', '%Y/%m/%d/%H')", "2022-10-20 05:00:00.000"],
  ["date_parse('2022-10-20 05:10:20', '%Y-%m-%d %H:%i:%s')", "2022-10-20 05:10:20.000"],
  ["date_format(TIMESTAMP '2022-10-20 05:10:00', '%m-%d-%Y %H')", "10-20-2022 05"],
  ["date_format(TIMESTAMP '2022-10-20 05:10:09', '%Y-%m-%d %T')", "2022-10-20 05:10:09"],
  ["date_format(date_parse('Oct 1 2022', '%b %e %Y'), '%M %c, %W')", "October 10, Saturday"],
  ["format_datetime(TIMESTAMP '2022-10-20 05:10:09.5', 'yyyy-MM-dd''T''HH:mm:ss.SSS')", "2022-10-20T05:10:09.500"],
  ["format_datetime(TIMESTAMP '2022-10-20 15:10:09', 'EEE, MMM d hh a')", "Thu, Oct 20 03 PM"],
  ["parse_datetime('2022-10-20 05:10', 'yyyy-MM-dd HH:mm')", "2022-10-20 05:10:00.000 UTC"],
  ["from_iso8601_timestamp('2020-05-11T11:15:05')", "2020-05-11 11:15:05.000 UTC"],
  ["from_iso8601_timestamp('2020-05-11T11:15:05.055+01:00')", "2020-05-11 10:15:05.055 UTC"],
  ["from_iso8601_date('2020-05-11')", "2020-05-11"],
  ["to_iso8601(TIMESTAMP '2020-05-11 11:15:05.055')", "2020-05-11T11:15:05.055"],
  ["to_iso8601(from_iso8601_timestamp('2020-05-11T11:15:05Z'))", "2020-05-11T11:15:05.000Z"],
  ["to_iso8601(DATE '2020-05-11')", "2020-05-11"],
  ["from_unixtime(1)", "1970-01-01 00:00:01.000 UTC"],
  ["to_unixtime(TIMESTAMP '1970-01-01 00:00:01.5')", "1.5"],
  ["date_diff('day', DATE '2020-03-01', DATE '2020-03-02')", "1"],
  ["date_diff('hour', TIMESTAMP '2020-03-01 00:59:00', TIMESTAMP '2020-03-01 02:00:00')", "2"],
  ["date_add('second', 86, TIMESTAMP '2020-03-01 00:00:00')", "2020-03-01 00:01:26.000"],
  ["date_add('month', -1, TIMESTAMP '2020-03-31 10:00:00')", "2020-02-29 10:00:00.000"],
  ["date_trunc('hour', TIMESTAMP '2001-08-22 03:04:05.321')", "2001-08-22 03:00:00.000"],
  ["day_of_week(DATE '2026-11-22')", "7"],
  ["day_of_year(DATE '2026-02-01')", "32"],
  ["day_of_month(DATE '2026-02-03')", "3"],
  ["year_of_week(DATE '2027-01-01')", "2026"],
  ["week(DATE '2026-11-22')", "47"],
  ["last_day_of_month(DATE '2028-02-01')", "2028-02-29"],
  ["hour(at_timezone(TIMESTAMP '2020-01-01 20:00:00', 'Asia/Seoul'))", "5"],
  ["with_timezone(TIMESTAMP '2020-01-01 05:00:00', 'Asia/Seoul')", "2019-12-31 20:00:00.000 UTC"],
];

test.each(examples)("%s is %j", async (expression, answer, from = "") => {
  expect(await stage.rows(`SELECT ${expression} ${from}`)).toEqual([[answer]]);
});

test("UNNEST gives a row per element", async () => {
  const rows = await stage.rows("SELECT x, o FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t (x, o) ORDER BY o");
  expect(rows).toEqual([
    ["a", "1"],
    ["b", "2"],
  ]);
});

test("a format that is no literal, or has a letter that is not known, is refused and says so", async () => {
  await expect(stage.rows("SELECT date_parse('2020', '%' || 'Y')")).rejects.toThrow("needs a literal as the format");
  await expect(stage.rows("SELECT format_datetime(now(), 'GG')")).rejects.toThrow('does not know "GG"');
});

test("AT TIME ZONE is refused, since DuckDB would answer something else, but not in a text", async () => {
  const query = "SELECT hour(TIMESTAMP '2020-01-01 20:00:00' AT TIME ZONE 'Asia/Seoul')";
  await expect(stage.rows(query)).rejects.toThrow("use at_timezone");
  expect(await stage.rows("SELECT 'at time zone'")).toEqual([["at time zone"]]);
});
