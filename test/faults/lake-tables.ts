/** The lake's tables as in the Glue catalog, for tests that create their own catalog. */
import type { GlueTable } from "../../local/glue/catalog.ts";
import { dailyEventColumns } from "../../src/schemas/tables/daily-event-columns.ts";
import { eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { rejectedColumns } from "../../src/schemas/tables/rejected-columns.ts";
import { monthlyRollupColumns, rollupColumns, rollupsByMonthColumns } from "../../src/schemas/tables/rollup-columns.ts";

type Place = { database: string; bucket: string };

/**
 * `events` and `rejected` have projected days, the others have partitions in the catalog, as in
 * infra/data/glue-tables.js.
 */
export function lakeTables({ database, bucket }: Place): GlueTable[] {
  const table = (name: string, columns: Record<string, string>, key = "dt", parameters = {}): GlueTable => ({
    database,
    name,
    columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
    partitionKeys: [{ name: key, type: "string" }],
    location: `s3://${bucket}/${name}/`,
    parameters,
  });
  return [
    table("events", eventColumns, "dt", projection(bucket, "events")),
    table("rejected", rejectedColumns, "dt", projection(bucket, "rejected")),
    table("daily_events", dailyEventColumns),
    table("rollups", rollupColumns),
    table("rollups_monthly", monthlyRollupColumns, "month"),
    table("rollups_by_month", rollupsByMonthColumns, "month"),
  ];
}

function projection(bucket: string, name: string): Record<string, string> {
  return {
    "projection.enabled": "true",
    "projection.dt.type": "date",
    "projection.dt.format": "yyyy-MM-dd",
    "projection.dt.range": "1970-01-01,NOW+1DAYS",
    "storage.location.template": `s3://${bucket}/${name}/dt=\${dt}/`,
  };
}
