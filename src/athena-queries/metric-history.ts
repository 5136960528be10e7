/**
 * The rollups' answer to a question, in one query that returns few rows. A row without day and key is the total, a row
 * with a key is a group, a row with a day is a point of the series. For distinct counts the total and the largest
 * groups come with their sketches, if the present still has to be merged into them. The answer also lists the days
 * whose rollup was found and holds the breakdown, so that a missing rollup is never taken for 0.
 */
import * as z from "zod/mini";
import { breakdownName, type Dimension, HOUR, type Metric } from "../metrics/define-metric.ts";
import { escapeValue, joinKey, KEY_VERSION } from "../metrics/key.ts";
import { type Bucket, daysBetween } from "../metrics/time-bucket.ts";
import { joinedSql, partSql } from "./key-sql.ts";
import { keyOfNone } from "./metric-rollup.ts";
import { coverByMonths } from "./rollup-parts.ts";
import { blockOf, estimate, highestRanks, sumsOfBlocks, wordOf } from "./sketch-words.ts";
import { join, raw, type Sql, sql } from "./sql.ts";

/**
 * A question about sealed days. `breakdown` holds exactly the dimensions of `where` and `by`, the unit, and the hour if
 * the series is hourly.
 */
export type HistoryQuestion = {
  metric: Metric;
  breakdown: readonly Dimension[];
  where: Readonly<{ [D in Dimension]?: string }>;
  by: readonly Dimension[];
  series: boolean;
  /** Puts the days of the series together to weeks or months; a distinct count then counts each id once in each. */
  bucket?: Bucket;
  from: string;
  to: string;
  /** Days in between that another layer answers for. */
  except: readonly string[];
  /** Months that are rolled up. They do not change the answer, only what is read for it. */
  months: ReadonlySet<string>;
  /** Whether the sketches of a distinct count are wanted as well, to merge the present into them. */
  sketches: boolean;
  /** The weeks or months whose sketches are wanted, because part of their days is in another layer. */
  mergedBuckets?: readonly string[];
  /** If given, only these groups. */
  only?: readonly string[];
};

/**
 * `dt` is a day, an hour like `2026-03-01 23`, the Monday of a week, or a month; `sketch` is the words of a sketch. `found` is in the row of the total
 * or in one of its own: days, and months like `2026-03:31`.
 */
export const historyRow = z.object({
  dt: z.nullable(z.string()),
  key: z.nullable(z.string()),
  value: z.nullable(z.string()),
  sketch: z.nullable(z.string()),
  found: z.nullable(z.string()),
});
export type HistoryRow = z.infer<typeof historyRow>;

/** If there are more groups than this, the smallest ones are left out. */
export const MOST_GROUPS = { count: 10_000, sum: 10_000, distinct: 1_000 };
/** On a day when the clock goes back. */
const MOST_HOURS = 25;
/** How many groups come with their sketches, which are larger than numbers (up to 9 KB). */
const SKETCHES = 64;

/** To be increased when the rows of the same question change their shape. */
const FORMAT = `2.${KEY_VERSION}`;

/** Everything that the rows of a question depend on, given the version of the rollups. */
export function historyKey(question: HistoryQuestion, version: number): string {
  const { metric, breakdown, where, by, series, sketches, from, to, except, months, only = [] } = question;
  const { bucket, mergedBuckets = [] } = question;
  const filters = breakdown.map((dimension) => where[dimension] ?? null);
  const groups = breakdown.filter((dimension) => by.includes(dimension));
  const { name, value } = metric;
  const points = series && bucket !== undefined ? [bucket, mergedBuckets] : series;
  const asked = [filters, groups, points, sketches, from, to, except, only, months.size > 0];
  return JSON.stringify([FORMAT, version, name, value, breakdownName(breakdown), ...asked]);
}

/** The query for a question; all values are parameters. */
export function metricHistory(question: HistoryQuestion): Sql {
  return question.metric.value.kind === "distinct" ? distinctHistory(question) : sumHistory(question);
}

/**
 * What one branch of a union reads: a table of rollups, which of its partitions, the column or expression for the day,
 * and for the day found.
 */
type Source = { table: "rollups" | "rollups_monthly" | "rollups_by_month"; partitions: Sql; day: string; held: string };

