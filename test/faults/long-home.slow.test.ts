/**
 * A home that runs for 400 days, with late events each week: what it stores grows with its days and with nothing else.
 * Files get the times of the simulated days, which end today.
 */
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { addDays, dayOf, daysBetween } from "../../src/metrics/time-bucket.ts";
import { clickRow } from "../fixtures/event-rows.ts";
import { startStage } from "../handlers/local-stage.ts";

const DAYS = 400;
const LATE_EVERY = 7;
const timezone = "Asia/Seoul";

test("a home of 400 days holds one run of files for each day, however often days were put in place again", {
  timeout: 1_800_000,
}, async () => {
  await using stage = await startStage();
  const aged = new Set<string>();
  const last = dayOf(Date.now(), timezone);
  const days = daysBetween(addDays(last, 1 - DAYS), last);
  let expected = 0;
  const sizes: number[] = [];
  try {
    for (const [n, day] of days.entries()) {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(`${day}T00:30:00+09:00`) });
      await stage.batch();
      await ageFiles(stage.home, aged);
      const late =
        n % LATE_EVERY === 3
          ? [clickRow({ day: addDays(day, -2), occurred_at: `${addDays(day, -2)}T03:00:00.000Z` })]
          : [];
      const own = [0, 1].map(() => clickRow({ day, occurred_at: `${day}T03:00:00.000Z` }));
      await stage.take(own, ...late.map((row) => [row]));
      expected += own.length + late.length;
      if (n % 40 === 39) {
        sizes.push(process.memoryUsage().rss / 2 ** 20);
        console.log(`  ${n + 1} days: ${sizes.at(-1)?.toFixed(0)} MB`);
      }
    }
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(`${addDays(last, 1)}T00:30:00+09:00`) });
    await stage.batch();
    await ageFiles(stage.home, aged);
    await stage.batch();
    const { body } = await stage.get(`/v1/metrics/clicks?from=${days[0]}&to=${last}`);
    expect(body).toMatchObject({ total: expected, history: expected });
    const runs = await runsByPartition(stage.home);
    // The last days may have been put in place within the hour.
    expect([...runs].filter(([, of]) => of.size > 1).length).toBeLessThanOrEqual(4);
    expect(runs.size).toBeGreaterThanOrEqual(DAYS * 2);
  } finally {
    vi.useRealTimers();
  }
});

async function files(home: string): Promise<string[]> {
  const lake = join(home, "s3", "daymark-test-lake");
  const entries = await readdir(lake, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function ageFiles(home: string, aged: Set<string>): Promise<void> {
  for (const path of await files(home)) {
    if (aged.has(path)) continue;
    aged.add(path);
    await utimes(path, new Date(), new Date());
  }
}

/** The runs that have files, by table and day. */
async function runsByPartition(home: string): Promise<Map<string, Set<string>>> {
  const runs = new Map<string, Set<string>>();
  for (const path of await files(home)) {
    const [, partition, run] = /\/((?:rollups|daily_events)\/dt=[^/]+)\/run=([^/]+)\//.exec(path) ?? [];
    if (partition === undefined || run === undefined) continue;
    runs.set(partition, (runs.get(partition) ?? new Set()).add(run));
  }
  return runs;
}
