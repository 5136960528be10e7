/**
 * The two layers agree: for any events, what the stream writes as blocks, folds in any order, and reads back is what
 * the batch's SQL gives, value by value, including the registers of distinct counts. Runs on DuckDB, over days with
 * requests that are sent again across midnight.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createMemoryStore } from "../../bench/cost/memory-store.ts";
import { dailyEvents } from "../../src/athena-queries/daily-events.ts";
import { metricRollup } from "../../src/athena-queries/metric-rollup.ts";
import { type Bounds, isOther } from "../../src/metrics/bounded-tally.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { breakdownName } from "../../src/metrics/define-metric.ts";
import { fromWords } from "../../src/metrics/distinct-sketch.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import { addInto, mergeValues, toNumber, type Value } from "../../src/metrics/merge.ts";
import { addDays, hoursOfDay, startOfDay } from "../../src/metrics/time-bucket.ts";
import { createBlockCache } from "../../src/query/present/block-cache.ts";
import { readPresent } from "../../src/query/present/read-present.ts";
import { type EventRow, eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { foldDay } from "../../src/stream/fold-blocks.ts";
import { writeBlocks } from "../../src/stream/write-blocks.ts";
import { noBlocks } from "../../src/table/blocks/frontier.ts";
import { packBlock } from "../../src/table/blocks/packed-block.ts";
import { eventRows, zone } from "../fixtures/event-rows.ts";
import { dayIncrements } from "../fixtures/increments.ts";
import { lawRuns } from "./law-runs.ts";
import { useTrino } from "./use-trino.ts";

const day = "2026-11-21";
type Place = { day: string; zone: string };
const here: Place = { day, zone };
const folder = mkdtempSync(join(tmpdir(), "daymark-laws-"));
const file = join(folder, "events.ndjson");
const columns = Object.entries({ ...eventColumns, dt: "string" }).map(([name, type]) => {
  return `${name}: '${type === "string" ? "varchar" : type}'`;
});
let db: DuckDBConnection;
let translate: (text: string) => string;

beforeAll(async () => {
  writeFileSync(file, "");
  db = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  const source = `read_json('${file}', columns = { ${columns.join(", ")} }, format = 'newline_delimited')`;
  const types = { ...eventColumns, dt: "string" };
  translate = await useTrino(db, { events: types, daily_events: types });
  await db.run(`create view events as select * from ${source}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A day's values from the stream's increments, added up over batches. */
function fromIncrements(batches: readonly (readonly EventRow[])[], { day, zone }: Place = here): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const batch of batches) {
    const increments = createIncrements(catalog, zone);
    for (const row of batch) increments.add(row, false);
    for (const { bucket, metric, breakdown, key, value } of dayIncrements(increments).filter(
      (one) => one.bucket === day,
    )) {
      const id = JSON.stringify([metric, breakdown, key]);
      const known = values.get(id);
      values.set(id, known === undefined ? value : mergeValues(known, value));
      expect(bucket).toBe(day);
    }
  }
  return values;
}

/** The same from the rollup query over the events of a lake of rows, each once. */
async function fromSql(rows: readonly EventRow[], { day, zone }: Place = here): Promise<Map<string, Value>> {
  writeFileSync(file, rows.map((row) => `${JSON.stringify({ ...row, dt: row.day })}\n`).join(""));
  const events = dailyEvents(day, "events");
  await db.run(`create or replace table daily_events as
    select *, '${day}' as dt from (${translate(withParams(events.text, events.params))})`);
  const { text, params } = metricRollup(catalog, day, zone);
  const result = await db.runAndReadAll(translate(withParams(text, params)));
  // As text: a decimal does not fit into a number. A row of no events only says that the breakdown is kept.
  const counted = result.getRowObjectsJson().filter(({ events }) => events !== "0");
  return new Map(
    counted.map(({ metric, dimensions, keys, value, amount, sketch }): [string, Value] => {
      const number = BigInt(String(amount ?? value).replace(/\.0+$/, ""));
      if (sketch === null) return [JSON.stringify([metric, dimensions, keys]), number];
      const partial = fromWords((sketch as string[]).map(BigInt));
      expect(number).toBe(toNumber(partial));
      return [JSON.stringify([metric, dimensions, keys]), partial];
    }),
  );
}

