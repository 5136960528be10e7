import { expect, test } from "vitest";
import type { FinishedSnapshot } from "../../src/schemas/tables/snapshot-state.ts";
import { createSnapshot, type SnapshotOptions } from "../../src/snapshot/take-source.ts";

const settings = { source: "shop", engine: "redis" as const, secret: "arn", tables: [{ table: "0" }] };

function finished(rows: Record<string, number>, hour = "09"): FinishedSnapshot {
  const tables = Object.entries(rows).map(([table, count]) => {
    return { table, rows: count, checksum: "0", files: 0, kept: {}, skipped: 0 };
  });
  return { run: "run", at: 0, dt: "2026-11-26", hour, ended_at: 0, holders: 1, consistent: true, tables };
}

/** A source whose run ends with `now`, after `last`; `take` returns what became of it, and the metrics that it reports. */
async function take(last: FinishedSnapshot | undefined, now: FinishedSnapshot | Error) {
  const metrics: unknown[] = [];
  const failed: string[] = [];
  const none = async () => {};
  const options = {
    sources: [settings],
    log: { info() {}, warn() {}, error() {}, debug() {} },
    metric: (name: string, fields: object = {}) => void metrics.push({ name, ...fields }),
    connect: async () => ({
      take: async () => {
        if (now instanceof Error) throw now;
        return { finished: now };
      },
      [Symbol.asyncDispose]: none,
    }),
    start: none,
    states: {
      read: async () => [{ source: "shop", last, failed: undefined }],
      finish: none,
      fail: async (_: string, { message }: { message: string }) => void failed.push(message),
      claim: async () => true,
      isClaimed: async () => true,
      release: none,
    },
    partitionOf: () => ({ dt: "2026-11-26", hour: "10" }),
    clock: () => 0,
    upload: async (key: string) => ({ key, uploadId: "", etag: "" }),
    place: none,
    catalog: { find: async () => undefined, put: none },
    readRun: async () => undefined,
    keepRun: none,
    sleep: none,
    newRun: () => "run",
    readPseudonymKey: async () => "",
  } satisfies SnapshotOptions;
  const step = await createSnapshot(options)({}, { invocation: "a", remaining: () => 1 }).catch(String);
  return { step, metrics, failed };
}

test("a table that is empty and was not before is reported, once, and by name", async () => {
  const { metrics } = await take(finished({ a: 5, b: 1, c: 0 }), finished({ a: 0, b: 2, c: 0, d: 0 }));
  expect(metrics).toEqual([{ name: "SnapshotEmptied", source: "shop", tables: ["a"] }]);
  expect((await take(finished({ a: 0 }), finished({ a: 0 }))).metrics).toEqual([]);
  expect((await take(undefined, finished({ a: 0 }))).metrics).toEqual([]);
});

test("a run that fails is reported and noted, and one of this hour is not taken again", async () => {
  expect(await take(finished({ a: 5 }), new Error("broken"))).toEqual({
    step: "Error: broken",
    metrics: [{ name: "SnapshotFailed", source: "shop" }],
    failed: ["broken"],
  });
  expect((await take(finished({ a: 5 }, "10"), finished({ a: 0 }))).step).toEqual({ shop: { taken: true } });
});
