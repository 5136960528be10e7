/**
 * A batch counts once in each of its days, in all at the same instant, whatever happens: attempts that die before or
 * after any call, that stall for any time and then continue, that run concurrently with others of the same batch, with
 * folds, and with a batch run that closes the days. And a fold changes no number. Runs in memory, with every
 * interleaving from fast-check.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryStore } from "../../bench/cost/memory-store.ts";
import { toSection } from "../../src/metrics/block.ts";
import { toNumber } from "../../src/metrics/merge.ts";
import { createBlockCache } from "../../src/query/present/block-cache.ts";
import { readPresent } from "../../src/query/present/read-present.ts";
import { foldDay } from "../../src/stream/fold-blocks.ts";
import { writeBlocks } from "../../src/stream/write-blocks.ts";
import { noBlocks, tierOf } from "../../src/table/blocks/frontier.ts";
import { packBlock } from "../../src/table/blocks/packed-block.ts";
import { createRandom, pick } from "../../tools/random.ts";
import { zone } from "../fixtures/event-rows.ts";
import { lawRuns } from "./law-runs.ts";

const days = ["2026-03-08", "2026-03-09", "2026-03-10"];
const arrived = Date.parse("2026-03-10T03:00:00Z");
const expires = arrived / 1000 + 1000;
const BATCHES = 10;

/** Batch `n` adds 2^n to each of its days, so that a sum shows which batches it includes. */
function blocksOf(n: number, of: readonly string[]) {
  const name = Buffer.from(`batch ${String(n).padStart(2, "0")}`).toString("base64url");
  const values = toSection("clicks", "app", new Map([["web", 1n << BigInt(n)]]));
  const visitors = toSection("visitors", "", new Map([["", new Map([[n, 1]])]]));
  const block = packBlock({ arrived }, [values, visitors]);
  return { batch: name, expires, days: of.map((day) => ({ day, rows: 1, block })) };
}

type Memory = ReturnType<typeof createMemoryStore>;

async function numbersOf({ store, heads }: Memory, of = days) {
  const frontiers = of.map((day) => ({ day, frontier: heads.get(day) ?? noBlocks }));
  const options = { store, cache: createBlockCache(1e6) };
  const clicks = await readPresent(options, frontiers, { metric: "clicks", breakdown: "app", isDistinct: false });
  const visitors = await readPresent(options, frontiers, { metric: "visitors", breakdown: "", isDistinct: true });
  return of.map((day) => {
    const sketch = visitors.get(day)?.get("");
    const registers = sketch instanceof Map ? [...sketch.keys()].reduce((sum, n) => sum + (1n << BigInt(n)), 0n) : 0n;
    return { clicks: BigInt(toNumber(clicks.get(day)?.get("web"))), visitors: registers };
  });
}

class Died extends Error {}

/** An attempt at a batch: after which call it dies or stalls (a zombie: for long), and whether it folds. */
const tries = fc.array(
  fc.record({
    batch: fc.constantFrom(0, 0, 0, ...Array(BATCHES).keys()),
    diesAfter: fc.option(fc.nat(30), { nil: undefined, freq: 1 }),
    stallsAt: fc.option(fc.nat(8), { nil: undefined }),
    stallsFor: fc.nat(250),
    folds: fc.boolean(),
  }),
  { minLength: 2, maxLength: 20 },
);
type Try = {
  batch: number;
  diesAfter: number | undefined;
  stallsAt: number | undefined;
  stallsFor: number;
  folds: boolean;
};
const manyDays = fc.array(fc.subarray([...days], { minLength: 1 }), { minLength: BATCHES, maxLength: BATCHES });
const oneDay = fc.constant(Array.from({ length: BATCHES }, () => days.slice(0, 1)));
const closes = fc.array(fc.tuple(fc.nat(200), fc.constantFrom(...days)), { maxLength: 3 });

