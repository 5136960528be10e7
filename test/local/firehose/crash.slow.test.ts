import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../../local/duckdb/database.ts";
import type { FaultRule } from "../../../local/faults.ts";
import { decode, filesUnder, linesUnder, rowsOf, type TransformEvent } from "./fixtures.ts";

const child = join(import.meta.dirname, "crash-child.ts");
const points = [
  "firehose.put",
  "firehose.put.after",
  "firehose.cut",
  "firehose.transform.before",
  "firehose.transform.after",
  "firehose.deliver.plan",
  "firehose.deliver.rename.before",
  "firehose.deliver.rename.after",
  "firehose.checkpoint",
];

type Run = { acked: number[]; batches: TransformEvent["records"][]; end: NodeJS.Signals | number | null };

/** Runs the child until its own fault rule ends it, or it is killed after `killAfterMs`. */
function run(
  home: string,
  first: number,
  rules: FaultRule[],
  options: { mode?: string; killAfterMs?: number } = {},
): Promise<Run> {
  const process_ = spawn(
    process.execPath,
    [child, home, String(first), JSON.stringify(rules), options.mode ?? "load"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  let timer: NodeJS.Timeout | undefined;
  process_.stdout.on("data", (chunk) => {
    output += chunk;
    if (options.killAfterMs !== undefined) timer ??= setTimeout(() => process_.kill("SIGKILL"), options.killAfterMs);
  });
  return new Promise((resolve) => {
    process_.on("close", (code, signal) => {
      clearTimeout(timer);
      const lines = output.slice(0, output.lastIndexOf("\n")).split("\n");
      const after = (word: string) => lines.flatMap((line) => (line.startsWith(word) ? [line.slice(word.length)] : []));
      resolve({
        end: signal ?? code,
        acked: after("acked ").flatMap((text) => text.split(" ").map(Number)),
        batches: after("batch ").map((text) => JSON.parse(text)),
      });
    });
  });
}

/** Kills one home repeatedly, then drains it and compares the lake with what was acknowledged. */
async function killAndCheck(kills: { rules: FaultRule[]; killAfterMs?: number }[]): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "daymark-crash-"));
  try {
    const runs: Run[] = [];
    for (const [index, { rules, ...options }] of kills.entries()) {
      const one = await run(home, index * 1_000_000, rules, options);
      expect(one.end).toBe("SIGKILL");
      runs.push(one);
    }
    const drained = await run(home, 0, [], { mode: "drain" });
    expect(drained.end).toBe(0);
    runs.push(drained);
    await using database = await openDatabase({ home: join(home, "reader"), threads: 1 });
    const rows = (await rowsOf(database, home)).map(({ amount }) => Number(amount));
    expect(await linesUnder(home, "errors/")).toEqual([]);
    expect(new Set(rows).size, "rows doubled").toBe(rows.length);
    const stored = new Set(rows);
    expect(
      runs.flatMap(({ acked }) => acked).filter((number) => !stored.has(number)),
      "acknowledged but lost",
    ).toEqual([]);
    expect(await filesUnder(join(home, "firehose/events/spool"))).toEqual([]);
    expectSameBatches(runs.flatMap(({ batches }) => batches));
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** A record that the function sees again is in the same batch as before. */
function expectSameBatches(batches: TransformEvent["records"][]): void {
  const batchOf = new Map<string, string>();
  for (const batch of batches) {
    const whole = JSON.stringify(batch);
    for (const { recordId, data } of batch) {
      expect(batchOf.get(recordId) ?? whole, `another batch around ${decode(data)}`).toBe(whole);
      batchOf.set(recordId, whole);
    }
  }
}

test.each([0, 3])(
  "kill -9 at every named point in turn, after passing it %i times, loses nothing, doubles nothing, repeats the same batches",
  async (skip) => {
    await killAndCheck(points.map((point) => ({ rules: [{ point, action: "exit", skip }] })));
  },
  120_000,
);

test("kill -9 at random moments loses nothing, doubles nothing, repeats the same batches", async () => {
  const kills = Number(process.env.DAYMARK_KILLS ?? 5);
  await killAndCheck(Array.from({ length: kills }, () => ({ rules: [], killAfterMs: 20 + Math.random() * 400 })));
}, 600_000);
