/** How many rows the lake holds of some days; of `events`, copies included, that is what is compared with the ledger's `seen`. */
import * as z from "zod/mini";
import { join, raw, type Sql, sql } from "./sql.ts";

/** One row per day that has any. */
export const lakeRowsRow = z.object({ dt: z.string(), rows: z.coerce.number() });

/** Counting needs no column, so Athena reads the files' footers alone. */
export function lakeRows(table: "events" | "daily_events", days: readonly string[]): Sql {
  return sql`
select dt, count(*) as rows
from ${raw(table)}
where dt in (${join(days, ", ")})
group by dt
`;
}
