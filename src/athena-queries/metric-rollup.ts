/**
 * The batch's compiler: turns the catalog into one SELECT that returns every metric's values for one day, the same
 * values that the stream's compiler (`src/metrics/increments.ts`) adds up. It reads the day's `daily_events`, which
 * hold each event once, in a single pass, however many metrics there are: each event is joined to the metrics that
 * count it, then to the breakdowns that these keep, and everything is added up in one GROUP BY.
 *
 * Every breakdown gets a row of 0 events to start with. So a rollup is never empty, and its rows say which breakdowns
 * it holds: a question about a missing breakdown can be told from one whose answer is 0.
 */
import { breakdownName, type Dimension, dimensions, HOUR, type Metric } from "../metrics/define-metric.ts";
import { joinKey } from "../metrics/key.ts";
import { startOfDay } from "../metrics/time-bucket.ts";
import { type EventColumn, eventColumns } from "../schemas/tables/event-columns.ts";
import { escapedSql, joinedSql } from "./key-sql.ts";
import { blockOf, estimate, highestRanks, sumsOfBlocks, wordOf } from "./sketch-words.ts";
import { raw, type Sql, sql } from "./sql.ts";

/**
 * Every value of every metric on `day` (YYYY-MM-DD, in a time zone), one row per value, in the columns of
 * `src/schemas/tables/rollup-columns.ts`.
 */
export function metricRollup(catalog: readonly Metric[], day: string, timeZone: string): Sql {
  const used = dimensions.filter((dimension) =>
    catalog.some(({ breakdowns }) => breakdowns.some((breakdown) => breakdown.includes(dimension))),
  );
  return sql`
with
  kept as (
    select metric, dimensions, none
    from (
      values
        ${lines(catalog.flatMap(keptOf), 8, ",")}
    ) as kept (metric, dimensions, none)
  ),
  counted as (
    select
      ${lines([...measuredOf(catalog).map(measure), ...used.map((one) => `${keyPart(one, startOfDay(day, timeZone))} as ${one}_key`)], 6, ",")}
    from daily_events
    where dt = ${day}
  ),
  measured as (
    select metric, counted.*
    from counted
    cross join (values ${list(catalog.map(({ name }) => `(${quote(name)})`))}) as metrics (metric)
    where case metric
      ${lines(catalog.map((metric) => `when ${quote(metric.name)} then ${conditionOf(metric)}`))}
    end
  ),
  keyed as (
    select
      metric,
      dimensions,
      case dimensions
        ${lines(
          breakdownsOf(catalog).map(([name, breakdown]) => `when ${quote(name)} then ${keyOf(breakdown)}`),
          8,
        )}
      end as keys,
      1 as events,
      ${perMetric(catalog, addendOf, "decimal(38, 0)")} as amount,
      ${perMetric(catalog, distinctOf, "bigint")} as word
    from measured
    join kept using (metric)
    union all
    select metric, dimensions, none, 0, ${perMetric(catalog, nothingOf, "decimal(38, 0)")}, cast(null as bigint)
    from kept
  ),
  ${added}
select
  metric,
  dimensions,
  keys,
  events,
  case when sketch is not null then ${estimate} when amount is null then events end as value,
  amount,
  sketch
from added
`;
}

/** Sums by breakdown and key, with the words of sketches merged block by block. */
const added = sql`blocks as (
    select
      metric,
      dimensions,
      keys,
      ${raw(blockOf("word"))} as block,
      sum(events) as events,
      sum(amount) as amount,
      ${highestRanks("word")}
    from keyed
    group by metric, dimensions, keys, ${raw(blockOf("word"))}
  ),
  added as (
    select
      metric,
      dimensions,
      keys,
      sum(events) as events,
      sum(amount) as amount,
      ${sumsOfBlocks}
    from blocks
    group by metric, dimensions, keys
  )`;

