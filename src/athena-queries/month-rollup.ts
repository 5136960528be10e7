/**
 * A month's rollup, made from the rollups of its days: sums are added and sketches merged, as between blocks. The days'
 * own rows are written as well, sorted and in few files, for questions by day.
 */
import type { DayRange } from "../metrics/time-bucket.ts";
import { blockOf, estimate, highestRanks, sumsOfBlocks } from "./sketch-words.ts";
import { raw, type Sql, sql } from "./sql.ts";

/** The month's numbers, in the columns of `rollups_monthly`. One row of each breakdown counts the days that hold it. */
export function monthRollup({ from, to }: DayRange): Sql {
  return sql`
with
  blocks as (
    select
      metric,
      dimensions,
      keys,
      ${raw(blockOf("word"))} as block,
      ${highestRanks("word")}
    from rollups
    cross join unnest(sketch) as words (word)
    where dt between ${from} and ${to}
    group by metric, dimensions, keys, ${raw(blockOf("word"))}
  ),
  merged as (
    select
      metric,
      dimensions,
      keys,
      ${sumsOfBlocks}
    from blocks
    group by metric, dimensions, keys
  ),
  added as (
    select
      metric,
      dimensions,
      keys,
      sum(events) as events,
      sum(value) as value,
      sum(amount) as amount,
      count(*) as days
    from rollups
    where dt between ${from} and ${to}
    group by metric, dimensions, keys
  )
select
  metric,
  dimensions,
  keys,
  events,
  case when sketch is null then value else ${estimate} end as value,
  amount,
  sketch,
  case when regexp_like(keys, '^[+]*$') then days end as days
from added
left join merged using (metric, dimensions, keys)
order by metric, dimensions, keys
`;
}

/** The rows of each of the month's days, in the columns of `rollups_by_month`. */
export function monthByDay({ from, to }: DayRange): Sql {
  return sql`
select dt as day, metric, dimensions, keys, events, value, amount, sketch
from rollups
where dt between ${from} and ${to}
order by metric, dimensions, day, keys
`;
}
