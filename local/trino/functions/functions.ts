/**
 * The functions of Trino that local Athena supports, with what DuckDB evaluates for them: an allow-list. Each of them
 * occurs in the recording test/fixtures/trino-expressions.ndjson. Those that need more than their arguments' values are
 * in calls.ts, aggregates.ts and times.ts.
 * https://trino.io/docs/476/functions/list.html
 */
import { cast } from "../casts.ts";
import {
  exceptNan,
  guard,
  notSupported,
  quote,
  requireComparable,
  requireDistinguishable,
  type Typed,
} from "../typed.ts";
import { decimal, inner, isFloating, type Type, varchar } from "../types.ts";
import { type Pattern, readJsonPath, readPattern, readReplacement, severalForms } from "./patterns.ts";
import { type Emit, readSignature, type Signature } from "./signatures.ts";
import { literalText } from "./times.ts";

const wholes = ["tinyint", "smallint", "integer", "bigint"];
/** The characters that Java treats as blanks. */
const blanks = quote(
  " \t\n\u000b\f\r\u001c\u001d\u001e\u001f\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u2028\u2029\u205f\u3000",
);
const nan = "CAST('NaN' AS DOUBLE)";
const isPositive = (value: Typed | undefined): boolean => typeof value?.literal === "number" && value.literal > 0;
const sqlOf = (value: Typed | undefined): string => value?.sql ?? "";

/** A decimal without its fraction. */
const wholeDecimal =
  (name: string): Emit =>
  ([value]) => {
    const { precision = 0, scale = 0 } = value?.type ?? {};
    const type = decimal(Math.max(1, precision - scale + Math.min(scale, 1)), 0);
    return { type, sql: `CAST(${name}(${sqlOf(value)}) AS DECIMAL(${type.precision},0))` };
  };
const sameDecimal =
  (name: string): Emit =>
  ([value]) => ({ type: value?.type ?? varchar, sql: `${name}(${sqlOf(value)})` });

const numbers: [string, Emit][] = [
  ...wholes.flatMap((t): [string, Emit][] => [
    [`abs(${t}) ${t}`, "abs($1)"],
    [`sign(${t}) ${t}`, `CAST(sign($1) AS ${t})`],
    [`ceil(${t}) ${t}`, "$1"],
    [`ceiling(${t}) ${t}`, "$1"],
    [`floor(${t}) ${t}`, "$1"],
    [`round(${t}) ${t}`, "$1"],
  ]),
  ["abs(decimal) decimal", sameDecimal("abs")],
  ["abs(double) double", "abs($1)"],
  ["sign(decimal) decimal", ([x]) => ({ type: decimal(1, 0), sql: `CAST(sign(${sqlOf(x)}) AS DECIMAL(1,0))` })],
  ["sign(double) double", "CASE WHEN $1 = 0 OR isnan($1) THEN $1 ELSE CAST(sign($1) AS DOUBLE) END"],
  ["ceil(decimal) decimal", wholeDecimal("ceil")],
  ["ceil(double) double", "ceil($1)"],
  ["ceiling(decimal) decimal", wholeDecimal("ceil")],
  ["ceiling(double) double", "ceil($1)"],
  ["floor(decimal) decimal", wholeDecimal("floor")],
  ["floor(double) double", "floor($1)"],
  ["round(decimal) decimal", wholeDecimal("round")],
  ["round(double) double", "trino_round($1, round($1))"],
  ...wholes.map((t): [string, Emit] => [
    `round(${t}, integer) ${t}`,
    ([x, n]) => `CAST(round(${sqlOf(x)}, ${literalDigits(n)}) AS ${t})`,
  ]),
  ["round(decimal, integer) decimal", roundDecimal],
  ["round(double, integer) double", ([x, n]) => `trino_round(${sqlOf(x)}, round(${sqlOf(x)}, ${literalDigits(n)}))`],
  ["truncate(decimal) decimal", wholeDecimal("trunc")],
  ["truncate(double) double", "trunc($1)"],
  ["sqrt(double) double", `CASE WHEN $1 < 0 THEN ${nan} ELSE sqrt($1) END`],
  ["power(double, double) double", "trino_power($1, $2)"],
  ["pow(double, double) double", "trino_power($1, $2)"],
  ["exp(double) double", "exp($1)"],
  ...["ln", "log10"].map((name): [string, Emit] => [`${name}(double) double`, ([x]) => logarithm(name, x)]),
  ["log2(double) double", "(trino_ln($1) / ln(2e0))"],
  ["log(double, double) double", "(trino_ln($2) / trino_ln($1))"],
  ["pi() double", "pi()"],
  ["e() double", "exp(1e0)"],
  ["infinity() double", "CAST('Infinity' AS DOUBLE)"],
  ["nan() double", nan],
  ["is_nan(double) boolean", "isnan($1)"],
  ["is_finite(double) boolean", "isfinite($1)"],
  ["is_infinite(double) boolean", "isinf($1)"],
  ["bitwise_and(bigint, bigint) bigint", "($1 & $2)"],
  ["bitwise_or(bigint, bigint) bigint", "($1 | $2)"],
  ["bitwise_xor(bigint, bigint) bigint", "xor($1, $2)"],
  ["bitwise_not(bigint) bigint", "(-1 - $1)"],
  ["random() double", "random()"],
  ["rand() double", "random()"],
];