test("a batch counts once in all of its days at once, however its tries and folds meet", async () => {
  let highest = 0;
  await fc.assert(
    fc.asyncProperty(fc.nat(), tries, fc.oneof(manyDays, oneDay), closes, async (seed, all, daysOf, closed) => {
      const memory = createMemoryStore();
      const random = createRandom(seed);
      const closedAt = new Map<string, number>();
      let waiting: { from: number; go: () => void }[] = [];
      let step = 0;
      const storeOf = ({ diesAfter, stallsAt, stallsFor }: Try) => {
        let calls = 0;
        return around(memory.store, async () => {
          const from = calls === stallsAt ? step + stallsFor : step;
          await new Promise<void>((go) => waiting.push({ from, go }));
          if (calls++ === diesAfter) throw new Died();
        });
      };
      const attempt = async (one: Try) => {
        const store = storeOf(one);
        const frontiers = await writeBlocks(store, blocksOf(one.batch, daysOf[one.batch] ?? []));
        // Two are enough to fold, so that there are folds of folds.
        const options = { timezone: zone, expires, fan: 2 };
        if (one.folds) for (const [day, frontier] of frontiers) await foldDay(store, { day, frontier }, options);
      };
      let left = all.length;
      const ends = all.map((one) =>
        attempt(one)
          .catch((error: unknown) => {
            if (!(error instanceof Died)) throw error;
          })
          .finally(() => left--),
      );
      for (; left > 0; step++) {
        await new Promise(setImmediate);
        const ready = waiting.filter(({ from }) => from <= step);
        const next = ready.length > 0 ? pick(random, ready as [{ from: number; go: () => void }]) : waiting[0];
        waiting = waiting.filter((one) => one !== next);
        next?.go();
        for (const [at, day] of closed) {
          if (at !== step) continue;
          memory.close(day);
          closedAt.set(day, memory.heads.get(day)?.version ?? 0);
        }
        await new Promise(setImmediate);
        await expectWhole(memory, daysOf);
        for (const [day, { version }] of memory.heads)
          if (version > (closedAt.get(day) ?? 0)) expect([day, memory.opened.has(day)]).toEqual([day, true]);
      }
      await Promise.all(ends);
      // Each batch is tried once more, and then is there, once.
      const used = [...new Set(all.map(({ batch }) => batch))];
      for (const batch of used) await writeBlocks(memory.store, blocksOf(batch, daysOf[batch] ?? []));
      await expectWhole(memory, daysOf, used);
      for (const { names } of memory.heads.values()) highest = Math.max(highest, ...names.map(tierOf));
    }),
    { numRuns: lawRuns },
  );
  expect(highest).toBeGreaterThan(1);
}, 600_000);

/** Every day has complete batches, each of them in all of its days; and rows seen are those of these batches. */
async function expectWhole(memory: Memory, daysOf: readonly (readonly string[])[], used?: readonly number[]) {
  const numbers = await numbersOf(memory);
  const isIn = (batch: number, day: string) => ((numbers[days.indexOf(day)]?.clicks ?? 0n) >> BigInt(batch)) & 1n;
  const visible = daysOf.flatMap((of, batch) => (of.some((day) => isIn(batch, day) === 1n) ? [batch] : []));
  if (used !== undefined) expect(visible).toEqual(used.toSorted((a, b) => a - b));
  for (const [i, day] of days.entries()) {
    const batches = visible.filter((batch) => daysOf[batch]?.includes(day));
    const sum = batches.reduce((total, batch) => total + (1n << BigInt(batch)), 0n);
    expect(numbers[i]).toEqual({ clicks: sum, visitors: sum });
    expect(memory.heads.get(day)?.seen ?? 0).toBe(batches.length);
  }
}

function around(store: Memory["store"], turn: () => Promise<void>): Memory["store"] {
  const slow =
    <I extends unknown[], O>(run: (...input: I) => Promise<O>) =>
    async (...input: I) => {
      await turn();
      const output = await run(...input);
      await turn();
      return output;
    };
  return {
    frontiers: slow(store.frontiers),
    get: slow(store.get),
    put: slow(store.put),
    putOnce: slow(store.putOnce),
    addNames: slow(store.addNames),
    replaceNames: slow(store.replaceNames),
  };
}
