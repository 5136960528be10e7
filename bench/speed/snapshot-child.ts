/**
 * A snapshot of one table in its own process, with the files discarded: prints seconds, CPU seconds and peak memory in
 * MB.
 */
import { snapshotSource } from "../../src/schemas/snapshot-source.ts";
import { connectSource } from "../../src/wiring/connect-source.ts";

const settings = snapshotSource.parse(JSON.parse(process.env.BENCH_SOURCE ?? ""));
await using source = await connectSource(settings, async () => process.env.BENCH_DATABASE ?? "");
const startedAt = performance.now();
const before = process.cpuUsage();
const step = await source.take(settings, undefined, {
  upload: async (key) => ({ key, uploadId: "", etag: "" }),
  place: async () => {},
  catalog: { find: async () => undefined, put: async () => {} },
  readRun: async () => undefined,
  keepRun: async () => {},
  startNext: async () => {},
  invocation: "bench",
  isClaimed: async () => true,
  claim: async () => true,
  release: async () => {},
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