function literalDigits(value: Typed | undefined): number {
  if (typeof value?.literal === "number") return value.literal;
  throw notSupported("another number of digits than a literal");
}

function roundDecimal([value, digits]: Typed[]): Typed {
  const { precision = 0, scale = 0 } = value?.type ?? {};
  const type = decimal(Math.min(38, precision + 1), scale);
  return { type, sql: `CAST(round(${sqlOf(value)}, ${literalDigits(digits)}) AS DECIMAL(${type.precision},${scale}))` };
}

/** DuckDB's functions fail for 0 and below. */
function logarithm(name: string, value: Typed | undefined): string {
  const x = sqlOf(value);
  return isPositive(value) ? `${name}(${x})` : `trino_log(${x}, ${name}(CASE WHEN ${x} > 0 THEN ${x} END))`;
}

const texts: [string, Emit][] = [
  ["lower(varchar) varchar", "lower($1)"],
  ["upper(varchar) varchar", "trino_upper($1)"],
  ["ltrim(varchar) varchar", `ltrim($1, ${blanks})`],
  ["ltrim(varchar, varchar) varchar", "ltrim($1, $2)"],
  ["rtrim(varchar) varchar", `rtrim($1, ${blanks})`],
  ["rtrim(varchar, varchar) varchar", "rtrim($1, $2)"],
  ["trim(varchar, varchar) varchar", ([side, x]) => `${trims[literalText(side, "side")]}(${sqlOf(x)}, ${blanks})`],
  [
    "trim(varchar, varchar, varchar) varchar",
    ([side, x, y]) => `${trims[literalText(side, "side")]}(${sqlOf(x)}, ${sqlOf(y)})`,
  ],
  ["length(varchar) bigint", "length($1)"],
  ["length(varbinary) bigint", "octet_length($1)"],
  ...["substr", "substring"].flatMap((name): [string, Emit][] => [
    [
      `${name}(varchar, bigint) varchar`,
      ([x, s]) => `${isPositive(s) ? "substr" : "trino_substr"}(${sqlOf(x)}, ${sqlOf(s)})`,
    ],
    [
      `${name}(varchar, bigint, bigint) varchar`,
      ([x, s, n]) =>
        `${isPositive(s) && isPositive(n) ? "substr" : "trino_substr_of"}(${sqlOf(x)}, ${sqlOf(s)}, ${sqlOf(n)})`,
    ],
  ]),
  ["replace(varchar, varchar) varchar", "replace($1, $2, '')"],
  [
    "replace(varchar, varchar, varchar) varchar",
    ([x, y, z]) => `${y?.literal ? "replace" : "trino_replace"}(${[x, y, z].map(sqlOf)})`,
  ],
  // DuckDB's function keeps an accent behind its letter.
  ["reverse(varchar) varchar", "array_to_string(list_reverse(string_split($1, '')), '')"],
  ["lpad(varchar, bigint, varchar) varchar", "trino_pad($1, $2, $3, lpad($1, CAST($2 AS INTEGER), $3))"],
  ["rpad(varchar, bigint, varchar) varchar", "trino_pad($1, $2, $3, rpad($1, CAST($2 AS INTEGER), $3))"],
  ["strpos(varchar, varchar) bigint", "instr($1, $2)"],
  ["position(varchar, varchar) bigint", "instr($1, $2)"],
  ["starts_with(varchar, varchar) boolean", "starts_with($1, $2)"],
  ["split(varchar, varchar) array(varchar)", "trino_split($1, $2)"],
  ["split_part(varchar, varchar, bigint) varchar", "trino_split_part($1, $2, $3)"],
  ["chr(bigint) varchar", "chr(CAST($1 AS INTEGER))"],
  [
    "codepoint(varchar) integer",
    ([x]) => {
      if ((x?.type.length ?? Infinity) > 1) throw notSupported("codepoint of another type than varchar(1)");
      return guard(
        `length(${sqlOf(x)}) <> 1`,
        "INVALID_FUNCTION_ARGUMENT",
        "codepoint takes one character",
        `unicode(${sqlOf(x)})`,
      );
    },
  ],
  ["to_utf8(varchar) varbinary", "encode($1)"],
  ["from_utf8(varbinary) varchar", "decode($1)"],
  ["to_hex(varbinary) varchar", "hex($1)"],
  ["from_hex(varchar) varbinary", "trino_from_hex($1)"],
  ["to_base64(varbinary) varchar", "to_base64($1)"],
  ["from_base64(varchar) varbinary", "trino_from_base64($1)"],
  ...["md5", "sha1", "sha256"].map((name): [string, Emit] => [`${name}(varbinary) varbinary`, `unhex(${name}($1))`]),
];
const trims: Record<string, string> = { both: "trim", leading: "ltrim", trailing: "rtrim" };

