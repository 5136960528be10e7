/**
 * How fast an access log is imported, and whether memory stays flat however large the log is: 200 MB, or 1 GB with
 * `--full`.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { type Child, memoryOf, run } from "../process/child.ts";
import { ask, type Daymark, makeFolder, startDaymark } from "../process/daymark.ts";
import type { Bench, Row } from "../report.ts";
import { writeAccessLog } from "../traffic/access-log-file.ts";

const PATIENCE_MS = 300_000;
/** Memory is flat if the second half of an import uses hardly more than the first. */
const FLAT = 1.25;

export const importSpeed: Bench = {
  title: "npm run import of an access log in combined format",
  async run({ full }) {
    await using home = await makeFolder();
    const path = join(home.path, "access.log");
    const lines = await writeAccessLog(path, { bytes: full ? 2 ** 30 : 200e6, until: Date.now() - 60_000 });
    await using daymark = await startDaymark(join(home.path, "home"));
    const startedAt = performance.now();
    const env = { DAYMARK_HOME: join(home.path, "home") };
    const child = run(["tools/import/main.ts", path, "--url", daymark.url], { env });
    const memory = await watchMemory({ import: child, daymark: daymark.child }, child);
    const seconds = (performance.now() - startedAt) / 1000;
    if ((await child.ended) !== 0) throw new Error(`Cannot import: ${child.output()}`);
    const counted = await waitForCount(daymark, lines);
    return [
      { what: "lines imported", measured: lines / seconds, unit: "lines/s", atLeast: 30_000, note: `${lines} lines` },
      { what: "lines not counted afterwards", measured: lines - counted, unit: "lines", atMost: 0 },
      ...memory,
    ];
  },
};

/** Rows about the memory of some programs while one of them runs. */
async function watchMemory(programs: Record<string, Child>, until: Child): Promise<Row[]> {
  const samples = new Map<string, number[]>(Object.keys(programs).map((name) => [name, []]));
  while (until.process.exitCode === null && until.process.signalCode === null) {
    for (const [name, child] of Object.entries(programs)) {
      const memory = await memoryOf(child.process.pid);
      if (memory !== undefined && memory.now > 0) samples.get(name)?.push(memory.now);
    }
    await wait(250);
  }
  return [...samples].flatMap(([name, all]) => (all.length > 1 ? memoryRows(name, all) : []));
}

function memoryRows(name: string, samples: readonly number[]): Row[] {
  const half = Math.floor(samples.length / 2);
  const first = Math.max(...samples.slice(0, half));
  const second = Math.max(...samples.slice(half));
  return [
    { what: `memory of ${name}, peak`, measured: Math.max(first, second), unit: "MB" },
    { what: "  second half of the file against the first", measured: second / first, unit: "×", atMost: FLAT },
  ];
}

async function waitForCount({ url }: Daymark, lines: number): Promise<number> {
  const today = new Date().toISOString().slice(0, 10);
  const startedAt = performance.now();
  for (;;) {
    const { total } = await ask(url, `/v1/metrics/requests?from=${addDays(today, -60)}&to=${addDays(today, 1)}`);
    if (Number(total) === lines || performance.now() - startedAt > PATIENCE_MS) return Number(total);
    await wait(500);
  }
}
