/** Which days have a rollup at all: this tells a rollup that is gone from one that lacks a breakdown. */
import { type Sql, sql } from "./sql.ts";

/** A row for each day from `from` to `to` whose rollup can be read, in the columns of `historyRow`. */
export function placedDays({ from, to }: { from: string; to: string }): Sql {
  return sql`
select
  dt,
  cast(null as varchar) as key,
  cast(null as varchar) as value,
  cast(null as varchar) as sketch,
  cast(null as varchar) as found
from rollups
where dt between ${from} and ${to}
group by dt
`;
}