const urls: [string, Emit][] = [
  ["url_decode(varchar) varchar", "trino_url_decode($1)"],
  ["url_encode(varchar) varchar", "trino_url_encode($1)"],
  ...["protocol", "host", "path", "query", "fragment"].map((part): [string, Emit] => [
    `url_extract_${part}(varchar) varchar`,
    `trino_url_${part}($1)`,
  ]),
  ["url_extract_port(varchar) bigint", "trino_url_port($1)"],
  ["url_extract_parameter(varchar, varchar) varchar", "trino_url_parameter($1, $2)"],
];

/** With a literal pattern. A line break at the end of a text changes what `$` matches, and is refused. */
function matching(args: Typed[], write: (x: string, p: string, pattern: Pattern) => string, isRepeated = true): string {
  const pattern = readPattern(literalText(args[1], "pattern"));
  if (isRepeated && pattern.matchesNothing)
    throw notSupported(`a pattern that matches the empty text here: ${pattern.text}`);
  const x = sqlOf(args[0]);
  const written = write(x, quote(pattern.text), pattern);
  const several = `regexp_matches(${x}, ${quote(severalForms)})`;
  const disagree = "Local Athena does not match letters of several forms without regard to case";
  const sql = pattern.folds ? guard(several, "NOT_SUPPORTED", disagree, written) : written;
  if (!pattern.hasEnd) return sql;
  return guard(`ends_with(${x}, chr(10))`, "NOT_SUPPORTED", "Local Athena does not match $ before a line break", sql);
}

function group(value: Typed | undefined, { groups }: Pattern): number {
  if (typeof value?.literal !== "number" || value.literal > groups) throw notSupported("this number of a group");
  return value.literal;
}

