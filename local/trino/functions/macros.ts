/**
 * DuckDB macros with the meaning of Trino's functions, where DuckDB's own functions differ. They are in a schema of
 * their own, and all start with `trino_`, so that they hide no function.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { guard, quote } from "../typed.ts";

/**
 * A signature and its definition. A macro is checked when it is created, so it must come after the macros that it uses.
 */
type Macro = [signature: string, expression: string];

function unless(wrong: string, [code, message]: [string, string], expression: string): string {
  return guard(wrong, code, message, expression);
}

/** The text if it has this form, as Trino reads it. */
function form(name: string, what: string, pattern: string): Macro {
  const wrong = `NOT regexp_full_match(x, ${quote(pattern)})`;
  return [`trino_${name}(x)`, guard(wrong, "INVALID_CAST_ARGUMENT", `Cannot cast to ${what}`, "x")];
}

const zero: [string, string] = ["DIVISION_BY_ZERO", "Division by zero"];
const number = String.raw`\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`;
const otherYear: [string, string] = ["NOT_SUPPORTED", "Local Athena does not read years of other than four digits"];
const unwritten: [string, string] = ["NOT_SUPPORTED", "Local Athena does not write years before 0001 and after 9999"];

const casts: Macro[] = [
  form("integer_text", "an integer", String.raw`\s*[+-]?\d+\s*`),
  form("java_double", "double", String.raw`${number}[dDfF]?\s*|\s*[+-]?(NaN|Infinity)\s*`),
  ["trino_double_text(x)", "rtrim(rtrim(trino_java_double(x)), 'dDfF')"],
  form("decimal_text", "decimal", String.raw`[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`),
  form("boolean_text", "boolean", "(?i)(true|false|t|f|1|0)"),
  form("year_text", "date", String.raw`\s*[+-]?\d+-\d{1,2}-\d{1,2}\s*`),
  [
    "trino_date_text(x)",
    unless(
      String.raw`regexp_matches(x, '^\s*[+-]?\d+-') AND NOT regexp_matches(x, '^\s*\d{4}-')`,
      otherYear,
      "trino_year_text(x)",
    ),
  ],
  form(
    "timestamp_form",
    "timestamp",
    String.raw`\s*[+-]?\d+-\d{1,2}-\d{1,2}( ([01]?\d|2[0-3]):\d{1,2}(:\d{1,2}(\.\d{1,6})?)?)?\s*`,
  ),
  [
    "trino_timestamp_text(x)",
    unless(
      String.raw`regexp_matches(x, '^\s*[+-]?\d+-') AND NOT regexp_matches(x, '^\s*\d{4}-')`,
      otherYear,
      "trino_timestamp_form(x)",
    ),
  ],
  // Like Java's scientific notation: digits without surrounding zeros, one of them before the point.
  ["trino_scientific_of(d, e)", "d[1] || '.' || coalesce(nullif(rtrim(d[2:], '0'), ''), '0') || 'E' || e"],
  [
    "trino_scientific(i, f, e)",
    "trino_scientific_of(ltrim(i || f, '0'), length(i) - length(i || f) + length(ltrim(i || f, '0')) - 1 + e)",
  ],
  [
    "trino_scientific_text(m, e)",
    "trino_scientific(string_split(m, '.')[1], coalesce(string_split(m, '.')[2], ''), CAST(coalesce(e, '0') AS INTEGER))",
  ],
  [
    "trino_floating_text(x)",
    `CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END WHEN x = 0 THEN CASE WHEN CAST(x AS VARCHAR) LIKE '-%' THEN '-0E0' ELSE '0E0' END
     ELSE CASE WHEN x < 0 THEN '-' ELSE '' END ||
       trino_scientific_text(string_split(CAST(abs(x) AS VARCHAR), 'e')[1], string_split(CAST(abs(x) AS VARCHAR), 'e')[2]) END`,
  ],
];

