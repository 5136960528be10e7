/** Takes a snapshot in a process of its own, and measures it. */
import { run } from "../process/child.ts";
import type { Row } from "../report.ts";

/** Runs in a process with the function's memory settings (serverless.yml). */
export const snapshotOf = async (engine: string, table: string, secret: object, rows: number, more: object = {}) => {
  const source = { source: "bench", engine, secret: "arn", mayWrite: true, tables: [{ table }], ...more };
  const env = { BENCH_SOURCE: JSON.stringify(source), BENCH_DATABASE: JSON.stringify(secret) };
  const child = run(["--max-semi-space-size=4", "bench/speed/snapshot-child.ts"], { env });
  if ((await child.ended) !== 0) throw new Error(`Cannot take a snapshot: ${child.output()}`);
  const found: { rows: number; seconds: number; cpu: number; mb: number } = JSON.parse(
    child.output().trim().split("\n").at(-1) ?? "{}",
  );
  if (found.rows !== rows) throw new Error(`Cannot trust the snapshot: ${found.rows} rows of ${rows}`);
  return found;
};

export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

export function skipped(what: string, debian: string): Row[] {
  console.log(`  skipped ${what}: no server can be had (Debian's package ${debian})`);
  return [];
}
