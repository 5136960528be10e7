/**
 * Years of rollups in a home, as if the batch had sealed every day: per day one Parquet file with a count of 1,000
 * keys, its total and a distinct count, and its partition in the catalog. The batch itself then rolls up the months.
 */
import { mkdir } from "node:fs/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describeStage } from "../../local/cloudformation/template.ts";
import { openDatabase } from "../../local/duckdb/database.ts";
import { startGlue } from "../../local/glue/catalog.ts";
import { packageStage } from "../../local/package-stage.ts";
import { s3Path } from "../../local/s3/objects.ts";
import { createTable } from "../../src/aws/dynamodb/table.ts";
import { daysBetween } from "../../src/metrics/time-bucket.ts";
import { createDayLedger } from "../../src/table/days/day-ledger.ts";
import { root } from "../process/child.ts";
import type { Daymark } from "../process/daymark.ts";

export const KEYS = 1_000;
const RUN = "bench";

/** Writes the days' files and partitions to a home that is not in use. */
export async function writeRollups(home: string, from: string, to: string): Promise<void> {
  const { rollups, glueTables } = await readStage();
  const days = daysBetween(from, to);
  const folder = s3Path(home, rollups.location);
  await mkdir(folder, { recursive: true });
  await using database = await openDatabase({ home });
  using connection = await database.connect();
  for (const month of Map.groupBy(days, (day) => day.slice(0, 7)).values()) {
    await connection.run(`COPY (${rowsOf(month[0] ?? from, month.at(-1) ?? to)}) TO '${folder}'
      (FORMAT parquet, COMPRESSION snappy, PARTITION_BY (dt, run), OVERWRITE_OR_IGNORE)`);
  }
  await using glue = await startGlue({ home, tables: glueTables });
  for (const day of days)
    await glue.putPartition(rollups, { values: day, location: `${rollups.location}dt=${day}/run=${RUN}/` });
}

/** Tells a running Daymark that the days are sealed, and has its batch roll up the months. */
export async function sealHistory({ awsUrl }: Daymark, from: string, to: string): Promise<void> {
  const { table } = await readStage();
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: awsUrl, region: "us-east-1", credentials });
  const ledger = createDayLedger(createTable({ client, table }));
  for (const month of new Set(daysBetween(from, to).map((day) => day.slice(0, 7))))
    await ledger.bumpVersion(`${month}-01`);
  await ledger.advanceWatermark(to);
  const batch = await fetch(`${awsUrl}/2015-03-31/functions/batch/invocations`, { method: "POST", body: "{}" });
  const answer = await batch.text();
  if (!batch.ok || batch.headers.has("x-amz-function-error")) throw new Error(`Cannot roll up the months: ${answer}`);
}

async function readStage() {
  const { template } = await packageStage("local", { root });
  const stage = describeStage(template, { accountId: "000000000000", region: "us-east-1" });
  const rollups = stage.glueTables.find(({ name }) => name === "rollups");
  const table = stage.tables[0]?.TableName;
  if (rollups === undefined || table === undefined) throw new Error("Cannot find the rollups in the stage's template");
  return { rollups, table, glueTables: stage.glueTables };
}

function rowsOf(from: string, to: string): string {
  const day = `strftime(day, '%Y-%m-%d')`;
  const days = `generate_series(TIMESTAMP '${from}', TIMESTAMP '${to}', INTERVAL 1 DAY) AS days (day)`;
  const row = (metric: string, dimensions: string, keys: string, value: string, sketch = "CAST(NULL AS BIGINT[])") =>
    `SELECT '${metric}' AS metric, '${dimensions}' AS dimensions, ${keys} AS keys, CAST(1 AS BIGINT) AS events, ${value} AS value,
      CAST(NULL AS DECIMAL(38, 0)) AS amount, ${sketch} AS sketch, ${day} AS dt, '${RUN}' AS run FROM ${days}`;
  // 1,503 registers: nine in each of 167 words.
  const ranks = Array.from({ length: 9 }, (_, i) => `(1 + hash(day, block, ${i}) % 9)::BIGINT * ${64n ** BigInt(i)}`);
  const words = `list_transform(range(167), lambda block: block::BIGINT * ${64n ** 9n} + ${ranks.join(" + ")})`;
  return [
    row("clicks", "", "''", `CAST(${KEYS} * 50 AS BIGINT)`),
    row("clicks", "target", "''", "CAST(0 AS BIGINT)"),
    `${row("clicks", "target", "'posting-' || key", "CAST(1 + hash(day, key) % 99 AS BIGINT)")}, range(${KEYS}) AS keys (key)`,
    row("visitors", "", "''", "CAST(1880 AS BIGINT)", words),
  ].join("\nUNION ALL\n");
}