/** One pass over the rows, which adds them up by group and by day; the days that were found come with the total. */
function sumHistory(question: HistoryQuestion): Sql {
  const { metric, by, series } = question;
  const [hasGroups, addend] = [by.length > 0, metric.value.kind === "sum" ? "amount" : "value"];
  const sets = ["()", ...(hasGroups ? ["(key)"] : []), ...(series ? ["(dt)"] : [])];
  const isTotal = [...(hasGroups ? ["key is null"] : []), ...(series ? ["dt is null"] : [])].join(" and ");
  return sql`
select
  ${raw(series ? "dt" : "cast(null as varchar) as dt")},
  ${raw(hasGroups ? "key" : "cast(null as varchar) as key")},
  sum(addend) filter (where matches) as value,
  cast(null as varchar) as sketch,
  ${raw(isTotal === "" ? daysFound : `case when ${isTotal} then ${daysFound} end`)} as found
from (
  ${rowsOf(question, () => `${addend} as addend`)}
) as matching
group by grouping sets (${raw(sets.join(", "))})
${raw(isTotal === "" ? "" : `having (${isTotal}) or count_if(matches) > 0`)}
${largest(question)}
`;
}

/**
 * Total and groups are read from whole months, the series from their days: each reads as little as possible. Groups are
 * ranked and cut here, and only the largest come with sketches.
 */
function distinctHistory(question: HistoryQuestion): Sql {
  const { by, series } = question;
  const whole = { ...question, series: false };
  const [key, sets] = by.length > 0 ? ["key", "(block), (key, block)"] : ["cast(null as varchar) as key", "(block)"];
  return sql`
with
  matching as (
    ${rowsOf(whole, sketchIn)}
  ),
  blocks as (
    select
    ${raw(key)},
    block,
    ${highestRanks("word")}
    from (
      select key, word, ${raw(blockOf("word"))} as block
      from matching
      cross join unnest(sketch) as words (word)
      where matches
    ) as all_words
    group by grouping sets (${raw(sets)})
  ),
  added as (
    select
    key,
    ${sumsOfBlocks}
    from blocks
    group by key
  ),
  ranked as (
    select key, value, sketch, row_number() over (order by case when key is null then 0 else 1 end, value desc, key) as place
    from (select key, sketch, ${estimate} as value from added) as estimated
  )${series ? valuesOfDays(question) : raw("")}
select cast(null as varchar) as dt, key, value, case when place <= ${raw(String(sketchesOf(question)))} then array_join(sketch, ' ') end as sketch, cast(null as varchar) as found
from ranked
where place <= ${raw(String(1 + MOST_GROUPS.distinct))}
union all
select cast(null as varchar), cast(null as varchar), cast(null as bigint), cast(null as varchar), coalesce(array_join(array_agg(held), ' '), '')
from matching${raw(series ? pointsAndDaysFound(question) : "")}
`;
}

const daysFound = "coalesce(array_join(array_agg(held), ' '), '')";

/** How many sketches to return, including that of the total. */
function sketchesOf({ sketches, only }: HistoryQuestion): number {
  return sketches ? 1 + (only?.length ?? SKETCHES) : 0;
}

/** Without groups there is one row per day, which contains its number; otherwise sketches must be merged. */
function valuesOfDays(question: HistoryQuestion): Sql {
  const { by, bucket, mergedBuckets = [] } = question;
  const isOnce = by.length === 0 && bucket === undefined;
  const sketch =
    mergedBuckets.length === 0
      ? raw("")
      : sql`, case when dt in (${join(mergedBuckets, ", ")}) then array_join(sketch, ' ') end as sketch`;
  const merged = raw(isOnce ? "matches and register is not null" : "matches");
  return sql`,
  days as (
    ${rowsOf(question, (table) => `value, ${table === "rollups" ? "register" : "cast(null as int) as register"}, ${sketchIn(table)}`)}
  ),
  blocks_of_days as (
    select
    dt,
    block,
    ${highestRanks("word")}
    from (
      select dt, word, ${raw(blockOf("word"))} as block
      from days
      cross join unnest(sketch) as words (word)
      where ${merged}
    ) as words_of_days
    group by dt, block
  ),
  added_days as (
    select
    dt,
    ${sumsOfBlocks}
    from blocks_of_days
    group by dt
  ),
  points as (
    select dt, cast(${estimate} as bigint) as value${sketch}
    from added_days${raw(isOnce ? "\n    union all\n    select dt, value from days where matches and register is null" : "")}
  )`;
}

const pointsAndDaysFound = ({ mergedBuckets = [] }: HistoryQuestion) => `
union all
select dt, cast(null as varchar), value, ${mergedBuckets.length === 0 ? "cast(null as varchar)" : "sketch"}, cast(null as varchar)
from points
union all
select cast(null as varchar), cast(null as varchar), cast(null as bigint), cast(null as varchar), coalesce(array_join(array_agg(held), ' '), '')
from days`;

/** A day that was sealed before sketches were packed has one row for each register. */
function sketchIn(table: Source["table"]): string {
  return table === "rollups" ? `coalesce(sketch, array[${wordOf("register", "value")}]) as sketch` : "sketch";
}