/** Parameters as Athena takes them: literals, including quotes, replace each `?`. */
function withParams(text: string, params: readonly string[]): string {
  const left = [...params];
  return text.replace(/\?/g, () => {
    const param = left.shift() ?? "";
    return param.startsWith("'") ? param : `'${param}'`;
  });
}

/** The same as blocks of batches, most of them folded, some twice. */
async function fromBlocks(batches: readonly (readonly EventRow[])[], bounds?: Bounds): Promise<Map<string, Value>> {
  const { store, heads } = createMemoryStore();
  for (const [i, batch] of batches.entries()) {
    const increments = createIncrements(catalog, zone);
    for (const row of batch) increments.add(row, i % 2 === 0);
    const block = packBlock({ arrived: 0 }, increments.days().get(day) ?? []);
    const name = Buffer.from(`batch ${String(i).padStart(2, "0")}`).toString("base64url");
    const frontiers = await writeBlocks(store, { batch: name, expires: 1, days: [{ day, rows: 1, block }] });
    const frontier = frontiers.get(day) ?? noBlocks;
    if (i % 2 === 1)
      await foldDay(store, { day, frontier }, { timezone: zone, expires: 1, fan: 2, ...(bounds && { bounds }) });
  }
  const values = new Map<string, Value>();
  const present = { store, cache: createBlockCache(1e6) };
  const days = [{ day, frontier: heads.get(day) ?? noBlocks }];
  for (const { name, breakdowns, value } of catalog) {
    for (const breakdown of breakdowns.map(breakdownName)) {
      const found = await readPresent(present, days, {
        metric: name,
        breakdown,
        isDistinct: value.kind === "distinct",
      });
      for (const [key, one] of found.get(day) ?? []) values.set(JSON.stringify([name, breakdown, key]), one);
    }
  }
  return values;
}

const comparable = (values: Map<string, Value>) =>
  Object.fromEntries(
    [...values].map(([id, value]) => [id, value instanceof Map ? [...value].sort(([a], [b]) => a - b) : value]),
  );

/** Hostile senders give the same few ids to events of other apps, names and days; within an app, an id is one event. */
const rows = fc.uniqueArray(
  fc
    .tuple(eventRows([day, "2026-11-20", "2026-11-22"]), fc.nat(8), fc.boolean())
    .map(([row, id, isTrusted]) => ({ ...row, event_id: `e${id}`, ...(isTrusted && { app: "server" }) })),
  { maxLength: 25, selector: ({ app, event_id }) => `${app} ${event_id}` },
);

it("increments, however batched, are what the rollup query gives", async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.nat(25), async (all, cut) => {
      const increments = fromIncrements([all.slice(0, cut), all.slice(cut)]);
      expect(comparable(await fromSql(all))).toEqual(comparable(increments));
    }),
    { numRuns: lawRuns },
  );
}, 1_800_000);

it("blocks, however batched and folded, are what the rollup query gives", async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.array(fc.nat(25), { maxLength: 6 }), async (all, cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), all.length];
      const batches = places.slice(1).map((end, i) => all.slice(places[i], end));
      expect(comparable(await fromSql(all))).toEqual(comparable(await fromBlocks(batches)));
    }),
    { numRuns: lawRuns },
  );
}, 1_800_000);