const numbers: Macro[] = [
  ["trino_divide(a, b)", unless("b = 0", zero, "a // b")],
  ["trino_modulus(a, b)", unless("b = 0", zero, "a % b")],
  [
    "trino_divide_doubles(a, b)",
    `CASE WHEN b <> 0 THEN a / b WHEN a IS NULL OR b IS NULL THEN NULL WHEN a = 0 OR isnan(a) THEN CAST('NaN' AS DOUBLE)
     WHEN (a > 0) <> (CAST(b AS VARCHAR) LIKE '-%') THEN CAST('Infinity' AS DOUBLE) ELSE CAST('-Infinity' AS DOUBLE) END`,
  ],
  ["trino_tens(n)", "CAST('1' || repeat('0', n) AS HUGEINT)"],
  ["trino_digits(x)", "CAST(replace(CAST(x AS VARCHAR), '.', '') AS HUGEINT)"],
  [
    "trino_decimal_of(g, q, s)",
    `g || CAST(q // trino_tens(s) AS VARCHAR) ||
     CASE WHEN s > 0 THEN '.' || lpad(CAST(q % trino_tens(s) AS VARCHAR), CAST(s AS INTEGER), '0') ELSE '' END`,
  ],
  // Works on the whole numbers that decimals are without their points: k more digits for the dividend, s fractional
  // digits in the quotient.
  [
    "trino_divide_digits(a, b, k, s)",
    unless(
      "b = 0",
      zero,
      `trino_decimal_of(CASE WHEN (a < 0) <> (b < 0) THEN '-' ELSE '' END, (2 * abs(a) * trino_tens(k) + abs(b)) // (2 * abs(b)), s)`,
    ),
  ],
  [
    "trino_log(x, r)",
    "CASE WHEN x > 0 THEN r WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) WHEN x < 0 THEN CAST('NaN' AS DOUBLE) END",
  ],
  ["trino_ln(x)", "trino_log(x, ln(CASE WHEN x > 0 THEN x END))"],
  // Java returns NaN where C returns 1.
  [
    "trino_power(a, b)",
    "CASE WHEN a IS NOT NULL AND (isnan(b) OR isinf(b) AND abs(a) = 1) THEN CAST('NaN' AS DOUBLE) ELSE power(a, b) END",
  ],
  ["trino_round(x, r)", "CASE WHEN x = 0 THEN CAST(0 AS DOUBLE) WHEN isfinite(x) THEN r ELSE x END"],
  ["trino_compare(a, b, o, r)", "CASE WHEN isnan(a) OR isnan(b) THEN o ELSE r END"],
];

const scheme = "[A-Za-z][A-Za-z0-9+.-]*:";
const label = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
const topLabel = "[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?";
const host = String.raw`((${label}\.)*${topLabel}\.?|\d{1,3}(\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])`;
const rest = String.raw`[^?#\[\]]*`;
/**
 * The URLs that Java's URI and the patterns below split in the same way: with a host, with a path from the root, or
 * relative.
 */
const urlForm = String.raw`((${scheme})?//([^/?#@:\[\]]*(:[^/?#@\[\]]*)?@)?${host}(:[0-9]*)?(/${rest})?|(${scheme})?/([^/?#\[\]]${rest})?|([^:/?#\[\]]+(/${rest})?)?)(\?[^#\[\]]*)?(#[^#\[\]]*)?`;

