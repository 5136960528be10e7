/** What the batch recreates if events have expired or a rollup is no longer in the catalog. */
import { expect, test } from "vitest";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { at, batchHourly, clicks, clicksOf, day, isOpen, item, next, stage, useStage } from "./stage-days.ts";

useStage();

test("an open day whose counters may have expired is answered by its rollup", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  await stage.batch();
  at(`${addDays(day, 7)}T00:19`);
  await stage.take(clicks(1));
  expect(await clicksOf()).toEqual([4, 0, 4]);
  at(`${addDays(day, 7)}T00:21`);
  expect(await clicksOf()).toEqual([3, 3, 0]);
  await stage.batch();
  expect(await clicksOf()).toEqual([4, 4, 0]);
});

test("a day whose raw events have expired is rolled up again from those that were written when it was sealed", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  await stage.batch();
  await stage.expireEvents(day);
  expect((await stage.batch({ rebuild: { from: day, to: day } })).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([3, 3, 0]);
  await stage.take(clicks(1));
  expect((await batchHourly(`${next()}T00:20`, 5)).waiting).toEqual([day]);
  expect(await clicksOf()).toEqual([4, 0, 4]);
  at(`${next()}T06:20`);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([4, 4, 0]);
  expect(await item()).toMatchObject({ sealedRows: 3 });
  expect((await stage.batch()).sealed).toEqual([]);
});

test("a day of which no events are left keeps its rollup, whoever wants a new one", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  await stage.batch();
  await stage.expireEvents(day);
  await stage.sql(`ALTER TABLE daily_events DROP PARTITION (dt = '${day}')`);
  await expect(stage.batch({ rebuild: { from: day, to: day } })).rejects.toThrow("Cannot seal any");
  await stage.take(clicks(1));
  await expect(stage.batch()).rejects.toThrow("Cannot seal any");
  expect(await clicksOf()).toEqual([3, 3, 0]);
  expect(await isOpen()).toBe(false);
  expect((await stage.ledger.readState()).short.get(day)).toBe(1);
});

test("a sealed day whose rollup is no longer in the catalog is an error, and is rolled up again by the next run", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  await stage.batch();
  await stage.sql(`ALTER TABLE rollups DROP PARTITION (dt = '${day}')`);
  const path = `/v1/metrics/clicks?from=${day}&to=${day}`;
  for (let again = 0; again < 2; again++) {
    const { status, headers, body } = await stage.get(path);
    expect([status, headers["retry-after"]]).toEqual([503, "300"]);
    expect(body.detail).toContain(`the rollup of ${day} is not there`);
  }
  at(`${next()}T02:20`);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([3, 3, 0]);
  expect((await stage.batch()).sealed).toEqual([]);
});

test("a rollup that is gone is found in the midst of years, whatever is asked", async () => {
  await stage.take(clicks(3), clicks(2, { occurred_at: `${addDays(day, -400)}T03:00:00.000Z` }));
  at(`${next()}T00:20`);
  await stage.batch();
  await stage.sql(`ALTER TABLE rollups DROP PARTITION (dt = '${addDays(day, -400)}')`);
  for (const question of [
    "clicks?",
    "clicks?by=target&",
    "revenue?currency=KRW&",
    "visitors?",
    "visitors?interval=day&",
    "clicks?target=none&",
  ]) {
    const { status, body } = await stage.get(`/v1/metrics/${question}from=${addDays(day, -400)}&to=${day}`);
    expect([question, status, body.detail]).toEqual([question, 503, expect.stringContaining(addDays(day, -400))]);
  }
  expect((await stage.batch()).sealed).toEqual([addDays(day, -400)]);
  expect((await stage.get(`/v1/metrics/clicks?from=${addDays(day, -400)}&to=${addDays(day, -400)}`)).body.total).toBe(
    2,
  );
});

test("a rollup whose events are all gone is put back as it was", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  await stage.batch();
  await stage.expireEvents(day);
  for (const table of ["rollups", "daily_events"])
    await stage.sql(`ALTER TABLE ${table} DROP PARTITION (dt = '${day}')`);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([3, 3, 0]);
  expect((await item())?.moving).toBeUndefined();
});

test("events that were written and are gone from the catalog are written again", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  await stage.batch();
  await stage.sql(`ALTER TABLE daily_events DROP PARTITION (dt = '${day}')`);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await stage.sql(`select count(*) as rows from daily_events where dt = '${day}'`)).toEqual([{ rows: "3" }]);
});
