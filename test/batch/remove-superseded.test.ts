import { expect, test } from "vitest";
import { removeSuperseded } from "../../src/batch/remove-superseded.ts";
import type { SealedPartition } from "../../src/schemas/tables/sealed-tables.ts";

const HOUR_MS = 3_600_000;
const now = Date.parse("2026-02-28T12:00:00Z");
const placed: SealedPartition = { table: "rollups", partition: "2026-02-27" };
const file = (run: string) => `rollups/dt=2026-02-27/run=${run}/a.parquet`;

type Case = {
  files: [run: string, hoursAgo: number][];
  current: string[];
  placed?: SealedPartition[];
  hasTime?: boolean;
};

/** Returns what is removed, and what is forgotten. */
async function run({ files, current, hasTime = true, ...given }: Case) {
  const removed: string[] = [];
  const forgotten: SealedPartition[] = [];
  const failed: unknown[] = [];
  const count = await removeSuperseded({
    moved: { read: async () => given.placed ?? [placed], forget: async (one) => void forgotten.push(one) },
    objects: {
      list: async () => files.map(([name, hours]) => ({ key: file(name), modified: now - hours * HOUR_MS - 1 })),
      remove: async (keys) => void removed.push(...keys),
    },
    currentFiles: async ({ partition }) => {
      if (partition === "broken") throw new Error("no answer");
      return current.map((name) => `s3://lake/${file(name)}`);
    },
    folderOf: ({ partition }) => `rollups/dt=${partition}/`,
    clock: () => now,
    hasTime: () => hasTime,
    failed: (error) => void failed.push(error),
  });
  return { removed, forgotten, failed, count };
}

test("runs that the catalog does not name are removed when they are an hour old", async () => {
  const files: Case["files"] = [
    ["r1", 3],
    ["r2", 1],
    ["r3", 2],
  ];
  const done = await run({ files, current: ["r3"] });
  expect(done).toEqual({ removed: [file("r1"), file("r2")], forgotten: [placed], failed: [], count: 2 });
});

test("a younger run stays, and the partition is looked at again", async () => {
  const files: Case["files"] = [
    ["r1", 3],
    ["r2", 0.9],
    ["r3", 2],
  ];
  const done = await run({ files, current: ["r3"] });
  expect(done).toEqual({ removed: [file("r1")], forgotten: [], failed: [], count: 1 });
});

test("nothing is removed when the catalog names no run", async () => {
  const files: Case["files"] = [
    ["r1", 3],
    ["r2", 2],
  ];
  expect(await run({ files, current: [] })).toMatchObject({ removed: [], forgotten: [] });
});

test("a partition of one run is forgotten without a query", async () => {
  const one = { ...placed, partition: "broken" };
  const done = await run({ files: [["r1", 3]], current: [], placed: [one] });
  expect(done).toMatchObject({ removed: [], forgotten: [one], failed: [] });
});

test("a partition that fails holds no other back, and none is begun when the time is up", async () => {
  const files: Case["files"] = [
    ["r1", 3],
    ["r2", 2],
  ];
  const both = [{ ...placed, partition: "broken" }, placed];
  const done = await run({ files, current: ["r2"], placed: both });
  expect(done).toMatchObject({ removed: [file("r1")], forgotten: [placed], failed: [new Error("no answer")] });
  expect(await run({ files, current: ["r2"], hasTime: false })).toMatchObject({ removed: [], count: 0 });
});
