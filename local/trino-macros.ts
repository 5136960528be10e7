/**
 * Trino's functions as DuckDB macros: those that DuckDB lacks or answers differently. They stand in a schema of their own
 * that only Athena's connections search, before DuckDB's own functions, which `system.main` names where a macro hides one.
 * Each is tested against results that Trino documents. What cannot be had this way: FILTER or DISTINCT in a macro that is
 * an aggregate, times with a zone of their own (they become local times), and a date plus an interval stays a timestamp.
 * https://trino.io/docs/current/functions.html
 */
import type { DuckDBConnection } from "@duckdb/node-api";

/** A signature and what it means. Lines with the same name are overloads. */
type Macro = [signature: string, expression: string];

const aggregates: Macro[] = [
  ["count_if(x)", "count(CASE WHEN x THEN 1 END)"],
  // Exact: DuckDB's estimate errs by a quarter in places, Trino's by 2.3 % in the standard.
  ["approx_distinct(x)", "count(DISTINCT x)"],
  ["approx_distinct(x, e)", "count(DISTINCT x)"],
  ["approx_percentile(x, p)", "approx_quantile(x, p)"],
  ["arbitrary(x)", "any_value(x)"],
  ["every(x)", "bool_and(x)"],
  ["map_agg(k, v)", "map(list(k), list(v))"],
];

const collections: Macro[] = [
  ["array_join(x, d)", "array_to_string(list_filter(x, lambda e: e IS NOT NULL), d)"],
  ["array_join(x, d, n)", "array_to_string(list_transform(x, lambda e: coalesce(CAST(e AS VARCHAR), n)), d)"],
  ["array_max(x)", "list_max(x)"],
  ["array_min(x)", "list_min(x)"],
  ["array_sort(x)", "list_sort(x)"],
  ["cardinality(x)", "len(x)"],
  // NULL past the end and for a missing key, counted from the end when negative: what [] does in DuckDB.
  ["element_at(x, i)", "x[i]"],
  ["sequence(a, b)", "generate_series(a, b)"],
  ["sequence(a, b, s)", "generate_series(a, b, s)"],
  ["slice(x, i, n)", "x[i:i + n - 1]"],
];

const texts: Macro[] = [
  ["codepoint(x)", "unicode(x)"],
  // NULL when an argument is, unlike DuckDB's.
  ...[2, 3, 4, 5, 6, 7, 8].map((n): Macro => [`concat(${names(n).join(", ")})`, names(n).join(" || ")]),
  ["from_utf8(x)", "decode(x)"],
  ["md5(x)", "unhex(system.main.md5(x))"],
  ["regexp_extract(x, p)", "CASE WHEN regexp_matches(x, p) THEN system.main.regexp_extract(x, p) END"],
  ["regexp_extract(x, p, g)", "CASE WHEN regexp_matches(x, p) THEN system.main.regexp_extract(x, p, g) END"],
  ["regexp_like(x, p)", "regexp_matches(x, p)"],
  ["regexp_replace(x, p)", "system.main.regexp_replace(x, p, '', 'g')"],
  // All of them, and with $1 where DuckDB writes \1.
  ["regexp_replace(x, p, r)", String.raw`system.main.regexp_replace(x, p, replace(r, '$', '\'), 'g')`],
  ["sha256(x)", "unhex(system.main.sha256(x))"],
  ["split_part(x, d, i)", "string_split(x, d)[i]"],
  ["strpos(x, y)", "instr(x, y)"],
  ["to_hex(x)", "hex(x)"],
  ["to_utf8(x)", "encode(x)"],
];

const numbers: Macro[] = [
  ["greatest(a, b)", "CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN system.main.greatest(a, b) END"],
  ["least(a, b)", "CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN system.main.least(a, b) END"],
  ["truncate(x)", "trunc(x)"],
  ["bitwise_and(a, b)", "a & b"],
  ["bitwise_or(a, b)", "a | b"],
  ["bitwise_xor(a, b)", "xor(a, b)"],
];

