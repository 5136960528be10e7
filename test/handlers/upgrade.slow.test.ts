/**
 * A table written by the release before blocks, as that release left it in the middle of a day
 * (test/fixtures/old-*.ndjson: its items, and the batches they come from). No number falls or doubles when this release
 * takes over, neither until its days are sealed nor after.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AttributeValue, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { rollupStatements } from "../../src/athena-queries/rollup-statements.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { HOUR } from "../../src/metrics/define-metric.ts";
import { coordinatesOf } from "../../src/metrics/distinct-sketch.ts";
import { createStream } from "../../src/stream/stream.ts";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { silent } from "../silent-reporter.ts";
import { type Stage, startStage } from "./local-stage.ts";

type OldValue = { S?: string; N?: string; SS?: string[]; B?: string; L?: OldValue[] };
const linesOf = <T>(name: string): T[] =>
  readFileSync(join(import.meta.dirname, "../fixtures", name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const batches = linesOf<ReturnType<typeof recordOf>[]>("old-batches.ndjson");
const day = "2026-03-10";
const range = "from=2026-03-01&to=2026-03-10";
const long = "채용".repeat(150);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  for (const item of linesOf<Record<string, OldValue>>("old-table.ndjson")) {
    const Item = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toValue(value)]));
    await stage.client.send(new PutItemCommand({ TableName: stage.table, Item }));
  }
});
afterAll(() => stage[Symbol.asyncDispose]());
afterEach(() => {
  vi.useRealTimers();
});

function toValue(value: OldValue): AttributeValue {
  return (value.B === undefined ? value : { B: Buffer.from(value.B, "base64") }) as AttributeValue;
}

const at = (time: string) => vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(time) });

/**
 * Everything there is to know about the old days, with `more` clicks on "a" than the old release counted on the second.
 */
async function expectNumbers(more: number, visitors: number) {
  const { body: clicks } = await stage.get(`/v1/metrics/clicks?${range}&by=target&interval=day`);
  expect(clicks.total).toBe(5 + more);
  expect(clicks.series.slice(-2)).toEqual([
    { day: "2026-03-09", value: 2 },
    { day, value: 3 + more },
  ]);
  const groups = new Map(clicks.groups.map(({ key, value }: { key: string; value: number }) => [key, value]));
  expect(groups).toEqual(
    new Map([
      ["a", 3 + more],
      ["b+c", 1],
      [long, 1],
    ]),
  );
  expect((await stage.get(`/v1/metrics/clicks?${range}&target=${encodeURIComponent(long)}`)).body.total).toBe(1);
  const { body: revenue } = await stage.get(`/v1/metrics/revenue?${range}&by=currency`);
  expect(revenue.groups).toEqual([
    { key: "KRW", value: 29_000 },
    { key: "USD", value: -900 },
  ]);
  expect((await stage.get(`/v1/metrics/visitors?${range}`)).body.total).toBe(visitors);
}

it("no number of a table from before blocks falls or doubles, from the first question to long after the seal", async () => {
  at("2026-03-09T15:32:00Z");
  await expectNumbers(0, 4);
  const live = async () => (await stage.get("/v1/live/clicks?minutes=100")).body.total;
  expect(await live()).toBe(5);
  expect((await stage.get("/v1/status")).body.rejected.today).toMatchObject({ total: 1 });

  at("2026-03-09T15:34:00Z");
  // New events come for the same days, and batches that the old release has counted come again.
  const time = "2026-03-09T15:33:00.000Z";
  const { register, rank } = coordinatesOf("v9");
  const click = { target: "a", occurred_at: time, received_at: time, visitor_register: register, visitor_rank: rank };
  await stage.take([clickRow(click)]);
  await expectNumbers(1, 5);
  for (const records of batches) await stage.deliver((await stage.invokeStream(records)).records);
  await expectNumbers(1, 5);
  expect(await live()).toBe(6);
  expect((await stage.get("/v1/status")).body.rejected.today).toMatchObject({ total: 1 });

  // Both days are sealed from the lake, and opened again by a late event.
  at("2026-03-10T16:00:00Z");
  const { sealed } = await stage.batch();
  expect(sealed).toEqual(["2026-03-09", day]);
  await expectNumbers(1, 5);
  expect((await stage.get("/v1/status")).body.open_days).toEqual([]);
  await stage.take([clickRow({ ...click, received_at: "2026-03-10T16:00:00.000Z" })]);
  await expectNumbers(2, 5);
  await stage.batch();
  await expectNumbers(2, 5);
}, 120_000);

