/**
 * A month's rollup, made from the rollups of its days: sums are added and registers raised, as when counters are merged. The
 * days' own values are kept as well, in few files and in order, for questions by day.
 */
import { type Sql, sql } from "./sql.ts";

type Range = { from: string; to: string };

/** The month's values, in the columns of `rollups`. */
export function monthRollup({ from, to }: Range): Sql {
  return sql`
select
  metric,
  dimensions,
  keys,
  register,
  case when register is null then sum(value) else max(value) end as value,
  sum(amount) as amount,
  cast(null as varchar) as day
from rollups
where dt between ${from} and ${to}
group by metric, dimensions, keys, register
order by metric, dimensions, keys, register
`;
}

/** The values of each of the month's days, in the same columns. */
export function monthByDay({ from, to }: Range): Sql {
  return sql`
select metric, dimensions, keys, register, value, amount, dt as day
from rollups
where dt between ${from} and ${to}
order by metric, dimensions, day, keys, register
`;
}
