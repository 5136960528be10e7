/**
 * What a question over unsealed days costs, which is answered from the speed layer's blocks. Two cases: one day of
 * 8,627 batches that never folds evenly (with a batch every 10 s, no day leaves more blocks to read), and 1,200 open
 * days as an import of several years leaves them. `--full` runs the whole day, and makes the years with `npm run
 * import` from two files of 72,000 lines. Items, bytes and read units are those of a function with an empty cache;
 * times are over HTTP, through the query function.
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describeStage } from "../../local/cloudformation/template.ts";
import { startDynamoDb } from "../../local/dynamodb/service.ts";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../local/faults.ts";
import { packageStage } from "../../local/package-stage.ts";
import { createTable } from "../../src/aws/dynamodb/table.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { addDays, dayOf, daysBetween, startOfDay } from "../../src/metrics/time-bucket.ts";
import { createBlockCache } from "../../src/query/present/block-cache.ts";
import { readPresent } from "../../src/query/present/read-present.ts";
import { countBatch } from "../../src/stream/count-batch.ts";
import { foldDay } from "../../src/stream/fold-blocks.ts";
import { readBatch } from "../../src/stream/read-batch.ts";
import { writeBlocks } from "../../src/stream/write-blocks.ts";
import { type BlockStore, itemId } from "../../src/table/blocks/block-store.ts";
import { expiryOf, fansOf, noBlocks } from "../../src/table/blocks/frontier.ts";
import { packBlock } from "../../src/table/blocks/packed-block.ts";
import { createBlockStore } from "../../src/table/blocks/stored-blocks.ts";
import { root, run } from "../process/child.ts";
import { ask, makeFolder, startDaymark } from "../process/daymark.ts";
import type { Bench, Row } from "../report.ts";
import { writeAccessLog } from "../traffic/access-log-file.ts";
import { createBatches, timezone } from "../traffic/batches.ts";
import { median } from "./rounds.ts";

/** 11 batches, 11 folds of 12, 11 of 144 and 4 of 1,728. */
const BUSY_BATCHES = 4 * 1728 + 11 * 144 + 11 * 12 + 11;
const SHORT_BUSY_BATCHES = 11 * 12 + 11;
const BATCH_MEGABYTES = 0.083;
const OPEN_DAYS = 1_200;
const BATCHES_OF_OLD_DAY = 2;
const COLD_ROUNDS = 5;
const REPEATS = 30;
const IMPORTED_LINES = 144_000;
const STARTS = 7;
/** By then the functions are loaded. */
const LOADED_MS = 2_000;
/** The questions about the years, for imported and for counted ones. */
const importedPaths = ["requests?by=status", "requests?by=path"];
const countedPaths = ["clicks?by=target", "visitors?by=channel"];

const questions = {
  "clicks by target": { path: "clicks?by=target", metric: "clicks", breakdown: "target", isDistinct: false },
  "clicks of one target": { path: "clicks?target=posting-3", metric: "clicks", breakdown: "target", isDistinct: false },
  "visitors by channel": { path: "visitors?by=channel", metric: "visitors", breakdown: "channel", isDistinct: true },
} as const;
type Range = { from: string; to: string };

export const openDays: Bench = {
  title: "questions over open days",
  async run({ full }) {
    const today = dayOf(Date.now(), timezone);
    const busy = { from: addDays(today, -1), to: addDays(today, -1) };
    const years = { from: addDays(busy.to, -OPEN_DAYS), to: addDays(busy.to, -1) };
    await using home = await makeFolder();
    await using imported = await makeFolder();
    const batches = full ? BUSY_BATCHES : SHORT_BUSY_BATCHES;
    const reads: Row[] = [];
    {
      await using table = await openTable(home.path);
      await fill(table.store, busy, { batches, megabytes: BATCH_MEGABYTES });
      if (!full) await fill(table.store, years, { batches: BATCHES_OF_OLD_DAY, megabytes: 0.02 });
      reads.push(...(await countReads(table.store, busy)));
    }
    if (full) await importYears(imported.path, years);
    const name = `a day of ${batches.toLocaleString("en-US")} batches`;
    return [
      ...reads,
      ...(await measure(home.path, name, { range: busy, cold: 100, warm: 10 })),
      ...(await measureStarts(full ? imported.path : home.path, years, full ? importedPaths : countedPaths)),
    ];
  },
};