/**
 * The rows that a question is about: the day (or its hour), the group, what `payload` reads, and whether the row counts
 * (`matches`). In the row by which a rollup says that it holds the breakdown, `held` is the day, or the month and its
 * number of days.
 */
function rowsOf(question: HistoryQuestion, payload: (table: Source["table"]) => string): Sql {
  const { breakdown } = question;
  const none = `'${keyOfNone(breakdown)}'`;
  // The row of values that are all missing is always read; often it only says that the breakdown is there, and must not
  // count.
  const counts = hasNone(question) ? "" : ` and keys <> ${none}`;
  const branches = sourcesOf(question).map(
    ({
      table,
      partitions,
      day,
      held,
    }) => sql`select ${pointIn(day, question)} as dt, ${groupKey(question)} as key, ${raw(payload(table))},
    coalesce(events, 1) > 0${raw(counts)} as matches,
    case when keys = ${raw(none)} and events is not null then ${raw(held)} end as held
  from ${raw(table)}
  where ${partitions} and ${condition(question)}`,
  );
  return join(branches, "\n  union all\n  ");
}

/** What identifies a point of the series. */
function pointIn(day: string, { breakdown, series, bucket }: HistoryQuestion): Sql {
  if (series && breakdown.includes(HOUR))
    return sql`${raw(day)} || ' ' || ${raw(partSql(breakdown.indexOf(HOUR), breakdown.length))}`;
  return raw(series && bucket !== undefined ? bucketSql[bucket](day) : day);
}

/** `bucketOf` in metrics/time-bucket.ts; a month is its own, also where `day` is one. */
const bucketSql = {
  week: (day: string) => `cast(date_trunc('week', cast(${day} as date)) as varchar)`,
  month: (day: string) => `substr(${day}, 1, 7)`,
} satisfies Record<Bucket, (day: string) => string>;

function sourcesOf(question: HistoryQuestion): Source[] {
  const { days, months } = coverByMonths(question, question.months);
  const ranges = days.map(({ from, to }) => sql`dt between ${from} and ${to}`);
  const { except } = question;
  const byDay: Source = {
    table: "rollups",
    partitions: sql`(${join(ranges, " or ")})${except.length === 0 ? raw("") : sql` and dt not in (${join(except, ", ")})`}`,
    day: "dt",
    held: "dt",
  };
  const whole = months.length === 0 ? [] : [sourceOfMonths(question, months)];
  return [...(ranges.length === 0 ? [] : [byDay]), ...whole];
}

/** A series of months reads as little as a total. */
function sourceOfMonths({ series, bucket }: HistoryQuestion, months: readonly string[]): Source {
  const partitions = sql`month in (${join(months, ", ")})`;
  return series && bucket !== "month"
    ? { table: "rollups_by_month", partitions, day: "day", held: "day" }
    : { table: "rollups_monthly", partitions, day: "month", held: "month || ':' || cast(days as varchar)" };
}

function condition(question: HistoryQuestion): Sql {
  const { metric, breakdown, where, only } = question;
  const chosen = [
    ...breakdown.flatMap((dimension, i) => {
      const value = where[dimension];
      return value === undefined ? [] : [sql`${raw(partSql(i, breakdown.length))} = ${escapeValue(value)}`];
    }),
    ...(only === undefined ? [] : [sql`${groupKey(question)} in (${join(only, ", ")})`]),
  ];
  const choice =
    chosen.length === 0 ? [] : [sql`(${join(chosen, " and ")} or keys = ${raw(`'${keyOfNone(breakdown)}'`)})`];
  return join([sql`metric = ${metric.name}`, sql`dimensions = ${breakdownName(breakdown)}`, ...choice], " and ");
}

/** Whether the question includes the row of values that are all missing. */
function hasNone({ breakdown, where, by, only }: HistoryQuestion): boolean {
  const asked = breakdown.every((dimension) => (where[dimension] ?? "") === "");
  const group = joinKey(breakdown.filter((dimension) => by.includes(dimension)).map(() => ""));
  return asked && (only === undefined || only.includes(group));
}

function groupKey({ breakdown, by }: HistoryQuestion): Sql {
  const parts = breakdown.flatMap((dimension, i) => (by.includes(dimension) ? [partSql(i, breakdown.length)] : []));
  return raw(parts.length === breakdown.length ? "keys" : joinedSql(parts));
}

/** Total and series come first, so that the limit cuts only groups. */
function largest({ metric, breakdown, by, series, from, to }: HistoryQuestion): Sql {
  if (by.length === 0) return raw("");
  const points = daysBetween(from, to).length * (breakdown.includes(HOUR) ? MOST_HOURS : 1);
  const others = 1 + (series ? points : 0);
  return raw(
    `order by case when key is null then 0 else 1 end, value desc, key\nlimit ${others + MOST_GROUPS[metric.value.kind]}`,
  );
}