const texts: Macro[] = [
  // Java has no upper case form of this letter.
  ["trino_upper(x)", "replace(upper(replace(x, 'ß', chr(57344))), chr(57344), 'ß')"],
  ["trino_substr(x, s)", "CASE WHEN x IS NOT NULL AND (s = 0 OR s < -length(x)) THEN '' ELSE substr(x, s) END"],
  [
    "trino_substr_of(x, s, n)",
    "CASE WHEN x IS NOT NULL AND n IS NOT NULL AND (s = 0 OR n <= 0 OR s < -length(x)) THEN '' ELSE substr(x, s, n) END",
  ],
  [
    "trino_replace(x, y, z)",
    unless("y = ''", ["NOT_SUPPORTED", "Local Athena does not replace the empty text"], "replace(x, y, z)"),
  ],
  [
    "trino_split(x, d)",
    unless(
      "d = ''",
      ["INVALID_FUNCTION_ARGUMENT", "The delimiter may not be the empty string"],
      "CASE WHEN d IS NOT NULL THEN string_split(x, d) END",
    ),
  ],
  [
    "trino_split_part(x, d, i)",
    unless(
      "d = ''",
      ["NOT_SUPPORTED", "Local Athena does not split at the empty text"],
      unless(
        "i < 1",
        ["INVALID_FUNCTION_ARGUMENT", "Index must be greater than zero"],
        "CASE WHEN d IS NOT NULL THEN string_split(x, d)[i] END",
      ),
    ),
  ],
  [
    "trino_pad(x, n, p, r)",
    unless("p = '' OR n < 0", ["INVALID_FUNCTION_ARGUMENT", "Padding needs a text and a length"], "r"),
  ],
  [
    "trino_from_hex(x)",
    unless(
      "length(x) % 2 = 1",
      ["INVALID_FUNCTION_ARGUMENT", "The hexadecimal digits must be even in number"],
      "unhex(x)",
    ),
  ],
  // The padding may be missing as a whole.
  [
    "trino_from_base64(x)",
    "from_base64(CASE WHEN contains(x, '=') THEN x ELSE x || repeat('=', (4 - length(x) % 4) % 4) END)",
  ],
  [
    "trino_url_decode(x)",
    unless(
      "NOT regexp_full_match(x, '([^%]|%[0-9A-Fa-f]{2})*')",
      ["INVALID_FUNCTION_ARGUMENT", "Illegal hex characters in escape (%) pattern"],
      "url_decode(replace(x, '+', ' '))",
    ),
  ],
  ["trino_url_encode(x)", "replace(replace(replace(url_encode(x), '%20', '+'), '~', '%7E'), '%2A', '*')"],
  // NULL if it is not a URI; the parts are percent-decoded.
  [
    "trino_uri(x)",
    `CASE WHEN regexp_full_match(x, '([^\\s\\p{Z}\\p{Cc}<>"{}|\\\\^\`%]|%[0-9A-Fa-f]{2})*') THEN
     ${unless(`NOT regexp_full_match(x, ${quote(urlForm)})`, ["NOT_SUPPORTED", "Local Athena does not take such a URL apart"], "x")} END`,
  ],
  ["trino_url_part(x, p)", "regexp_extract(trino_uri(x), p, 1)"],
  ["trino_url_protocol(x)", "trino_url_part(x, '^([A-Za-z][A-Za-z0-9+.-]*):')"],
  ["trino_url_host(x)", "trino_url_part(x, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?(\\[[^\\]]*\\]|[^/?#:]*)')"],
  ["trino_url_port(x)", "CAST(nullif(trino_url_part(x, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*:([0-9]+)'), '') AS BIGINT)"],
  ["trino_url_path(x)", "url_decode(trino_url_part(x, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)'))"],
  ["trino_url_raw_query(x)", "trino_url_part(x, '^[^?#]*\\?([^#]*)')"],
  ["trino_url_query(x)", "url_decode(trino_url_raw_query(x))"],
  ["trino_url_fragment(x)", "url_decode(trino_url_part(x, '#(.*)$'))"],
  [
    "trino_url_parameters(x, n)",
    "list_filter(string_split(coalesce(trino_url_raw_query(x), ''), '&'), lambda e: trino_url_decode(string_split(e, '=')[1]) = n)",
  ],
  [
    "trino_url_parameter(x, n)",
    `CASE WHEN len(trino_url_parameters(x, n)) > 0
     THEN trino_url_decode(coalesce(array_to_string(string_split(trino_url_parameters(x, n)[1], '=')[2:], '='), '')) END`,
  ],
];

