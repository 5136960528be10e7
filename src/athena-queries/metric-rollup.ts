/**
 * The batch's compiler: the catalog as one SELECT that gives every metric's values for one day, the same that the stream's
 * compiler (`src/metrics/increments.ts`) adds up. The day is read once, whatever the number of metrics: each event is taken
 * for the metrics that it counts for, then for the combinations that they keep, and all is added up in one GROUP BY.
 *
 * An event is counted once, where its preferred copy is. Copies carry the same event_id; a request that was repeated across
 * midnight has its copy on a neighbouring day, because a repeat is given another corrected time.
 */
import { type Dimension, dimensions, type Metric, setName } from "../metrics/define-metric.ts";
import { addDays } from "../metrics/time-bucket.ts";
import { type EventColumn, eventColumns } from "../schemas/event-columns.ts";
import { raw, type Sql, sql } from "./sql.ts";

/** Every value of every metric on `day` (YYYY-MM-DD), one row per value, with the columns of `src/schemas/rollup-columns.ts`. */
export function metricRollup(catalog: readonly Metric[], day: string): Sql {
  const columns = columnsOf(catalog);
  const used = dimensions.filter((dimension) =>
    catalog.some(({ sets }) => sets.some((set) => set.includes(dimension))),
  );
  return sql`
with
  copies as (
    select event_id, is_copy, received_at, dt, ${list(columns)}
    from events
    where dt = ${day}
    union all
    select event_id, is_copy, received_at, dt, ${list(columns.map(() => "null"))}
    from events
    where dt in (${addDays(day, -1)}, ${addDays(day, 1)})
  ),
  preferred as (
    select *, row_number() over (
      partition by event_id
      order by coalesce(is_copy, false), received_at, dt, ${list(columns)}
    ) as place
    from copies
  ),
  counted as (
    select
      ${lines([...[...measuredOf(catalog)].map(measure), ...used.map(keyPart)], 6, ",")}
    from preferred
    where place = 1 and dt = ${day}
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
          setsOf(catalog).map(([name, set]) => `when ${quote(name)} then ${keyOf(set)}`),
          8,
        )}
      end as keys,
      ${perMetric(catalog, registerOf, "int")} as register,
      ${perMetric(catalog, rankOf, "int")} as rank,
      ${perMetric(catalog, addendOf, "decimal(38, 0)")} as addend
    from measured
    join (
      values
        ${lines(catalog.flatMap(keptOf), 8, ",")}
    ) as kept (metric, dimensions) using (metric)
  )
select
  metric,
  dimensions,
  keys,
  register,
  case when register is not null then max(rank) when max(addend) is null then count(*) end as value,
  sum(addend) as amount,
  cast(null as varchar) as day
from keyed
group by metric, dimensions, keys, register
`;
}

/** What the rollup needs of an event, in the order of the table. */
function columnsOf(catalog: readonly Metric[]): EventColumn[] {
  const needed = new Set<string>([...measuredOf(catalog), ...catalog.flatMap(({ sets }) => sets.flat())]);
  return Object.keys(eventColumns).filter((column): column is EventColumn => needed.has(column));
}

/** The columns that conditions and values are made of. */
function measuredOf(catalog: readonly Metric[]): Set<string> {
  const measured = new Set(["name", "is_bot"]);
  for (const { value, where } of catalog) {
    for (const { column } of where) measured.add(column);
    if (value.kind === "sum") measured.add(value.column);
    if (value.kind === "distinct") for (const part of ["register", "rank"]) measured.add(`${value.of}_${part}`);
  }
  return measured;
}

function measure(column: string): string {
  return column === "is_bot" ? "coalesce(is_bot, false) as is_bot" : column;
}

/** A value as it stands in keys: missing is the empty text, and the characters that join keys are escaped (metrics/key.ts). */
function keyPart(dimension: Dimension): string {
  const text = eventColumns[dimension] === "string" ? dimension : `cast(${dimension} as varchar)`;
  return `replace(replace(replace(coalesce(${text}, ''), '%', '%25'), '#', '%23'), '+', '%2B') as ${dimension}_key`;
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

/** Every combination that some metric keeps, once. */
function setsOf(catalog: readonly Metric[]): [string, readonly Dimension[]][] {
  return [...new Map(catalog.flatMap(({ sets }) => sets.map((set) => [setName(set), set])))];
}

function keyOf(set: readonly Dimension[]): string {
  return set.length === 0 ? "''" : set.map((dimension) => `${dimension}_key`).join(" || '+' || ");
}

function keptOf({ name, sets }: Metric): string[] {
  return sets.map((set) => `(${quote(name)}, ${quote(setName(set))})`);
}

function registerOf({ value }: Metric) {
  return value.kind === "distinct" ? `${value.of}_register` : undefined;
}

function rankOf({ value }: Metric) {
  return value.kind === "distinct" ? `${value.of}_rank` : undefined;
}

/** A day's amounts can pass the range of bigint, and Athena's sum of bigint then fails. */
function addendOf({ value }: Metric) {
  return value.kind === "sum" ? `cast(coalesce(${value.column}, 0) as decimal(38, 0))` : undefined;
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