it("what an older release counted without a breakdown is reported, and complete once its day is sealed or rebuilt", async () => {
  const before = catalog.map((metric) => ({
    ...metric,
    breakdowns: metric.breakdowns.filter(
      (breakdown) => !([HOUR, "browser", "language"] as const).some((one) => breakdown.includes(one)),
    ),
  }));
  const clock = () => Date.now();
  const olderStream = createStream({ ...silent, table: stage.store, timezone: "Asia/Seoul", catalog: before, clock });
  const today = "2026-03-20";
  const ids = { visitor_register: 7, visitor_rank: 3, browser: "Firefox", target: "a" };
  const clickAt = (time: string, changes = {}) =>
    clickRow({ ...ids, occurred_at: time, received_at: time, ...changes });
  at("2026-03-20T02:20:00Z");
  const clicks = ["2026-03-20T01:10:00.000Z", "2026-03-20T02:10:00.000Z"].map((time) => clickAt(time));
  const older = await olderStream({ records: clicks.map((row) => recordOf([row])) });
  await stage.deliver(older.records);
  await stage.take([clickAt("2026-03-20T02:15:00.000Z", { language: "ko" })]);

  const ask = async (question: string) => (await stage.get(`/v1/metrics/${question}&from=${today}&to=${today}`)).body;
  const byHour = ({ series = [] }: { series?: { hour: string; value: number }[] }) =>
    series.filter(({ value }) => value > 0).map(({ hour, value }) => [hour, value]);
  const hours = [
    ["2026-03-20T10:00:00+09:00", 1],
    ["2026-03-20T11:00:00+09:00", 2],
  ];
  expect(await ask("clicks?by=target")).toMatchObject({ total: 3, groups: [{ key: "a", value: 3 }] });
  expect(await ask("clicks?by=target")).not.toHaveProperty("partial_days");
  expect(await ask("visitors?by=channel")).not.toHaveProperty("partial_days");
  expect(await ask("clicks?by=browser")).toMatchObject({ total: 1, partial_days: [today] });
  expect(await ask("visitors?by=browser")).toMatchObject({ partial_days: [today] });
  expect(await ask("clicks?by=language")).toMatchObject({ total: 1, partial_days: [today] });
  const partial = await ask("clicks?interval=hour");
  expect([partial.partial_days, byHour(partial)]).toEqual([[today], [["2026-03-20T11:00:00+09:00", 1]]]);

  at("2026-03-20T16:00:00Z");
  expect((await stage.batch()).sealed).toContain(today);
  expect((await ask("clicks?by=language")).groups).toEqual([
    { key: "", value: 2 },
    { key: "ko", value: 1 },
  ]);
  for (const question of ["clicks?by=browser", "clicks?by=language", "clicks?interval=hour", "visitors?interval=hour"])
    expect(await ask(question)).not.toHaveProperty("partial_days");
  const sealed = await ask("clicks?interval=hour");
  expect([byHour(sealed), sealed.series.length]).toEqual([hours, 24]);
  expect(byHour(await ask("visitors?interval=hour&app=web"))).toEqual(hours.map(([hour]) => [hour, 1]));
  expect((await stage.get("/v1/status")).body.drift).toEqual([]);

  // As if the older release had sealed it.
  for (const { text, params } of rollupStatements(before, "daymark-test-lake", "Asia/Seoul").rollUp(today, "older")) {
    const left = [...params];
    await stage.sql(text.replace(/\?/g, () => left.shift() ?? ""));
  }
  await stage.ledger.bumpVersion(today);
  const rebuild = { from: today, to: today };
  expect(await ask("clicks?interval=hour")).toMatchObject({ total: 0, incomplete_from: today, rebuild });
  expect(await ask("clicks?by=target")).toMatchObject({ total: 3 });
  await stage.batch({ rebuild });
  const again = await ask("clicks?interval=hour");
  expect([byHour(again), again.incomplete_from]).toEqual([hours, undefined]);
  expect((await stage.get("/v1/status")).body.drift).toEqual([]);
}, 120_000);

it("a new metric is partly counted on the day on which it is deployed, and whole from the next day on", async () => {
  const clock = () => Date.now();
  const older = { ...silent, table: stage.store, timezone: "Asia/Seoul", clock };
  const olderStream = createStream({ ...older, catalog: catalog.filter(({ name }) => name !== "clicks") });
  const clickAt = (time: string) => clickRow({ target: "a", occurred_at: time, received_at: time });
  const ask = async (metric: string) => (await stage.get(`/v1/metrics/${metric}?from=2026-03-22&to=2026-03-23`)).body;
  at("2026-03-22T02:20:00Z");
  await stage.deliver((await olderStream({ records: [recordOf([clickAt("2026-03-22T02:10:00.000Z")])] })).records);
  await stage.batch();
  const { catalog: noted } = await stage.ledger.readState();
  expect(noted?.metrics).toContainEqual(["clicks", ""]);
  expect(await ask("clicks")).toMatchObject({ total: 0 });
  expect(await ask("clicks")).not.toHaveProperty("partial_days");

  // As the older release, which does not know clicks, would have left the table.
  const metrics = (noted?.metrics ?? []).filter(([name]) => name !== "clicks");
  await stage.ledger.recordCatalog({ hash: "older", since: "", metrics });
  await stage.take([clickAt("2026-03-22T02:15:00.000Z")]);
  expect(await ask("clicks")).toMatchObject({ total: 1, partial_days: ["2026-03-22"] });
  expect(await ask("events")).not.toHaveProperty("partial_days");
  await stage.batch();
  expect((await stage.ledger.readState()).catalog?.metrics).toContainEqual(["clicks", "2026-03-22"]);

  at("2026-03-22T15:05:00Z");
  await stage.take([clickAt("2026-03-22T15:04:00.000Z")]);
  expect(await ask("clicks")).toMatchObject({ total: 2, partial_days: ["2026-03-22"] });
  at("2026-03-22T16:00:00Z");
  expect((await stage.batch()).sealed).toContain("2026-03-22");
  expect(await ask("clicks")).toMatchObject({ total: 3 });
  expect(await ask("clicks")).not.toHaveProperty("partial_days");
}, 120_000);
