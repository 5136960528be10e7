/**
 * What the rollups say to a question: one query that answers with few rows. A row without day and key is the total, a row
 * with a key is a group, a row with a day is a point of the series. Sums come as numbers; of distinct counts come the sketches
 * (total and groups, because the present has yet to be merged into them) or, for a day of the series, which is answered by
 * one layer alone, how many registers have each rank: all that its estimate needs.
 */
import * as z from "zod/mini";
import { type Dimension, type Metric, setName } from "../metrics/define-metric.ts";
import { escapeValue } from "../metrics/key.ts";
import { daysBetween } from "../metrics/time-bucket.ts";
import { coverByMonths } from "./rollup-parts.ts";
import { join, raw, type Sql, sql } from "./sql.ts";

/** A question to the sealed days. `set` is the combination that holds exactly the dimensions of `where` and `by` and the unit. */
export type HistoryQuestion = {
  metric: Metric;
  set: readonly Dimension[];
  where: Readonly<{ [D in Dimension]?: string }>;
  by: readonly Dimension[];
  series: boolean;
  from: string;
  to: string;
  /** Days in between that another layer answers for. */
  except: readonly string[];
  /** Months that are rolled up, by run. They make no difference to the answer, only to what is read for it. */
  months: ReadonlyMap<string, string>;
  /** These groups alone, when given. */
  only?: readonly string[];
};

/** `value` is a number, `register×64+rank` codes (total and groups of a distinct count), or `rank:registers` (its days). */
export const historyRow = z.object({
  dt: z.nullable(z.string()),
  key: z.nullable(z.string()),
  value: z.nullable(z.string()),
});
export type HistoryRow = z.infer<typeof historyRow>;

/** More groups than these are left out, the smallest first. Sketches are larger than numbers. */
export const MOST_GROUPS = { count: 10_000, sum: 10_000, distinct: 1_000 };

/** Goes up when the rows of the same question get another shape. */
const FORMAT = 1;

/** What the rows of a question depend on, given the version of the rollups. */
export function historyKey(
  { metric, set, where, by, series, from, to, except, only = [] }: HistoryQuestion,
  version: number,
): string {
  const filters = set.map((dimension) => where[dimension] ?? null);
  const groups = set.filter((dimension) => by.includes(dimension));
  const { name, value } = metric;
  return JSON.stringify([FORMAT, version, name, value, setName(set), filters, groups, series, from, to, except, only]);
}

/** The query for a question; all values are parameters. */
export function metricHistory(question: HistoryQuestion): Sql {
  return question.metric.value.kind === "distinct" ? distinctHistory(question) : sumHistory(question);
}

function sumHistory(question: HistoryQuestion): Sql {
  const { metric, by, series } = question;
  const sets = ["()", ...(by.length > 0 ? ["(key)"] : []), ...(series ? ["(dt)"] : [])];
  return sql`
select
  ${raw(series ? "dt" : "cast(null as varchar) as dt")},
  ${raw(by.length > 0 ? "key" : "cast(null as varchar) as key")},
  sum(addend) as value
from (
  select ${raw(DAY)}, ${groupKey(question)} as key, ${raw(metric.value.kind === "sum" ? "amount" : "value")} as addend
  from rollups
  where ${condition(question)}
) as matching
group by grouping sets (${raw(sets.join(", "))})
${largest(question, "value")}
`;
}

/** Total and groups come from whole months, the series from their days: each reads as little as it can. */
function distinctHistory(question: HistoryQuestion): Sql {
  const key = raw(question.by.length > 0 ? "key" : "cast(null as varchar) as key");
  const sets = question.by.length > 0 ? "(register), (key, register)" : "(register)";
  return sql`
with
  registers as (
    select ${key}, register, max(rank) as rank
    from (
      select ${groupKey(question)} as key, register, value as rank
      from rollups
      where ${condition({ ...question, series: false })}
    ) as matching
    group by grouping sets (${raw(sets)})
  )${question.series ? ranksOfDays(question) : raw("")}
select dt, key, value
from (
  select
    cast(null as varchar) as dt,
    key,
    array_join(array_agg(cast(register * 64 + rank as varchar)), ' ') as value,
    count(*) as size
  from registers
  group by key${question.series ? histograms : raw("")}
) as parts
${largest(question, "size")}
`;
}

/** Without groups all filters are set, and a register is there once a day. */
function ranksOfDays(question: HistoryQuestion): Sql {
  const isOnce = question.by.length === 0;
  return sql`,
  ranks as (
    select dt, rank, count(*) as registers
    from (
      select ${raw(DAY)}, register, ${raw(isOnce ? "value" : "max(value)")} as rank
      from rollups
      where ${condition(question)}${raw(isOnce ? "" : "\n      group by coalesce(day, dt), register")}
    ) as days
    group by dt, rank
  )`;
}

const histograms = raw(`
  union all
  select
    dt,
    cast(null as varchar),
    array_join(array_agg(cast(rank as varchar) || ':' || cast(registers as varchar)), ' '),
    0
  from ranks
  group by dt`);

const DAY = "coalesce(day, dt) as dt";

/** The partitions first: they decide how much is read. */
function condition(question: HistoryQuestion): Sql {
  const { metric, set, where, except, only } = question;
  const conditions = [
    partitions(question),
    ...(except.length === 0 ? [] : [sql`dt not in (${join(except, ", ")})`]),
    sql`metric = ${metric.name}`,
    sql`dimensions = ${setName(set)}`,
    ...set.flatMap((dimension, i) => {
      const value = where[dimension];
      return value === undefined ? [] : [sql`${part(set, i)} = ${escapeValue(value)}`];
    }),
    ...(only === undefined ? [] : [sql`${groupKey(question)} in (${join(only, ", ")})`]),
  ];
  return join(conditions, " and ");
}

function partitions(question: HistoryQuestion): Sql {
  const { days, months } = coverByMonths(question, question.months);
  const names = months.map((month) => `${question.series ? "d" : "m"}${month}`);
  const parts = days.map(({ from, to }) => sql`dt between ${from} and ${to}`);
  if (names.length > 0) parts.push(sql`dt in (${join(names, ", ")})`);
  return parts.length === 1 ? join(parts, "") : sql`(${join(parts, " or ")})`;
}

function groupKey({ set, by }: HistoryQuestion): Sql {
  const parts = set.flatMap((dimension, i) => (by.includes(dimension) ? [part(set, i)] : []));
  if (parts.length === set.length) return raw("keys");
  return parts.length === 0 ? raw("''") : join(parts, " || '+' || ");
}

function part(set: readonly Dimension[], i: number): Sql {
  return raw(set.length === 1 ? "keys" : `split_part(keys, '+', ${i + 1})`);
}

/** Total and series come first, so that the limit cuts groups alone. */
function largest({ metric, by, series, from, to }: HistoryQuestion, size: string): Sql {
  if (by.length === 0) return raw("");
  const others = 1 + (series ? daysBetween(from, to).length : 0);
  return raw(
    `order by case when key is null then 0 else 1 end, ${size} desc, key\nlimit ${others + MOST_GROUPS[metric.value.kind]}`,
  );
}