/** Imports an access log of as many days in two files, as large logs are split, so that each day gets two batches. */
async function importYears(home: string, { from, to }: Range): Promise<void> {
  await using folder = await makeFolder();
  await using daymark = await startDaymark(home);
  const until = startOfDay(addDays(to, 1), timezone);
  const everyMs = (daysBetween(from, to).length * 86_400_000) / IMPORTED_LINES;
  for (const [i, shift] of [0, everyMs / 2].entries()) {
    const path = join(folder.path, `access-${i}.log`);
    await writeAccessLog(path, { lines: IMPORTED_LINES / 2, until: until - 1 - shift, everyMs: everyMs * 2 });
    const child = run(["tools/import/main.ts", path, "--url", daymark.url], { env: { DAYMARK_HOME: home } });
    if ((await child.ended) !== 0) throw new Error(`Cannot import: ${child.output()}`);
  }
  const count = async () => Number((await ask(daymark.url, `/v1/metrics/requests?from=${from}&to=${to}`)).total);
  while ((await count()) < IMPORTED_LINES) await wait(500);
}

/** The stage's table in a home that is not in use, opened as the stream function uses it. */
async function openTable(home: string): Promise<{ store: BlockStore } & AsyncDisposable> {
  const { template } = await packageStage("local", { root });
  const { tables } = describeStage(template, { accountId: "000000000000", region: "us-east-1" });
  const table = tables[0]?.TableName;
  if (table === undefined) throw new Error("Cannot find the table in the stage's template");
  const stack = new AsyncDisposableStack();
  const faults = createFaults();
  const dynamoDb = stack.use(await startDynamoDb({ home, tables, faults }));
  const invoke = () => Promise.reject(new Error("no function here"));
  const { url } = stack.use(await startAwsEndpoint({ port: 0, services: [dynamoDb.service], invoke, faults }));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: url, region: "us-east-1", credentials });
  stack.defer(() => client.destroy());
  const store = createBlockStore(createTable({ client, table }), Date.now);
  return { store, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type Filling = { batches: number; megabytes: number };

/** Counts and folds batches of each day, as the stream function does. */
async function fill(store: BlockStore, { from, to }: Range, { batches, megabytes }: Filling): Promise<void> {
  for (const day of daysBetween(from, to)) {
    const start = startOfDay(day, timezone) + 12 * 3_600_000;
    const next = createBatches({ seed: start, events: 20, megabytes, from: start });
    for (let n = 0; n < batches; n++) await count(store, readBatch(next().records));
  }
}

async function count(store: BlockStore, batch: ReturnType<typeof readBatch>): Promise<void> {
  const today = dayOf(Date.now(), timezone);
  const { id, arrived } = batch;
  const expires = expiryOf(Date.now());
  const days = countBatch(batch, new Map(), catalog, timezone).map(({ day, rows, sections }) => ({
    day,
    rows,
    block: packBlock({ arrived }, sections),
  }));
  for (const [day, frontier] of await writeBlocks(store, { batch: id, expires, days }))
    await foldDay(store, { day, frontier }, { timezone, expires, ...fansOf(day, today) });
}

/**
 * What each question reads from a day.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
async function countReads(store: BlockStore, { from: day }: Range): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, wanted] of Object.entries(questions)) {
    const read = new Map<string, number>();
    let units = 0;
    const counting: Pick<BlockStore, "get"> = {
      async get(keys, isFresh) {
        const found = await store.get(keys, isFresh);
        for (const key of keys) {
          const bytes = found.get(itemId(key))?.length ?? 0;
          read.set(itemId(key), bytes);
          // Half a unit per 4 KB, or a whole one for a strongly consistent read.
          units += (Math.max(1, Math.ceil(bytes / 4096)) * (isFresh ? 2 : 1)) / 2;
        }
        return found;
      },
    };
    const frontier = (await store.frontiers([day])).get(day) ?? noBlocks;
    await readPresent({ store: counting, cache: createBlockCache(0) }, [{ day, frontier }], wanted);
    const bytes = [...read.values()].reduce((sum, size) => sum + size, 0);
    rows.push(
      { what: `${name}: items of a busy day`, measured: read.size, unit: "items", atMost: 40 },
      { what: "  their bytes", measured: bytes / 1024, unit: "KB", atMost: 400 },
      { what: "  read units", measured: units, unit: "RCU", atMost: 100 },
    );
  }
  return rows;
}

type Asked = { range: Range; cold: number; warm: number };

async function measure(home: string, name: string, { range, cold, warm }: Asked): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, { path }] of Object.entries(questions)) {
    const first: number[] = [];
    const again: number[] = [];
    for (let round = 0; round < COLD_ROUNDS; round++) {
      await using daymark = await startDaymark(home);
      const tomorrow = addDays(dayOf(Date.now(), timezone), 1);
      await ask(daymark.url, `/v1/metrics/logins?from=${tomorrow}&to=${tomorrow}`); // starts the function's thread
      const msToAsk = async () => {
        const startedAt = performance.now();
        await ask(daymark.url, `/v1/metrics/${path}&from=${range.from}&to=${range.to}`);
        return performance.now() - startedAt;
      };
      first.push(await msToAsk());
      for (let i = 0; i < REPEATS; i++) again.push(await msToAsk());
    }
    rows.push({ what: `${name}, ${what}, first time`, measured: median(first), unit: "ms", atMost: cold });
    rows.push({ what: "  asked again", measured: median(again), unit: "ms", atMost: warm });
  }
  return rows;
}

/**
 * Times the first question after a pipeline has started, those after it, and one that is asked as soon as it is ready,
 * while the functions are still loading.
 */
async function measureStarts(home: string, range: Range, paths: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  const days = daysBetween(range.from, range.to).length.toLocaleString("en-US");
  for (const path of paths) {
    const times = { first: [] as number[], later: [] as number[], atOnce: [] as number[] };
    for (let start = 0; start < STARTS; start++) {
      const [first = 0, ...later] = await timesAfterStart(home, `${path}&from=${range.from}&to=${range.to}`, LOADED_MS);
      times.first.push(first);
      times.later.push(...later);
      const [atOnce = 0] = await timesAfterStart(home, `${path}&from=${range.from}&to=${range.to}`, 0);
      times.atOnce.push(atOnce);
    }
    const row = (what: string, of: readonly number[]): Row => ({
      what,
      measured: median(of),
      unit: "ms",
      note: noteOf(of),
    });
    rows.push(
      {
        ...row(`${days} open days, ${path.replace("?", " ").replace("=", " ")}: first question`, times.first),
        atMost: 300,
      },
      { ...row("  those after it", times.later), atMost: 300 },
      row("  asked in the instant of being ready", times.atOnce),
    );
  }
  return rows;
}

/** How long four questions take, one after the other, some time after a start. */
async function timesAfterStart(home: string, question: string, afterMs: number): Promise<number[]> {
  await using daymark = await startDaymark(home);
  await wait(afterMs);
  const times: number[] = [];
  for (let i = 0; i < 4; i++) {
    const startedAt = performance.now();
    await ask(daymark.url, `/v1/metrics/${question}`);
    times.push(performance.now() - startedAt);
  }
  return times;
}

function noteOf(times: readonly number[]): string {
  return `${STARTS} starts, ${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))} ms`;
}
