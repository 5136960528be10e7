/**
 * How many event ids of a day stand for more than one event: they came by the keys of several apps, or with several names. No honest
 * client makes such ids. Those of several apps are counted each; of several names under one key the one that came first.
 */
import { join, type Sql, sql } from "./sql.ts";

/** One row per day that has any, in the columns of `lakeRowsRow`. */
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
