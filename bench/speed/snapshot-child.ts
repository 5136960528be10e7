/** A snapshot of one table in a process of its own, whose files go nowhere: prints seconds, CPU seconds and the most memory, in MB. */
import { connectPostgres } from "../../src/databases/postgres.ts";
import { takeRun } from "../../src/snapshot/postgres-run.ts";

const settings = {
  source: "bench",
  engine: "postgres",
  secret: "",
  mayWrite: true,
  tables: [{ table: "public.orders" }],
} as const;
await using db = await connectPostgres(process.env.BENCH_DATABASE ?? "", {});
const startedAt = performance.now();
const before = process.cpuUsage();
const step = await takeRun({ ...settings, tables: [...settings.tables] }, undefined, {
  db,
  upload: async (key) => ({ key, uploadId: "", etag: "" }),
  place: async () => {},
  readRun: async () => undefined,
  keepRun: async () => {},
  startNext: async () => {},
  remaining: () => 900_000,
  sleep: async () => {},
  clock: () => Date.now(),
  newRun: () => "bench",
  partitionOf: () => ({ dt: "2026-11-26", hour: "00" }),
  readPseudonymKey: async () => "",
});
const rows = "finished" in step ? step.finished.tables.reduce((sum, table) => sum + table.rows, 0) : 0;
const { user, system } = process.cpuUsage(before);
const seconds = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ rows, seconds, cpu: (user + system) / 1e6, mb: process.resourceUsage().maxRSS / 1024 }));