it("bounded blocks have the same totals as the rollup query, also by app and unit", async () => {
  /** The sum of all values of each breakdown, from those that are stored separately. */
  const totals = (values: Map<string, Value>) => {
    const sums = new Map<string, Value>();
    for (const [id, value] of values) {
      const [metric, breakdown, key]: string[] = JSON.parse(id);
      const parts = (breakdown ?? "")
        .split("+")
        .map((name, i) => (/^(app|currency)$/.test(name) ? key?.split("+")[i] : "*"));
      const total = JSON.stringify([metric, breakdown, parts]);
      sums.set(total, addInto(sums.get(total), value));
    }
    return comparable(sums);
  };
  await fc.assert(
    fc.asyncProperty(rows, fc.nat(3), async (all, keys) => {
      const batches = all.map((_, i) => all.slice(i * 3, i * 3 + 3)).filter(({ length }) => length > 0);
      const [exact, bounded] = [await fromSql(all), await fromBlocks(batches, { keys, characters: 100 })];
      expect(totals(bounded)).toEqual(totals(exact));
      for (const [id, value] of bounded)
        if (typeof value === "bigint" && !/"(sum|revenue)"/.test(id) && !isOther(id))
          expect(value <= ((exact.get(id) ?? 0n) as bigint)).toBe(true);
    }),
    { numRuns: lawRuns },
  );
}, 1_800_000);

it("the rollup query counts each event once, whatever copies of it the lake holds", async () => {
  const copies = fc.array(fc.tuple(fc.nat(100), fc.integer({ min: -1, max: 1 }), fc.boolean()), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(rows, copies, async (all, again) => {
      const extra = again.flatMap(([index, shift, late]): EventRow[] => {
        const row = all[index % Math.max(all.length, 1)];
        if (row === undefined) return [];
        const received = new Date(Date.parse(row.received_at) + (late ? 60_000 : 0)).toISOString();
        const shifted = new Date(Date.parse(`${row.day}T00:00:00Z`) + (late ? shift : 0) * 86_400_000).toISOString();
        return [{ ...row, day: shifted.slice(0, 10), received_at: received, is_copy: true }];
      });
      expect(comparable(await fromSql([...extra, ...all]))).toEqual(comparable(fromIncrements([all])));
    }),
    { numRuns: lawRuns },
  );
}, 1_800_000);

/** Days of 23, 25 and 24 hours, of half an hour more or less, and one that begins at one o'clock. */
const clockChanges: Place[] = [
  { day: "2026-03-08", zone: "America/New_York" },
  { day: "2026-11-01", zone: "America/New_York" },
  { day: "2026-11-22", zone: "Asia/Kathmandu" },
  { day: "2026-04-05", zone: "Australia/Lord_Howe" },
  { day: "2026-10-04", zone: "Australia/Lord_Howe" },
  { day: "2018-11-04", zone: "America/Sao_Paulo" },
];

it("hours are the same in both layers on days of any length", async () => {
  const placed = fc.constantFrom(...clockChanges).chain((place) => {
    const [from, to] = [startOfDay(place.day, place.zone), startOfDay(addDays(place.day, 1), place.zone)];
    const times = fc.array(fc.integer({ min: from, max: to - 1 }), { minLength: 25, maxLength: 25 });
    return fc.tuple(rows, times).map(([all, instants]) => ({
      place,
      all: all.map((row, i) => {
        const occurred_at = new Date(instants[i] ?? from).toISOString();
        return { ...row, day: place.day, occurred_at };
      }),
    }));
  });
  await fc.assert(
    fc.asyncProperty(placed, async ({ place, all }) => {
      const increments = fromIncrements([all], place);
      expect(comparable(await fromSql(all, place))).toEqual(comparable(increments));
      const counted = [...increments].flatMap(([id, value]) => {
        const [metric, breakdown, key]: string[] = JSON.parse(id);
        return metric === "events" && breakdown === "hour" ? [[Number(key), value]] : [];
      });
      const hours = hoursOfDay(place.day, place.zone);
      const expected = Map.groupBy(all.filter(isEvent), ({ occurred_at }) =>
        hours.findLastIndex((hour) => hour <= Date.parse(occurred_at)),
      );
      expect(new Map(counted as [number, bigint][])).toEqual(
        new Map([...expected].map(([hour, some]) => [hour, BigInt(some.length)])),
      );
    }),
    { numRuns: lawRuns },
  );
}, 1_800_000);

function isEvent({ name, is_bot }: EventRow): boolean {
  return name !== "access_log" && is_bot !== true;
}
