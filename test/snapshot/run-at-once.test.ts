import { expect, test } from "vitest";
import type { RunClaim } from "../../src/schemas/tables/snapshot-state.ts";
import type { Column } from "../../src/snapshot/column.ts";
import { takeAtOnce } from "../../src/snapshot/run-at-once.ts";
import type { Step, Surroundings } from "../../src/snapshot/surroundings.ts";

const column: Column = { name: "id", kind: { is: "string" }, read: (text) => text };
const settings = { source: "shop", engine: "redis" as const, secret: "arn", tables: [{ table: "0" }] };

/** A lake and the claims on a source, in memory; `take` is an invocation, whose rows come when `until` is over. */
function createStage() {
  let [claimed, runs]: [RunClaim | undefined, number] = [undefined, 0];
  const placed: string[] = [];
  const around = (invocation: string): Surroundings => ({
    invocation,
    claim: async (_, claim) => {
      if (claimed !== undefined && claimed.until >= claim.now && claimed.by !== claim.by) return false;
      claimed = claim;
      return true;
    },
    isClaimed: async (_, run) => claimed?.run === run,
    release: async (_, run) => {
      if (claimed?.run === run) claimed = undefined;
    },
    upload: async (key) => ({ key, uploadId: key, etag: "" }),
    place: async (uploads) => void placed.push(...uploads.map(({ key }) => key)),
    catalog: { find: async () => undefined, put: async () => {} },
    readRun: async () => undefined,
    keepRun: async () => {},
    startNext: async () => {},
    remaining: () => 900_000,
    sleep: async () => {},
    clock: () => 1000,
    newRun: () => `run-${++runs}`,
    partitionOf: () => ({ dt: "2026-11-26", hour: "09" }),
    readPseudonymKey: async () => "key",
  });
  const take = (invocation: string, until: Promise<void> = Promise.resolve()): Promise<Step> => {
    const rows = async function* () {
      await until;
      yield [{ fields: ["1"], text: "1", nulls: 0 }];
    };
    const table = { table: "0", columns: [column], rows, counted: () => ({ rows: 1 }) };
    return takeAtOnce(settings, async () => ({ at: 0, isConsistent: true, tables: [table] }), around(invocation));
  };
  return { take, placed };
}

test("a run of another invocation is left alone and said to be busy, until it has ended", async () => {
  const { take, placed } = createStage();
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = take("a", promise);
  expect(await take("b")).toEqual({ busy: true });
  resolve();
  expect(await first).toHaveProperty("finished");
  expect(await take("b")).toHaveProperty("finished");
  expect(placed.map((key) => /run-\d/.exec(key)?.[0])).toEqual(["run-1", "run-3"]);
});

test("an invocation that was killed takes its run again, and is never there twice", async () => {
  const { take, placed } = createStage();
  const { promise, resolve } = Promise.withResolvers<void>();
  const killed = take("a", promise);
  expect(await take("a")).toHaveProperty("finished");
  // It was not dead after all.
  resolve();
  await expect(killed).rejects.toThrow("Cannot end run run-1 of shop: a repeat of its invocation has begun another");
  expect(placed.map((key) => /run-\d/.exec(key)?.[0])).toEqual(["run-2"]);
});

test("a run that fails is not claimed any more", async () => {
  const { take } = createStage();
  await expect(take("a", Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await take("b")).toHaveProperty("finished");
});