const outOfArray: [string, string] = [
  "INVALID_FUNCTION_ARGUMENT",
  "Array subscript must be from 1 to the array's length",
];
const collections: Macro[] = [
  ["trino_subscript(x, i)", unless("i < 1 OR i > len(x)", outOfArray, "x[i]")],
  [
    "trino_map_subscript(x, k)",
    unless("NOT map_contains(x, k)", ["INVALID_FUNCTION_ARGUMENT", "Key not present in map"], "x[k]"),
  ],
  [
    "trino_element_at(x, i)",
    unless(
      "i IN (0, -9223372036854775807 - 1) AND x IS NOT NULL",
      ["INVALID_FUNCTION_ARGUMENT", "SQL array indices start at 1"],
      "x[i]",
    ),
  ],
  ["trino_array_max(x)", "CASE WHEN list_count(x) = len(x) THEN list_max(x) END"],
  ["trino_array_min(x)", "CASE WHEN list_count(x) = len(x) THEN list_min(x) END"],
  [
    "trino_contains(x, y)",
    "CASE WHEN list_contains(x, y) THEN true WHEN list_count(x) = len(x) AND y IS NOT NULL THEN false END",
  ],
  [
    "trino_array_position(x, y)",
    "CASE WHEN x IS NOT NULL AND y IS NOT NULL THEN coalesce(CAST(list_position(x, y) AS BIGINT), 0) END",
  ],
  // Each at its first occurrence.
  ["trino_array_distinct(x)", "list_filter(x, lambda e, i: list_position(x, e) = i)"],
  [
    "trino_no_nulls(x, r)",
    unless("list_count(x) <> len(x)", ["NOT_SUPPORTED", "Local Athena does not compare elements that are NULL"], "r"),
  ],
  [
    "trino_no_longer(n, r)",
    unless(
      "n > 10000",
      ["INVALID_FUNCTION_ARGUMENT", "result of sequence function must not have more than 10000 entries"],
      "r",
    ),
  ],
  [
    "trino_sequence(a, b)",
    "trino_no_longer(abs(CAST(b AS HUGEINT) - a) + 1, CASE WHEN a <= b THEN generate_series(a, b) ELSE generate_series(a, b, -1) END)",
  ],
  [
    "trino_sequence_by(a, b, s)",
    unless(
      "s = 0 OR (s > 0 AND a > b) OR (s < 0 AND a < b)",
      ["INVALID_FUNCTION_ARGUMENT", "sequence stop value should be reached by its step"],
      "trino_no_longer(abs(CAST(b AS HUGEINT) - a) // abs(CAST(s AS HUGEINT)) + 1, generate_series(a, b, s))",
    ),
  ],
  [
    "trino_sequence_of_days(a, b, m, s)",
    unless(
      "m % 86400000 <> 0",
      ["INVALID_FUNCTION_ARGUMENT", "sequence step must be a day interval if start and end values are dates"],
      "list_transform(trino_sequence_by(0, CAST(b - a AS BIGINT), s), lambda _n: a + CAST(_n AS INTEGER))",
    ),
  ],
  [
    "trino_slice(x, i, n)",
    unless(
      "i = 0 OR n < 0",
      ["INVALID_FUNCTION_ARGUMENT", "SQL array indices start at 1"],
      "CASE WHEN n IS NULL THEN NULL WHEN i < -len(x) OR n = 0 THEN x[1:0] WHEN i < 0 THEN x[len(x) + i + 1:len(x) + i + n] ELSE x[i:i + n - 1] END",
    ),
  ],
  ["trino_any_match(x)", "CASE WHEN list_contains(x, true) THEN true WHEN list_count(x) = len(x) THEN false END"],
  ["trino_all_match(x)", "CASE WHEN list_contains(x, false) THEN false WHEN list_count(x) = len(x) THEN true END"],
  [
    "trino_map(k, v)",
    `CASE WHEN k IS NOT NULL AND v IS NOT NULL THEN ${unless(
      "len(k) <> len(v)",
      ["INVALID_FUNCTION_ARGUMENT", "Key and value arrays must be the same length"],
      unless(
        "len(list_distinct(k)) <> len(k)",
        ["INVALID_FUNCTION_ARGUMENT", "Duplicate map keys are not allowed, nor NULL"],
        "map(k, v)",
      ),
    )} END`,
  ],
];

