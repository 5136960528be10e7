/** Aggregate and window functions. https://trino.io/docs/476/functions/aggregate.html and window.html */

import {
  guard,
  invalidArgument,
  notSupported,
  quote,
  requireComparable,
  requireDistinguishable,
  type Typed,
} from "../typed.ts";
import { decimal, isFloating, maxPrecision, unknown } from "../types.ts";
import { type Emit, readSignature, type Signature } from "./signatures.ts";

/**
 * In an aggregate's SQL, `@name(args)` is DuckDB's aggregate of that name on the call's rows: with its DISTINCT, ORDER
 * BY, FILTER and OVER. A window function is written without this.
 */
const sqlOf = (value: Typed | undefined): string => value?.sql ?? "";
const wholes = ["tinyint", "smallint", "integer", "bigint"];

function sumOfDecimals([value]: Typed[]): Typed {
  const { scale = 0 } = value?.type ?? {};
  return { type: decimal(maxPrecision, scale), sql: `CAST(@sum(${sqlOf(value)}) AS DECIMAL(38,${scale}))` };
}

/** With the scale of the values, rounded. */
function averageOfDecimals([value]: Typed[]): Typed {
  const { precision = 0, scale = 0 } = value?.type ?? {};
  const x = sqlOf(value);
  const digits = `trino_divide_digits(trino_digits(@sum(${x})), CAST(nullif(@count(${x}), 0) AS HUGEINT), 0, ${scale})`;
  return { type: decimal(precision, scale), sql: `CAST(${digits} AS DECIMAL(${precision},${scale}))` };
}

/** NaN is DuckDB's largest double, but not always Trino's. */
const extreme =
  (name: string): Emit =>
  ([value, by = value]) => {
    const type = by?.type ?? unknown;
    requireComparable(type);
    const found = `@${name}(${by === value ? sqlOf(value) : `${sqlOf(value)}, ${sqlOf(by)}`})`;
    return isFloating(type) ? withoutNan(by, found) : found;
  };

function withoutNan(value: Typed | undefined, found: string): string {
  const wrong = "CAST('NOT_SUPPORTED: Local Athena does not compare NaN' AS BOOLEAN)";
  return `CASE WHEN CASE WHEN @bool_or(isnan(${sqlOf(value)})) THEN ${wrong} END THEN NULL ELSE ${found} END`;
}

/** Trino's result is limited to 1 MiB. */
function joined([value, delimiter]: Typed[]): string {
  if (delimiter && typeof delimiter.literal !== "string")
    throw notSupported("another separator of listagg than a literal");
  const text = `@string_agg(${sqlOf(value)}, ${quote(delimiter?.literal === undefined ? "" : String(delimiter.literal))})`;
  return guard(
    `strlen(${text}) > 1048576`,
    "EXCEEDED_FUNCTION_MEMORY_LIMIT",
    "Concatenated string has the size of more than 1 MiB",
    text,
  );
}

/**
 * For at least so many values. DuckDB's functions fail if squares exceed a double's range, or if a value is infinite or
 * NaN.
 */
const spread =
  (name: string, least: number): Emit =>
  ([value]) => {
    const x = sqlOf(value);
    const found = `CASE WHEN @bool_or(NOT isfinite(${x})) THEN CAST('NaN' AS DOUBLE) ELSE @${name}(CASE WHEN abs(${x}) < 1e150 THEN ${x} END) END`;
    return `CASE WHEN @bool_or(isfinite(${x}) AND abs(${x}) >= 1e150) THEN CAST('NOT_SUPPORTED: Local Athena does not have ${name} of values from 1e150 on' AS DOUBLE)
      WHEN @count(${x}) >= ${least} THEN ${found} END`;
  };

