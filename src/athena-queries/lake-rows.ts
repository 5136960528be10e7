/**
 * How many rows the lake holds for some days. For `events`, copies included, this is what is compared with the ledger's
 * `seen`.
 */
import * as z from "zod/mini";
import { join, raw, type Sql, sql } from "./sql.ts";

/** One row for each day that has any. */
export const lakeRowsRow = z.object({ dt: z.string(), rows: z.coerce.number() });

/** Counting needs no column, so Athena reads only the footers of the files. */
export function lakeRows(table: "events" | "daily_events", days: readonly string[]): Sql {
  return sql`
select dt, count(*) as rows
from ${raw(table)}
where dt in (${join(days, ", ")})
group by dt
`;
}