const anotherNumber: [string, string] = [
  "NOT_SUPPORTED",
  "Local Athena does not keep how a fraction in JSON is written",
];
const jsonValues: Macro[] = [
  // Trino reads invalid JSON as far as the path requires.
  [
    "trino_valid_json(x)",
    unless(
      String.raw`NOT json_valid(x) AND regexp_matches(x, '^\s*[\{\["0-9-]')`,
      ["NOT_SUPPORTED", "Local Athena does not read half of a JSON text"],
      "CASE WHEN json_valid(x) THEN x END",
    ),
  ],
  // A fraction is written as DuckDB writes it, which may differ: 1.50 as 1.5.
  [
    "trino_json_written(x, t, v)",
    unless(
      "t = 'DOUBLE' AND NOT regexp_matches(x, '(^|[^0-9.eE+-])' || regexp_escape(v) || '([^0-9.eE+-]|$)')",
      anotherNumber,
      "v",
    ),
  ],
  [
    "trino_json_scalar_at(x, p)",
    "CASE WHEN json_type(x, p) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN trino_json_written(x, json_type(x, p), json_extract_string(x, p)) END",
  ],
  ["trino_json_scalar(x, p)", "trino_json_scalar_at(trino_valid_json(x), p)"],
  // Nested fractions, and objects whose names may change their order, are refused.
  ["trino_json_bare(x)", String.raw`regexp_replace(x, '"(\\.|[^"\\])*"', '""', 'g')`],
  [
    "trino_json_checked(x)",
    unless(
      "regexp_matches(trino_json_bare(x), '[.eE][-+0-9]|[0-9]{19}')",
      anotherNumber,
      unless(
        // Trino writes a character of two UTF-16 units as two escapes.
        String.raw`regexp_matches(x, '\\[^"\\bfnrt]|[\x{10000}-\x{10FFFF}]')`,
        ["NOT_SUPPORTED", "Local Athena does not keep how a text in JSON is escaped"],
        "x",
      ),
    ),
  ],
  [
    "trino_json_sorted(x)",
    unless(
      `regexp_matches(trino_json_bare(x), ',"":') AND NOT (trino_json_bare(x) LIKE '{%' AND trino_json_bare(x) NOT LIKE '{%{%' AND json_keys(x) = list_sort(list_distinct(json_keys(x))))`,
      ["NOT_SUPPORTED", "Local Athena does not sort the names in a JSON object, nor choose between equal ones"],
      "x",
    ),
  ],
  ["trino_json_at(x, p)", "CAST(json_extract(trino_valid_json(x), p) AS VARCHAR)"],
  ["trino_json_extract(x, p)", "trino_json_checked(trino_json_at(x, p))"],
  [
    "trino_json_parse(x)",
    unless(
      "NOT json_valid(x)",
      ["INVALID_FUNCTION_ARGUMENT", "Cannot convert value to JSON"],
      "trino_json_sorted(trino_json_checked(CAST(json(x) AS VARCHAR)))",
    ),
  ],
  [
    "trino_json_array_length(x)",
    "CASE WHEN json_type(trino_valid_json(x)) = 'ARRAY' THEN CAST(json_array_length(x) AS BIGINT) END",
  ],
  [
    "trino_json_as_text(x)",
    unless(
      "json_type(x) NOT IN ('VARCHAR', 'BOOLEAN', 'UBIGINT', 'BIGINT', 'NULL')",
      ["NOT_SUPPORTED", "Local Athena does not cast this JSON to varchar"],
      "json_extract_string(x, '$')",
    ),
  ],
  ...(
    [
      ["integer", "'UBIGINT', 'BIGINT'"],
      ["double", "'UBIGINT', 'BIGINT', 'DOUBLE'"],
      ["boolean", "'BOOLEAN'"],
    ] as const
  ).map(
    ([name, from]): Macro => [
      `trino_json_as_${name}(x)`,
      unless(
        `json_type(x) NOT IN (${from}, 'NULL')`,
        ["NOT_SUPPORTED", `Local Athena does not cast this JSON to ${name}`],
        "json_extract_string(x, '$')",
      ),
    ],
  ),
  [
    "trino_json_as_list(x)",
    unless(
      "json_type(x) NOT IN ('ARRAY', 'NULL')",
      ["INVALID_CAST_ARGUMENT", "Cannot cast to array"],
      "CASE WHEN json_type(x) = 'ARRAY' THEN json_extract(x, '$[*]') END",
    ),
  ],
];

function timeForm(pattern: string, what: string, expression: string): string {
  const wrong = `NOT regexp_full_match(x, ${quote(pattern)})`;
  return unless(wrong, ["NOT_SUPPORTED", `Local Athena does not read ${what}`], expression);
}

const times: Macro[] = [
  [
    "trino_iso_date(x)",
    timeForm(String.raw`\d{4}-\d\d-\d\d`, "another form of a date than YYYY-MM-DD", "CAST(x AS DATE)"),
  ],
  // The zone of another time would be part of its type.
  [
    "trino_iso_timestamp(x)",
    timeForm(
      String.raw`\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d([.]\d{1,3})?)?Z?)?`,
      "another form of a time than YYYY-MM-DDTHH:MM:SS.sss in UTC",
      "CAST(x AS TIMESTAMPTZ)",
    ),
  ],
  ["trino_writable(t)", unless("year(t) NOT BETWEEN 1 AND 9999", unwritten, "t")],
  [
    "trino_from_unixtime(s)",
    unless(
      "NOT (s >= -62135596800 AND s < 253402300799)",
      unwritten,
      "CAST(epoch_ms(CAST(round(s * 1000) AS BIGINT)) AS TIMESTAMPTZ)",
    ),
  ],
  [
    "trino_date_plus(d, m)",
    unless(
      "m % 86400000 <> 0",
      ["INVALID_FUNCTION_ARGUMENT", "Cannot add hour, minutes or seconds to a date"],
      "d + CAST(m // 86400000 AS INTEGER)",
    ),
  ],
];

/**
 * Creates the macros in `schema`, for instance `awsdatacatalog.trino`, which the connection must then have in its
 * search path.
 */
export async function createTrinoMacros(connection: DuckDBConnection, schema: string): Promise<void> {
  await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}; SET search_path = '${schema}'`);
  for (const [signature, expression] of [...casts, ...numbers, ...texts, ...collections, ...jsonValues, ...times])
    await connection.run(`CREATE OR REPLACE MACRO ${schema}.${signature} AS (${expression})`);
}