const patterns: [string, Emit][] = [
  ["regexp_like(varchar, varchar) boolean", (args) => matching(args, (x, p) => `regexp_matches(${x}, ${p})`, false)],
  [
    "regexp_extract(varchar, varchar) varchar",
    (args) =>
      matching(args, (x, p) => `CASE WHEN regexp_matches(${x}, ${p}) THEN regexp_extract(${x}, ${p}) END`, false),
  ],
  [
    "regexp_extract(varchar, varchar, bigint) varchar",
    (args) =>
      matching(
        args,
        (x, p, pattern) => {
          const found = `regexp_extract(${x}, ${p}, ${group(args[2], pattern)})`;
          const one = guard(
            `${found} = ''`,
            "NOT_SUPPORTED",
            "Local Athena does not tell an empty group from none",
            found,
          );
          return `CASE WHEN regexp_matches(${x}, ${p}) THEN ${one} END`;
        },
        false,
      ),
  ],
  [
    "regexp_extract_all(varchar, varchar) array(varchar)",
    (args) => matching(args, (x, p) => `regexp_extract_all(${x}, ${p})`),
  ],
  [
    "regexp_count(varchar, varchar) bigint",
    (args) => matching(args, (x, p) => `CAST(len(regexp_extract_all(${x}, ${p})) AS BIGINT)`),
  ],
  [
    "regexp_split(varchar, varchar) array(varchar)",
    (args) => matching(args, (x, p) => `string_split_regex(${x}, ${p})`),
  ],
  [
    "regexp_replace(varchar, varchar) varchar",
    (args) => matching(args, (x, p) => `regexp_replace(${x}, ${p}, '', 'g')`),
  ],
  [
    "regexp_replace(varchar, varchar, varchar) varchar",
    (args) =>
      matching(args, (x, p, pattern) => {
        const replacement = readReplacement(literalText(args[2], "replacement"), pattern);
        return `regexp_replace(${x}, ${p}, ${quote(replacement)}, 'g')`;
      }),
  ],
];

const atPath =
  (name: string): Emit =>
  ([value, path]) => {
    const { text, arrays } = readJsonPath(literalText(path, "JSON path"));
    const sql = `${name}(${sqlOf(value)}, ${quote(text)})`;
    if (arrays.length === 0) return sql;
    // In this case Trino takes the member with that name.
    const isObject = arrays
      .map((at) => `json_type(trino_valid_json(${sqlOf(value)}), ${quote(at)}) = 'OBJECT'`)
      .join(" OR ");
    return guard(isObject, "NOT_SUPPORTED", "Local Athena does not index a JSON object", sql);
  };

const jsonValues: [string, Emit][] = [
  ...["varchar", "json"].flatMap((from): [string, Emit][] => [
    [`json_extract_scalar(${from}, varchar) varchar`, atPath("trino_json_scalar")],
    [`json_extract(${from}, varchar) json`, atPath("trino_json_extract")],
    [`json_array_length(${from}) bigint`, "trino_json_array_length($1)"],
  ]),
  ["json_parse(varchar) json", "trino_json_parse($1)"],
  ["json_format(json) varchar", "$1"],
];

