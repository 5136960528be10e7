/** A database's snapshots of two hours, and what is asked about them: the last one, and all. */
import { cp, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { copyDatabases } from "../../../tools/demo/copy-databases.ts";
import { demoDatabases } from "../../../tools/demo/databases.ts";
import type { Lake } from "../lake.ts";
import type { Trino } from "./client.ts";
import type { Statement } from "./compare-statements.ts";

const [latest, all] = ["latest_demo_redis_rdb_0", "snapshot_demo_redis_rdb_0"];

/** Has one taken, and gives it a neighbour of another hour, which has each row twice. */
export async function takeSnapshots(lake: Lake, say: (line: string) => void): Promise<void> {
  const [copied] = await copyDatabases(
    lake,
    demoDatabases.filter(({ source }) => source === "demo-redis-rdb"),
    say,
  );
  if (copied?.rows !== copied?.database.rows) throw new Error(`Cannot use a snapshot of ${copied?.rows} rows`);
  const table = join(lake.home, "s3", lake.bucket, "snapshots/source=demo-redis-rdb/table=0");
  const [day = ""] = await readdir(table);
  const [hour = ""] = await readdir(join(table, day));
  // The first hour of a day has none before it; which one is the last does not depend on its name.
  const other = join(table, day, hour === "hour=00" ? "hour=01" : "hour=00");
  await mkdir(other);
  for (const file of await readdir(join(table, day, hour)))
    for (const copy of ["a", "b"]) await cp(join(table, day, hour, file), join(other, `${copy}-${file}`));
}

export const snapshotStatements: readonly Statement[] = [
  { name: "the last snapshot", text: `SELECT key, key_base64, type, ttl_ms, value FROM ${latest}` },
  {
    name: "snapshots by the hour",
    text: `SELECT dt, hour, count(*) AS n, count(DISTINCT key) AS keys FROM ${all} GROUP BY dt, hour`,
  },
  {
    name: "keys that are in the last snapshot and in all",
    text: `SELECT l.type, count(*) AS n FROM ${latest} l JOIN ${all} a ON a.key = l.key GROUP BY l.type`,
  },
];

/** Differences from what was copied: the last snapshot alone, and both. */
export async function checkSnapshots(trino: Trino, schema: string): Promise<string[]> {
  const counts = `SELECT (SELECT count(*) FROM ${latest}) AS last, (SELECT count(*) FROM ${all}) AS every`;
  const { rows } = await trino.ask(counts, schema);
  const found = JSON.stringify(rows);
  return found === '[["12","36"]]' ? [] : [`snapshots: Trino counts ${found}, expected 12 in the last and 36 in all`];
}
