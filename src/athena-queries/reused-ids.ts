/**
 * How many event ids of a day stand for more than one event: they came with the keys of several apps, or with several
 * names. No honest client makes such ids. If they came from several apps, each event counts; if one key sent several
 * names, only the first one does.
 */
import { join, type Sql, sql } from "./sql.ts";

/** One row for each day that has any, in the columns of `lakeRowsRow`. */
export function reusedIds(days: readonly string[]): Sql {
  return sql`
select dt, count(*) as rows
from (
  select dt, event_id
  from events
  where dt in (${join(days, ", ")})
  group by dt, event_id
  having min(app) <> max(app) or min(name) <> max(name)
) as reused
group by dt
`;
}
