/** How many rows the lake holds of some days, copies of events included: what is compared with the ledger's `seen`. */
import * as z from "zod/mini";
import { join, type Sql, sql } from "./sql.ts";

/** One row per day that has any. */
export const lakeRowsRow = z.object({ dt: z.string(), rows: z.coerce.number() });

/** Counting needs no column, so Athena reads the files' footers alone. */
export function lakeRows(days: readonly string[]): Sql {
  return sql`
select dt, count(*) as rows
from events
where dt in (${join(days, ", ")})
group by dt
`;
}
