/**
 * Copies that do not count, and the events of which the lake has only such copies: the copy that counts has not been
 * delivered yet, neither on that day nor on the days beside it. If the day were sealed now, it would count them, and so
 * would the day of the copy that counts when that arrives.
 */
import { addDays } from "../metrics/time-bucket.ts";
import { join, type Sql, sql } from "./sql.ts";

/**
 * How many copies the days have; reads one column. One row for each day that has any, in the columns of `lakeRowsRow`.
 */
export function markedCopies(days: readonly string[]): Sql {
  return sql`
select dt, count(*) as rows
from events
where dt in (${join(days, ", ")}) and is_copy
group by dt
`;
}

/**
 * How many events of the days have only such copies. One row for each day that has any, in the columns of
 * `lakeRowsRow`.
 */
export function unmetCopies(days: readonly string[]): Sql {
  const around = new Set(days.flatMap((day) => [addDays(day, -1), day, addDays(day, 1)]));
  return sql`
with
  copies as (
    select distinct dt, app, event_id
    from events
    where dt in (${join(days, ", ")}) and is_copy
  ),
  counting as (
    select distinct app, event_id
    from events
    where dt in (${join([...around].sort(), ", ")}) and not coalesce(is_copy, false)
  )
select copies.dt, count(*) as rows
from copies
left join counting on counting.app = copies.app and counting.event_id = copies.event_id
where counting.event_id is null
group by copies.dt
`;
}
