/**
 * What the tests of the delivery streams share: a stream, a function that returns records unchanged, and access to the
 * lake.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Database } from "../../../local/duckdb/database.ts";
import type { Invoke } from "../../../local/endpoint/aws-error.ts";
import type { StreamDescription } from "../../../local/firehose/service.ts";

export type TransformEvent = {
  records: { recordId: string; approximateArrivalTimestamp: number; data: string }[];
};

export function streamDescription(changes: Partial<StreamDescription> = {}): StreamDescription {
  return {
    name: "events",
    arn: "arn:aws:firehose:ap-northeast-2:000000000000:deliverystream/events",
    bucket: "lake",
    prefix: "events/dt=!{partitionKeyFromLambda:dt}/",
    errorPrefix: "errors/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/",
    timeZone: "Asia/Seoul",
    dynamicPartitioning: true,
    processor: { functionName: "stream", bufferSizeInMBs: 1, bufferIntervalInSeconds: 0.02, numberOfRetries: 2 },
    lake: { sizeInMBs: 64, intervalInSeconds: 0.05 },
    columns: [
      { name: "name", type: "string" },
      { name: "amount", type: "bigint" },
      { name: "at", type: "timestamp" },
      { name: "properties", type: "string" },
    ],
    ...changes,
  };
}

export function encode(record: unknown): string {
  return Buffer.from(typeof record === "string" ? record : JSON.stringify(record)).toString("base64");
}

export function decode(data: string): string {
  return Buffer.from(data, "base64").toString();
}

export function dayOf(data: string): string {
  return /"day":"([^"]+)"/.exec(decode(data))?.[1] ?? "2026-01-01";
}

/** Returns every record as Ok in the partition of its first `day`. */
export const passThrough: Invoke = async (_name, payload) => ({
  payload: {
    records: (payload as TransformEvent).records.map(({ recordId, data }) => ({
      recordId,
      result: "Ok",
      data,
      metadata: { partitionKeys: { dt: dayOf(data) } },
    })),
  },
});

/** Every row in the lake, with its partition, ordered by partition and name. */
export async function rowsOf(database: Database, home: string): Promise<Record<string, unknown>[]> {
  if (!(await filesUnder(join(home, "s3"))).some((file) => file.endsWith(".parquet"))) return [];
  using connection = await database.connect();
  const result = await connection.runAndReadAll(
    `SELECT CAST(dt AS VARCHAR) AS dt, * EXCLUDE (dt) FROM read_parquet('${home}/s3/lake/**/*.parquet', hive_partitioning = true)
     ORDER BY dt, name`,
  );
  return result.getRowObjectsJson();
}

/** The parsed lines of every object whose key contains `part`. */
export async function linesUnder(home: string, part: string): Promise<Record<string, unknown>[]> {
  const files = (await filesUnder(join(home, "s3"))).filter((file) => file.includes(part));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  return texts.flatMap((text) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
}

export async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
