/**
 * Converts a rollup from the time before sketches were packed, with one row per register, into the current form. It
 * holds the breakdowns that it has rows for. It does not say how many events made up a sum or a distinct count, so 1
 * stands for "some".
 */
import { blockOf, estimate, highestRanks, sumsOfBlocks, wordOf } from "./sketch-words.ts";
import { raw, type Sql, sql } from "./sql.ts";

/** The day's rollup in the columns of `rollups`. */
export function oldRollup(day: string): Sql {
  return sql`
with
  blocks as (
    select
      metric,
      dimensions,
      keys,
      ${raw(blockOf(wordOf("register", "value")))} as block,
      sum(case when register is null then value end) as value,
      sum(amount) as amount,
      ${highestRanks(wordOf("register", "value"))}
    from rollups
    where dt = ${day}
    group by metric, dimensions, keys, ${raw(blockOf(wordOf("register", "value")))}
  ),
  added as (
    select
      metric,
      dimensions,
      keys,
      sum(value) as value,
      sum(amount) as amount,
      ${sumsOfBlocks}
    from blocks
    group by metric, dimensions, keys
  ),
  whole as (
    select
      metric,
      dimensions,
      keys,
      case when sketch is null and amount is null then value else 1 end as events,
      case when sketch is null then value else ${estimate} end as value,
      amount,
      sketch
    from added
  ),
  breakdowns as (
    select
      metric,
      dimensions,
      ${raw("regexp_replace(dimensions, '[^+]+', '')")} as none,
      max(amount) as amount
    from whole
    group by metric, dimensions
  )
select * from whole
${rowsOfNone}
`;
}

/** A row of 0 events for each breakdown that has no row of values that are all missing. */
const rowsOfNone = sql`union all
select
  metric,
  dimensions,
  none,
  0,
  case when amount is null then 0 end,
  case when amount is not null then cast(0 as decimal(38, 0)) end,
  null
from breakdowns
where not exists (
  select 1
  from whole
  where whole.metric = breakdowns.metric and whole.dimensions = breakdowns.dimensions and keys = none
)`;
