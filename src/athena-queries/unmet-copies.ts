/**
 * Copies that do not count, and the events of which the lake has only such copies: the copy that counts has not been
 * delivered yet, or is lost. If the day were sealed now, it would count them, and so would the day of the copy that
 * counts when that arrives.
 */
import { addDays } from "../metrics/time-bucket.ts";
import { join, raw, type Sql, sql } from "./sql.ts";

/**
 * Where the copy that counts is looked for: on the day and the ones beside it, or wherever it can be. `daily_events`
 * has it if its raw row has expired.
 */
const searches = {
  beside: { reach: 1, tables: ["events"] },
  // The minute in a batch id is believed for 8 days (src/stream/request-pages.ts), and an event may be up to 30 days
  // late (`maxLatenessDays`). A day begins and ends within them.
  anywhere: { reach: 39, tables: ["events", "daily_events"] },
} as const;

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
export function unmetCopies(days: readonly string[], where: keyof typeof searches): Sql {
  const { reach, tables } = searches[where];
  const around = join([...daysAround(days, reach)].sort(), ", ");
  const counting = tables.map(
    (table) => sql`select copies.app, copies.event_id
    from ${raw(table)} as stored
    join copies on copies.app = stored.app and copies.event_id = stored.event_id
    where stored.dt in (${around}) and not coalesce(stored.is_copy, false)`,
  );
  return sql`
with
  copies as (
    select distinct dt, app, event_id
    from events
    where dt in (${join(days, ", ")}) and is_copy
  ),
  counting as (
    ${join(counting, "\n    union\n    ")}
  )
select copies.dt, count(*) as rows
from copies
left join counting on counting.app = copies.app and counting.event_id = copies.event_id
where counting.event_id is null
group by copies.dt
`;
}

function daysAround(days: readonly string[], reach: number): Set<string> {
  const around = new Set<string>();
  for (const day of days) for (let by = -reach; by <= reach; by++) around.add(addDays(day, by));
  return around;
}