const collections: [string, Emit][] = [
  ["cardinality(array(T)) bigint", "len($1)"],
  ["cardinality(map(K, V)) bigint", "CAST(cardinality($1) AS BIGINT)"],
  ["element_at(array(T), bigint) T", "trino_element_at($1, $2)"],
  ["element_at(map(K, V), K) V", ([x, k]) => (k ? exceptNan(k, `${sqlOf(x)}[${k.sql}]`) : "")],
  ["contains(array(T), T) boolean", comparing((x, y) => `trino_contains(${x}, ${y})`)],
  ["array_position(array(T), T) bigint", comparing((x, y) => `trino_array_position(${x}, ${y})`)],
  ["array_max(array(T)) T", comparing((x) => `trino_array_max(${x})`)],
  ["array_min(array(T)) T", comparing((x) => `trino_array_min(${x})`)],
  // NaN comes last in both.
  ["array_sort(array(T)) array(T)", comparing((x) => `list_sort(${x}, 'ASC', 'NULLS LAST')`, true)],
  ["array_distinct(array(T)) array(T)", distinguishing("trino_array_distinct($1)")],
  [
    "array_union(array(T), array(T)) array(T)",
    distinguishing("CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN trino_array_distinct(list_concat($1, $2)) END"),
  ],
  [
    "array_except(array(T), array(T)) array(T)",
    distinguishing(
      "CASE WHEN $2 IS NOT NULL THEN trino_no_nulls($2, trino_no_nulls($1, list_filter(trino_array_distinct($1), lambda _e: NOT list_contains($2, _e)))) END",
    ),
  ],
  [
    "array_remove(array(T), T) array(T)",
    comparing((x, y) => `CASE WHEN ${y} IS NOT NULL THEN list_filter(${x}, lambda _e: _e IS DISTINCT FROM ${y}) END`),
  ],
  [
    "arrays_overlap(array(T), array(T)) boolean",
    distinguishing("trino_no_nulls($2, trino_no_nulls($1, list_has_any($1, $2)))"),
  ],
  [
    "array_join(array(T), varchar) varchar",
    ([x, d]) => joined(`list_filter(${textList(x)}, lambda _e: _e IS NOT NULL)`, d),
  ],
  [
    "array_join(array(T), varchar, varchar) varchar",
    ([x, d, n]) => {
      const list = `list_transform(${textList(x)}, lambda _e: coalesce(_e, ${sqlOf(n)}))`;
      return `CASE WHEN ${sqlOf(n)} IS NOT NULL THEN ${joined(list, d)} END`;
    },
  ],
  ["reverse(array(T)) array(T)", "list_reverse($1)"],
  ["flatten(array(array(T))) array(T)", "flatten($1)"],
  ["slice(array(T), bigint, bigint) array(T)", "trino_slice($1, $2, $3)"],
  ["sequence(bigint, bigint) array(bigint)", "trino_sequence($1, $2)"],
  [
    "sequence(date, date) array(date)",
    "trino_no_longer(abs($2 - $1) + 1, CAST(generate_series($1, $2, CASE WHEN $1 <= $2 THEN to_days(1) ELSE to_days(-1) END) AS DATE[]))",
  ],
  ["sequence(date, date, interval day to second) array(date)", "trino_sequence_of_days($1, $2, $3, $3 // 86400000)"],
  ["sequence(bigint, bigint, bigint) array(bigint)", "trino_sequence_by($1, $2, $3)"],
  [
    "repeat(T, bigint) array(T)",
    ([x, n]) =>
      guard(
        `${sqlOf(n)} NOT BETWEEN 0 AND 10000`,
        "INVALID_FUNCTION_ARGUMENT",
        "count must be from 0 to 10000",
        `list_transform(range(${sqlOf(n)}), lambda _i: ${sqlOf(x)})`,
      ),
  ],
  ["map(array(K), array(V)) map(K, V)", distinguishing("trino_map($1, $2)")],
  ["map_keys(map(K, V)) array(K)", "map_keys($1)"],
  ["map_values(map(K, V)) array(V)", "map_values($1)"],
];

/** For arrays whose elements can be told apart. */
function distinguishing(sql: string): Emit {
  return (args) => {
    requireDistinguishable(inner(args[0]?.type ?? varchar));
    return sql.replace(/\$(\d)/g, (_, n) => sqlOf(args[Number(n) - 1]));
  };
}

/** For an array whose elements are compared, with each other or with another value. */
function comparing(write: (x: string, y: string) => string, takesNan = false): Emit {
  return ([list, value]) => {
    const type = inner(list?.type ?? varchar);
    requireComparable(type);
    const x = sqlOf(list);
    const sql = write(x, sqlOf(value));
    if (takesNan || !isFloating(type)) return sql;
    if (value) return exceptNan(value, sql);
    return guard(`list_contains(${x}, ${nan})`, "NOT_SUPPORTED", "Local Athena does not compare NaN", sql);
  };
}

/** DuckDB's array_to_string takes a single delimiter for all rows. */
function joined(list: string, delimiter: Typed | undefined): string {
  const d = sqlOf(delimiter);
  if (typeof delimiter?.literal === "string") return `array_to_string(${list}, ${d})`;
  const whole = `list_reduce(${list}, lambda _a, _b: _a || ${d} || _b)`;
  return `CASE WHEN ${d} IS NULL THEN NULL WHEN len(${list}) = 0 THEN '' ELSE ${whole} END`;
}

function textList(value: Typed | undefined): string {
  const element: Type = inner(value?.type ?? varchar);
  return `list_transform(${sqlOf(value)}, lambda _e: ${cast({ type: element, sql: "_e" }, varchar)})`;
}

/** Signatures by the functions' names. */
export const functions: ReadonlyMap<string, Signature[]> = Map.groupBy(
  [...numbers, ...texts, ...urls, ...patterns, ...jsonValues, ...collections].map(([text, emit]) =>
    readSignature(text, emit),
  ),
  ({ name }) => name,
);
