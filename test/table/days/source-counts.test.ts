import { afterAll, beforeAll, expect, test } from "vitest";
import { eventSources } from "../../../src/schemas/event-source.ts";
import { noBlocks } from "../../../src/table/blocks/frontier.ts";
import { createDayLedger, type DayLedger } from "../../../src/table/days/day-ledger.ts";
import type { SourceCount } from "../../../src/table/days/source-counts.ts";
import { keyOf } from "../../../src/table/table.ts";
import { startTable } from "../../aws/dynamodb/local-table.ts";

let table: Awaited<ReturnType<typeof startTable>>;
let ledger: DayLedger;
const now = Date.parse("2026-11-22T03:00:00Z");

beforeAll(async () => {
  table = await startTable();
  ledger = createDayLedger(table.store);
});
afterAll(() => table[Symbol.asyncDispose]());

const kafka = (rows: number, at: number, lag: number): SourceCount => ({ source: "kafka", rows, at, lag });
const knownOf = async (day: string) => (await ledger.getDays([day])).get(day)?.frontier ?? noBlocks;
const sourcesOf = async (day: string) => (await ledger.getDays([day])).get(day)?.sources;
const add = (day: string, name: string, sources: readonly SourceCount[], known = noBlocks) =>
  ledger.addNames([{ day, name: `0${name}`, rows: 9, sources, known, isJoint: false }], now);

test("rows add up once however often a batch is tried, and the newest batch says when and how late", async () => {
  const day = "2026-11-22";
  expect(await sourcesOf(day)).toBeUndefined();
  const otlp = { source: "otlp", rows: 2, at: 100, lag: 0 } as const;
  await add(day, "a", [kafka(3, 100, 7), otlp]);
  expect(await add(day, "a", [kafka(3, 100, 7)], await knownOf(day))).toBe(false);
  await add(day, "b", [kafka(4, 300, 8)], await knownOf(day));
  await add(day, "older", [kafka(5, 200, 9)], await knownOf(day));
  await add(day, "without", [], await knownOf(day));
  expect(await sourcesOf(day)).toEqual([otlp, kafka(12, 300, 8)]);
});

test("six sources and as many blocks as a day has at a time fit into one write unit", async () => {
  const day = "2026-11-24";
  const at = now + 10_000_000;
  const some = eventSources.slice(0, 6).map((source) => ({ source, rows: 1_000_000, at, lag: 86_400_000 }));
  for (let i = 0; i < 36; i++) await add(day, `${i}`.padStart(11, "-"), i === 0 ? some : [], await knownOf(day));
  const [item] = await table.store.getMany([keyOf("days", day)]);
  const sizes = Object.entries(item ?? {}).map(([name, { S = "", N = "", SS = [] }]) => {
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    return name.length + S.length + (N === "" ? 0 : Math.ceil(N.length / 2) + 1) + SS.join("").length + SS.length;
  });
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1024);
  expect(await sourcesOf(day)).toHaveLength(6);
});

test("a batch that has missed a newer one is read again; a newer one is not held up by an older", async () => {
  const day = "2026-11-23";
  await add(day, "first", [kafka(1, 100, 1)]);
  const both = await knownOf(day);
  expect(await add(day, "newer", [kafka(1, 300, 3)], both)).toBe(true);
  expect(await add(day, "older", [kafka(1, 200, 2)], both)).toBe(false);
  expect(await add(day, "newest", [kafka(1, 400, 4)], both)).toBe(true);
  expect(await add(day, "older", [kafka(1, 200, 2)], await knownOf(day))).toBe(true);
  expect(await sourcesOf(day)).toEqual([kafka(4, 400, 4)]);
});