/** The columns that conditions and values use. */
function measuredOf(catalog: readonly Metric[]): EventColumn[] {
  const measured = new Set<string>(["name", "is_bot"]);
  for (const { value, where } of catalog) {
    for (const { column } of where) measured.add(column);
    if (value.kind === "sum") measured.add(value.column);
    if (value.kind === "distinct") for (const part of ["register", "rank"]) measured.add(`${value.of}_${part}`);
  }
  return Object.keys(eventColumns).filter((column): column is EventColumn => measured.has(column));
}

function measure(column: string): string {
  return column === "is_bot" ? "coalesce(is_bot, false) as is_bot" : column;
}

/** A value as it is written in keys. */
function keyPart(dimension: Dimension, startOfDay: number): string {
  if (dimension === HOUR) return hourIn(startOfDay);
  const text = eventColumns[dimension] === "string" ? dimension : `cast(${dimension} as varchar)`;
  return escapedSql(text);
}

/**
 * The hour of the day (`hourOf` in metrics/time-bucket.ts). The start of the day is passed in, because engines know
 * different things about time zones.
 */
function hourIn(startOfDay: number): string {
  const start = new Date(startOfDay).toISOString().replace("T", " ").replace("Z", "");
  return `cast(date_diff('hour', timestamp '${start}', date_trunc('minute', occurred_at)) as varchar)`;
}

function conditionOf({ on, where, robots, value }: Metric): string {
  const names = "except" in on ? on.except : on;
  return [
    `name ${"except" in on ? "not in" : "in"} (${names.map(quote).join(", ")})`,
    ...(robots ? [] : ["not is_bot"]),
    ...where.map(({ column, is, than }) => `${column} ${is} ${than}`),
    ...(value.kind === "distinct" ? [`${value.of}_register is not null`, `${value.of}_rank is not null`] : []),
  ].join(" and ");
}

/** Every breakdown that some metric keeps, once each. */
function breakdownsOf(catalog: readonly Metric[]): [string, readonly Dimension[]][] {
  return [
    ...new Map(
      catalog.flatMap(({ breakdowns }) => breakdowns.map((breakdown) => [breakdownName(breakdown), breakdown])),
    ),
  ];
}

function keyOf(breakdown: readonly Dimension[]): string {
  return joinedSql(breakdown.map((dimension) => `${dimension}_key`));
}

/** The breakdowns that a metric keeps, each with the key of values that are all missing. */
function keptOf({ name, breakdowns }: Metric): string[] {
  return breakdowns.map(
    (breakdown) => `(${[name, breakdownName(breakdown), keyOfNone(breakdown)].map(quote).join(", ")})`,
  );
}

/** A breakdown's key of values that are all missing. Every rollup that holds the breakdown has a row for it. */
export function keyOfNone(breakdown: readonly Dimension[]): string {
  return joinKey(breakdown.map(() => ""));
}

function distinctOf({ value }: Metric) {
  return value.kind === "distinct" ? wordOf(`${value.of}_register`, `${value.of}_rank`) : undefined;
}

/** A day's amounts can exceed the range of bigint, and Athena's sum of bigint then fails. */
function addendOf({ value }: Metric) {
  return value.kind === "sum" ? `cast(coalesce(${value.column}, 0) as decimal(38, 0))` : undefined;
}

function nothingOf({ value }: Metric) {
  return value.kind === "sum" ? "cast(0 as decimal(38, 0))" : undefined;
}

function perMetric(catalog: readonly Metric[], of: (metric: Metric) => string | undefined, type: string): Sql {
  const cases = catalog.flatMap((metric) => (of(metric) ? [`when ${quote(metric.name)} then ${of(metric)}`] : []));
  return raw(cases.length === 0 ? `cast(null as ${type})` : `case metric ${cases.join(" ")} end`);
}

function list(items: readonly string[]): Sql {
  return raw(items.join(", "));
}

function lines(items: readonly string[], indent = 6, end = ""): Sql {
  return raw(items.join(`${end}\n${" ".repeat(indent)}`));
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