const json: Macro[] = [
  ["duckdb_path(p)", String.raw`system.main.regexp_replace(p, '\["([^"]*)"\]', '."\1"', 'g')`],
  // NULL for what is no JSON and for what is no scalar. $["a"] is how Trino quotes a name, $."a" how DuckDB does.
  [
    "json_extract_scalar(x, p)",
    "CASE WHEN json_valid(x) THEN CASE WHEN json_type(x, duckdb_path(p)) NOT IN ('OBJECT', 'ARRAY', 'NULL') " +
      "THEN json_extract_string(x, duckdb_path(p)) END END",
  ],
  ["json_extract(x, p)", "CASE WHEN json_valid(x) THEN system.main.json_extract(x, duckdb_path(p)) END"],
  ["json_parse(x)", "CAST(x AS JSON)"],
  ["json_format(x)", "CAST(x AS VARCHAR)"],
];

const urls: Macro[] = [
  ["url_part(x, p)", "nullif(system.main.regexp_extract(x, p, 1), '')"],
  ["url_extract_protocol(x)", "url_part(x, '^([A-Za-z][A-Za-z0-9+.-]*):')"],
  ["url_extract_host(x)", "url_part(x, '^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?(\\[[^\\]]*\\]|[^/?#:]*)')"],
  ["url_extract_port(x)", "CAST(url_part(x, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*:([0-9]+)') AS BIGINT)"],
  ["url_extract_path(x)", "system.main.regexp_extract(x, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)', 1)"],
  ["url_extract_query(x)", "url_part(x, '^[^?#]*\\?([^#]*)')"],
  ["url_extract_fragment(x)", "url_part(x, '#(.*)$')"],
  [
    "url_parameter(x, n)",
    "list_filter(string_split(coalesce(url_extract_query(x), ''), '&'), lambda e: url_decode(string_split(e, '=')[1]) = n)",
  ],
  [
    "url_extract_parameter(x, n)",
    "CASE WHEN len(url_parameter(x, n)) > 0 THEN url_decode(replace(coalesce(string_split(url_parameter(x, n)[1], '=')[2], ''), '+', ' ')) END",
  ],
];

const times: Macro[] = [
  // Athena's sessions are in UTC: a time without a zone is one in UTC.
  ["at_timezone(x, z)", "timezone(z, CAST(x AS TIMESTAMPTZ))"],
  ["with_timezone(x, z)", "timezone(z, CAST(x AS TIMESTAMP))"],
  ["date_add(u, n, x)", "x + CAST(n || ' ' || u AS INTERVAL)"],
  // Formats come in DuckDB's letters: trino-formats translates them.
  ["date_format(x, f)", "strftime(x, f)"],
  ["date_parse(x, f)", "strptime(x, f)"],
  ["format_datetime(x, f)", "strftime(x, f)"],
  ["parse_datetime(x, f)", "CAST(strptime(x, f) AS TIMESTAMPTZ)"],
  ["day_of_month(x)", "dayofmonth(x)"],
  ["day_of_week(x)", "isodow(x)"],
  ["day_of_year(x)", "dayofyear(x)"],
  ["year_of_week(x)", "isoyear(x)"],
  ["last_day_of_month(x)", "last_day(x)"],
  ["from_iso8601_date(x)", "CAST(x AS DATE)"],
  ["from_iso8601_timestamp(x)", "CAST(x AS TIMESTAMPTZ)"],
  ["from_unixtime(x)", "to_timestamp(x)"],
  ["to_unixtime(x)", "epoch(CAST(x AS TIMESTAMPTZ))"],
  [
    "to_iso8601(x)",
    "CASE typeof(x) WHEN 'DATE' THEN strftime(x, '%Y-%m-%d') " +
      "WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(x, '%Y-%m-%dT%H:%M:%S.%gZ') " +
      "ELSE strftime(x, '%Y-%m-%dT%H:%M:%S.%g') END",
  ],
];

/** Creates the macros in `schema`, for instance `awsdatacatalog.trino`, which the connection then searches. */
export async function createTrinoMacros(connection: DuckDBConnection, schema: string): Promise<void> {
  // A macro is checked when it is made, so what it uses stands before it.
  const all = [...json, ...urls, ...aggregates, ...collections, ...texts, ...numbers, ...times];
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}; SET search_path = '${schema}'`);
  for (const [name, overloads] of groupByName(all))
    await connection.run(`CREATE OR REPLACE MACRO ${schema}.${name}${overloads.join(", ")}`);
}

function groupByName(macros: Macro[]): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const [signature, expression] of macros) {
    const name = signature.slice(0, signature.indexOf("("));
    const overload = `${signature.slice(name.length)} AS (${expression})`;
    byName.set(name, [...(byName.get(name) ?? []), overload]);
  }
  return byName;
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `a${index}`);
}
