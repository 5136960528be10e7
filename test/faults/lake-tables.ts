/** A table of the lake as the Glue catalog has it, for tests that make a catalog of their own. */
import type { GlueTable } from "../../local/glue.ts";

type Place = { database: string; bucket: string; name: "events" | "rollups" };

/** `events` has its days by projection, `rollups` by the catalog, as in infra/glue-tables.js. */
export function glueTable({ database, bucket, name }: Place, columns: Record<string, string>): GlueTable {
  return {
    database,
    name,
    columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
    partitionKeys: [{ name: "dt", type: "string" }],
    location: `s3://${bucket}/${name}/`,
    parameters: name === "events" ? projection(bucket) : {},
  };
}

function projection(bucket: string): Record<string, string> {
  return {
    "projection.enabled": "true",
    "projection.dt.type": "date",
    "projection.dt.format": "yyyy-MM-dd",
    "projection.dt.range": "1970-01-01,NOW+1DAYS",
    "storage.location.template": `s3://${bucket}/events/dt=\${dt}/`,
  };
}