const aggregateList: [string, Emit][] = [
  ["count() bigint", "@count(*)"],
  ["count(T) bigint", "@count($1)"],
  ["count_if(boolean) bigint", "@count(CASE WHEN $1 THEN 1 END)"],
  ["sum(bigint) bigint", "CAST(@sum($1) AS BIGINT)"],
  ["sum(decimal) decimal", sumOfDecimals],
  ["sum(double) double", "@sum($1)"],
  ["sum(real) real", "CAST(@sum($1) AS FLOAT)"],
  ...wholes.map((t): [string, Emit] => [`avg(${t}) double`, "(@sum(CAST($1 AS DOUBLE)) / @count($1))"]),
  ["avg(decimal) decimal", averageOfDecimals],
  ["avg(double) double", "(@sum($1) / @count($1))"],
  ["min(T) T", extreme("min")],
  ["max(T) T", extreme("max")],
  ["min_by(T, K) T", extreme("arg_min_null")],
  ["max_by(T, K) T", extreme("arg_max_null")],
  ["arbitrary(T) T", "@any_value($1)"],
  ["any_value(T) T", "@any_value($1)"],
  ["every(boolean) boolean", "@bool_and($1)"],
  ["bool_and(boolean) boolean", "@bool_and($1)"],
  ["bool_or(boolean) boolean", "@bool_or($1)"],
  ["array_agg(T) array(T)", "@list($1)"],
  ["listagg(varchar) varchar", joined],
  ["listagg(varchar, varchar) varchar", joined],
  [
    "histogram(T) map(T, bigint)",
    ([value]) => {
      requireDistinguishable(value?.type ?? unknown);
      const found = `@histogram(${sqlOf(value)})`;
      return isFloating(value?.type ?? unknown) ? withoutNan(value, found) : found;
    },
  ],
  ["stddev(double) double", spread("stddev_samp", 2)],
  ["stddev_samp(double) double", spread("stddev_samp", 2)],
  ["stddev_pop(double) double", spread("stddev_pop", 1)],
  ["variance(double) double", spread("var_samp", 2)],
  ["var_samp(double) double", spread("var_samp", 2)],
  ["var_pop(double) double", spread("var_pop", 1)],
];

/**
 * The same, with an offset that is a literal of at least `least`. DuckDB takes smaller ones for rows on the other side,
 * or for none.
 */
const fromOffset =
  (name: string, least: number): Emit =>
  (args) => {
    const offset = args[1]?.literal;
    if (typeof offset !== "number") throw notSupported(`another offset of ${name} than a literal`);
    if (offset < least) throw invalidArgument(`Offset of ${name} must be at least ${least}: ${offset}`);
    return `@${name}(${args.map(sqlOf).join(", ")})`;
  };

const offsets = (name: string): [string, Emit][] => [
  [`${name}(T) T`, `@${name}($1)`],
  [`${name}(T, bigint) T`, fromOffset(name, 0)],
  [`${name}(T, bigint, T) T`, fromOffset(name, 0)],
];
const windowList: [string, Emit][] = [
  ...["row_number", "rank", "dense_rank"].map((name): [string, Emit] => [`${name}() bigint`, `@${name}()`]),
  ...["percent_rank", "cume_dist"].map((name): [string, Emit] => [`${name}() double`, `@${name}()`]),
  ["ntile(bigint) bigint", "@ntile($1)"],
  ...offsets("lag"),
  ...offsets("lead"),
  ["first_value(T) T", "@first_value($1)"],
  ["last_value(T) T", "@last_value($1)"],
  ["nth_value(T, bigint) T", fromOffset("nth_value", 1)],
];

const byName = (list: [string, Emit][]): ReadonlyMap<string, Signature[]> =>
  Map.groupBy(
    list.map(([text, emit]) => readSignature(text, emit)),
    ({ name }) => name,
  );
export const aggregates = byName(aggregateList);
export const windowFunctions = byName(windowList);

/** What Trino only estimates, and what gives the exact value on both. */
export const estimates: ReadonlyMap<string, string> = new Map([
  ["approx_distinct", "count(DISTINCT x)"],
  [
    "approx_percentile",
    "element_at(array_agg(x ORDER BY x) FILTER (WHERE x IS NOT NULL), CAST(ceil(0.5 * count(x)) AS bigint))",
  ],
]);

/** Replaces each `@name(args)`. */
export function replaceAggregates(sql: string, write: (name: string, args: string) => string): string {
  const at = firstAggregate(sql);
  if (at === undefined) return sql;
  const open = sql.indexOf("(", at);
  const close = closing(sql, open);
  const replaced = write(sql.slice(at + 1, open), sql.slice(open + 1, close));
  return sql.slice(0, at) + replaced + replaceAggregates(sql.slice(close + 1), write);
}

/** The position of the first one outside quotes. */
function firstAggregate(sql: string): number | undefined {
  for (const { 0: token, index } of sql.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|@\w+\(/g))
    if (token.startsWith("@")) return index;
  return undefined;
}

/** Where the parenthesis at `open` is closed, ignoring those in quotes. */
function closing(sql: string, open: number): number {
  let depth = 0;
  const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]/g;
  tokens.lastIndex = open;
  for (let token = tokens.exec(sql); token; token = tokens.exec(sql)) {
    if (token[0] === "(") depth++;
    if (token[0] === ")" && --depth === 0) return token.index;
  }
  return sql.length;
}
