import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJournal } from "../../../../local/firehose/stream/journal.ts";
import {
  applyEntry,
  type Entry,
  emptyState,
  type Part,
  type Plan,
  reconcile,
} from "../../../../local/firehose/stream/state.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "daymark-journal-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const part = (batch: number): Part => ({ batch, file: `${batch}-0.ndjson`, keys: { dt: "d" }, bytes: 10, oldest: 1 });
const plan = (id: string, ...parts: Part[]): Plan => ({ id, bucket: "b", key: `k-${id}`, errorKey: "e", parts });

/** The life of batch `id`, whose records begin at `id * 10`. */
function lifeOf(id: number): Entry[] {
  return [
    { type: "cut", batch: { id, from: id * 10, to: id * 10 + 10 } },
    { type: "transformed", batch: id, parts: [part(id)] },
    { type: "planned", plan: plan(`p${id}`, part(id)) },
    { type: "delivered", plan: `p${id}` },
  ];
}

test("a batch goes from cut to transformed to planned to delivered, and then is gone", () => {
  const states = lifeOf(0).map((_, index, entries) => entries.slice(0, index + 1).reduce(applyEntry, emptyState));
  expect(states).toEqual([
    { nextBatch: 1, cut: 10, batches: [{ id: 0, from: 0, to: 10 }], parts: [], plans: [] },
    { nextBatch: 1, cut: 10, batches: [], parts: [part(0)], plans: [] },
    { nextBatch: 1, cut: 10, batches: [], parts: [], plans: [plan("p0", part(0))] },
    { nextBatch: 1, cut: 10, batches: [], parts: [], plans: [] },
  ]);
});

test("a journal opened again has the same state, however often it was cut short by snapshots, and stays small", async () => {
  const entries = Array.from({ length: 100 }, (_, id) => lifeOf(id))
    .flat()
    .slice(0, -1);
  let state: unknown;
  {
    await using journal = await openJournal(folder, 2_000);
    await Promise.all(entries.map((entry) => journal.record(entry)));
    state = journal.state;
    expect(state).toEqual(entries.reduce(applyEntry, emptyState));
  }
  expect((await readdir(folder)).length).toBeLessThan(5);
  await using again = await openJournal(folder, 2_000);
  expect(again.state).toEqual(state);
});

test("a journal with a bit flipped anywhere still knows all that is not done, in one form or another, and tells", async () => {
  const entries = Array.from({ length: 40 }, (_, id) => lifeOf(id))
    .flat()
    .slice(0, -3);
  {
    await using journal = await openJournal(folder, 2_000);
    for (const entry of entries) await journal.record(entry);
  }
  const names = (await readdir(folder)).filter((name) => name.endsWith(".log"));
  const truth = entries.reduce(applyEntry, emptyState);
  for (const name of names) {
    const file = join(folder, name);
    const bytes = await readFile(file);
    for (let at = 0; at < bytes.length; at += 41) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(file, damaged);
      let told = 0;
      await using journal = await openJournal(folder, 2_000, () => told++);
      const { batches, parts, plans, cut } = journal.state;
      const isPending = (batch: number) => batches.some(({ id }) => id === batch) || cut <= batch * 10;
      const files = [...parts, ...plans.flatMap((one) => one.parts)];
      for (const { id } of truth.batches) expect([at, id, isPending(id)]).toEqual([at, id, true]);
      for (const { batch } of [...truth.parts, ...truth.plans.flatMap((one) => one.parts)])
        expect([at, batch, isPending(batch) || files.some((one) => one.batch === batch)]).toEqual([at, batch, true]);
      expect([at, told]).toEqual([at, 1]);
    }
    await writeFile(file, bytes);
  }
});

test("reconcile leaves a state alone that its log bears out", () => {
  const state = { ...emptyState, nextBatch: 2, cut: 20, batches: [{ id: 1, from: 10, to: 20 }] };
  expect(reconcile(state, { start: 0, end: 20 })).toEqual(state);
});

test("reconcile cuts a state down to the log of a home that was copied in use", () => {
  const batches = [0, 1, 2].map((id) => ({ id, from: id * 10, to: id * 10 + 10 }));
  const state = { ...emptyState, nextBatch: 3, cut: 30, batches };
  expect(reconcile(state, { start: 10, end: 24 })).toEqual({
    ...state,
    cut: 24,
    batches: [batches[1], { id: 2, from: 20, to: 24 }],
  });
  expect(reconcile(state, { start: 50, end: 60 })).toEqual({ ...state, cut: 50, batches: [] });
});
