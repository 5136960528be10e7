import { randomUUID } from "node:crypto";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { addDays, daysBetween } from "../../src/metrics/time-bucket.ts";
import { createRandom, timedUuid } from "../../tools/random.ts";
import { clickRow } from "../fixtures/event-rows.ts";
import { type Stage, startStage } from "./local-stage.ts";

let stage: Stage;
/** Each test has a day of its own, a fortnight after the one before. */
let day = "2026-02-14";
const next = () => addDays(day, 1);

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => {
  day = addDays(day, 14);
  at(`${day}T12:00`);
  stage.setRemaining(900_000);
});
afterEach(async () => {
  stage.faults.set([]);
  vi.useRealTimers();
});

/** Sets the clock to a time in Seoul. */
function at(local: string) {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(`${local}:00+09:00`) });
}

/** Clicks on the test's day. */
function clicks(count: number, changes: Parameters<typeof clickRow>[0] = {}) {
  return Array.from({ length: count }, () => clickRow({ occurred_at: `${day}T03:00:00.000Z`, ...changes }));
}

/** Total, history, realtime. */
async function clicksOf(of = day): Promise<number[]> {
  const { body } = await stage.get(`/v1/metrics/clicks?from=${of}&to=${of}`);
  return [body.total, body.history, body.realtime];
}

async function item(of = day) {
  return (await stage.ledger.getDays([of])).get(of);
}

/** A run each hour from a time in Seoul on, the last one so many hours later; what the last one did. */
async function batchHourly(from: string, hours: number) {
  const start = Date.parse(`${from}:00+09:00`);
  for (let hour = 0; ; hour++) {
    vi.setSystemTime(start + hour * 3_600_000);
    const run = await stage.batch();
    if (hour === hours) return run;
  }
}

const isOpen = async (of = day) => (await stage.ledger.readState()).open.has(of);

test("a day is sealed once it is over and settled, and its number comes from history then", async () => {
  await stage.take(clicks(2), clicks(3));
  at(`${next()}T00:14`);
  expect((await stage.batch()).sealed).toEqual([]);
  expect(await clicksOf()).toEqual([5, 0, 5]);
  at(`${next()}T00:15`);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 5, 0]);
  expect(await item()).toMatchObject({ seen: 5, sealedRows: 5, sealedSeen: 5, lakeRows: 5 });
  expect((await stage.ledger.readState()).watermark).toBe(day);
});

test("a run with nothing to do seals nothing and moves the watermark over empty days", async () => {
  at(`${next()}T00:20`);
  expect(await stage.batch()).toMatchObject({ sealed: [], waiting: [], failed: [] });
  expect((await stage.ledger.readState()).watermark).toBe(day);
});

test("a day waits for its rows, in the counters, and holds the watermark", async () => {
  const later = await stage.stream(clicks(4));
  await stage.take(clicks(1));
  at(`${next()}T00:20`);
  expect((await stage.batch()).waiting).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 0, 5]);
  expect((await stage.ledger.readState()).watermark).toBe(addDays(day, -1));
  expect((await item())?.lakeRows).toBe(1);
  await stage.deliver(later);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 5, 0]);
});

test("a day whose rows do not come is sealed after the deadline, shown as short, and mended when they come", async () => {
  const lost = await stage.stream(clicks(4));
  await stage.take(clicks(1));
  expect((await batchHourly(`${next()}T00:20`, 5)).waiting).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 0, 5]);
  at(`${next()}T06:20`);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([1, 1, 0]);
  expect((await stage.get("/v1/status")).body.short_days).toEqual([{ day, missing: 4 }]);
  expect((await stage.batch()).sealed).toEqual([]);
  await stage.deliver(lost);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 5, 0]);
  expect((await stage.get("/v1/status")).body.short_days).toEqual([]);
});

test("a late event counts at once, from the counters, and from history after the next run", async () => {
  await stage.take(clicks(5));
  at(`${next()}T00:20`);
  await stage.batch();
  at(`${addDays(day, 3)}T10:00`);
  await stage.batch();
  await stage.take(clicks(2));
  expect(await clicksOf()).toEqual([7, 0, 7]);
  expect((await stage.get("/v1/status")).body.late_days).toEqual([day]);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([7, 7, 0]);
  expect((await stage.ledger.readState()).watermark).toBe(addDays(day, 2));
});

test("a late event waits for its row as long as any, counted from when it came", async () => {
  await stage.take(clicks(1));
  at(`${next()}T00:20`);
  await stage.batch();
  at(`${addDays(day, 3)}T10:00`);
  await stage.stream(clicks(1));
  expect((await batchHourly(`${addDays(day, 3)}T10:50`, 5)).waiting).toEqual([day]);
  at(`${addDays(day, 3)}T16:50`);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect((await stage.ledger.readState()).short.get(day)).toBe(1);
});

test("days of years ago are sealed beside the watermark", async () => {
  const old = daysBetween("2015-05-17", "2015-05-20");
  await stage.take(...old.map((of) => clicks(2, { occurred_at: `${of}T03:00:00.000Z` })));
  const path = "/v1/metrics/clicks?from=2015-05-01&to=2015-05-31&interval=day";
  expect((await stage.get(path)).body).toMatchObject({ total: 8, history: 0, realtime: 8 });
  expect((await stage.batch()).sealed).toEqual(old);
  const { body } = await stage.get(path);
  expect(body).toMatchObject({ total: 8, history: 8, realtime: 0 });
  expect(body.series.filter(({ value }: { value: number }) => value === 2)).toHaveLength(4);
  expect(body.series).toHaveLength(31);
});

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

test("an event that comes while its day is being sealed keeps the day open", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.faults.set([{ point: "athena.unload.after", action: "delay", delayMs: 800 }]);
  const run = stage.batch();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await stage.take(clicks(2));
  expect(await clicksOf()).toEqual([5, 0, 5]);
  expect((await run).waiting).toEqual([day]);
  stage.faults.set([]);
  expect(await clicksOf()).toEqual([5, 0, 5]);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 5, 0]);
});

test("two runs at once seal a day once", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  const runs = await Promise.all([stage.batch(), stage.batch()]);
  expect(runs.flatMap((run) => run.sealed)).toEqual([day]);
  expect(runs.flatMap((run) => [...run.waiting, ...run.failed])).toEqual([day]);
  expect(await clicksOf()).toEqual([3, 3, 0]);
});

test("a day that a slow run is at is left to it, and its older rollup answers for nothing that came since", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.faults.set([{ point: "athena.unload.after", action: "delay", delayMs: 2500, times: 1 }]);
  const slow = stage.batch();
  await vi.waitFor(async () => expect((await item())?.moving).toBeDefined(), 20_000);
  await stage.take(clicks(2));
  expect((await stage.batch()).waiting).toEqual([day]);
  expect((await slow).waiting).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 0, 5]);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 5, 0]);
});

test("a month that is over for a while is rolled up as a whole, and again after a late event", async () => {
  const month = day.slice(0, 7);
  const [first, second] = [`${month}-01`, `${month}-20`];
  const range = `from=${addDays(first, -3)}&to=${addDays(first, 40)}`;
  const visit = (visitor_id: string, of: string) => clicks(1, { visitor_id, occurred_at: `${of}T03:00:00.000Z` });
  const numbers = async () => {
    const one = (await stage.get(`/v1/metrics/clicks?${range}&by=target`)).body;
    const two = (await stage.get(`/v1/metrics/visitors?${range}&interval=day`)).body;
    const points = two.series.filter(({ value }: { value: number }) => value > 0);
    return { clicks: [one.history, one.realtime], visitors: [two.history, two.realtime], points };
  };
  const runOfMonth = async () => (await stage.ledger.readState()).months.get(month);

  await stage.take(visit("v1", first), visit("v2", first), visit("v1", second));
  at(`${addDays(first, 60)}T12:00`);
  const run = await stage.batch();
  expect([run.sealed, run.months.includes(month)]).toEqual([[first, second], true]);
  const points = [
    { day: first, value: 2 },
    { day: second, value: 1 },
  ];
  expect(await numbers()).toEqual({ clicks: [3, 0], visitors: [2, 0], points });

  const before = await runOfMonth();
  await stage.take(visit("v3", second));
  const later = [points[0], { day: second, value: 2 }];
  expect(await numbers()).toEqual({ clicks: [2, 2], visitors: [2, 1], points: later });
  expect(await stage.batch()).toMatchObject({ sealed: [second], months: [month] });
  expect(await runOfMonth()).not.toBe(before);
  expect(await numbers()).toEqual({ clicks: [4, 0], visitors: [3, 0], points: later });
});

test("a month does not count when one of its days is rolled up meanwhile", async () => {
  const month = day.slice(0, 7);
  await stage.take(clicks(2));
  at(`${addDays(day, 45)}T12:00`);
  await stage.batch();
  await stage.take(clicks(1));
  await stage.batch();
  const { rollupVersion } = await stage.ledger.readState();
  await stage.ledger.bumpVersion(day);
  expect(await stage.ledger.recordMonth(month, "stale", rollupVersion)).toBe(false);
  expect(await stage.ledger.recordMonth(month, "right", rollupVersion + 1)).toBe(true);
  await stage.ledger.bumpVersion(day);
  expect((await stage.ledger.readState()).months.has(month)).toBe(false);
  expect((await stage.ledger.readState()).dueMonths.has(month)).toBe(true);
});

const failure = { status: 400, code: "InvalidRequestException", times: 1 };
test.each([
  ["UNLOAD fails with a part written", { point: "athena.unload.partial", action: "error", ...failure }],
  ["UNLOAD fails when all is written", { point: "athena.unload.after", action: "error", ...failure }],
  ["the partition cannot be added", { point: "athena.alter.before", action: "error", ...failure }],
  ["the partition is added and nobody hears of it", { point: "athena.alter.after", action: "error", ...failure }],
  ["the partition cannot be moved", { point: "athena.alter.before", action: "error", skip: 1, ...failure }],
])("a day stays right and is sealed by the next run when %s", async (_name, rule) => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.faults.set([rule]);
  await expect(stage.batch()).rejects.toThrow("Cannot seal any of 1 days");
  expect(await clicksOf()).toEqual([3, 0, 3]);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([3, 3, 0]);
});

// The calls of a run that seals one day, among them: watermark, reservation, listed, version, sealed, closed, watermark, last run.
test.each(
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].flatMap((skip) => [
    ["before", skip] as const,
    ["after", skip] as const,
  ]),
)("a day stays right and is sealed in the end when a run dies %s its DynamoDB call %i", async (when, skip) => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.faults.set([{ point: `dynamodb.${when}`, action: "error", ...failure, times: 1000, skip }]);
  await stage.batch().catch(() => {});
  stage.faults.set([]);
  expect((await clicksOf())[0]).toBe(3);
  at(`${next()}T00:50`);
  await stage.batch();
  expect(await isOpen()).toBe(false);
  expect(await clicksOf()).toEqual([3, 3, 0]);
});

test("a day that cannot be sealed holds no other back, and the run does not fail", async () => {
  await stage.take(clicks(3), clicks(4, { occurred_at: `${next()}T03:00:00.000Z` }));
  at(`${addDays(day, 2)}T00:20`);
  stage.faults.set([{ point: "athena.unload.after", action: "error", ...failure, where: {}, times: 1 }]);
  const run = await stage.batch();
  expect([...run.sealed, ...run.failed].sort()).toEqual([day, next()]);
  expect(run.failed).toHaveLength(1);
  expect([(await clicksOf())[0], (await clicksOf(next()))[0]]).toEqual([3, 4]);
  expect((await stage.batch()).sealed).toEqual(run.failed);
});

test("a run starts no day when its time is nearly up", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.setRemaining(119_999);
  expect((await stage.batch()).waiting).toEqual([day]);
  stage.setRemaining(120_000);
  expect((await stage.batch()).sealed).toEqual([day]);
});

test("rows that Firehose delivered twice do not make a day look complete for long", async () => {
  const late = await stage.stream(clicks(3));
  const twice = await stage.stream(clicks(3));
  await stage.deliver(twice);
  await stage.deliver(twice);
  at(`${next()}T00:20`);
  await stage.batch();
  await stage.deliver(late);
  await stage.batch();
  expect(await clicksOf()).toEqual([6, 6, 0]);
});

test("a request that was repeated counts once in both layers", async () => {
  const request = clicks(3);
  await stage.take(request);
  await stage.take(request.map((row) => ({ ...row, received_at: `${day}T03:00:09.000Z` })));
  expect(await clicksOf()).toEqual([3, 0, 3]);
  at(`${next()}T00:20`);
  await stage.batch();
  expect(await clicksOf()).toEqual([3, 3, 0]);
  expect(await item()).toMatchObject({ seen: 6, sealedRows: 6 });
});

test("a rebuild rolls closed days up again and leaves days that are not over", async () => {
  await stage.take(clicks(3), clicks(1, { occurred_at: `${next()}T03:00:00.000Z` }));
  at(`${next()}T13:00`);
  await stage.batch();
  const before = await item();
  at(`${next()}T14:00`);
  const { sealed } = await stage.batch({ rebuild: { from: addDays(day, -2), to: addDays(day, 30) } });
  expect(sealed).toEqual([day]);
  expect((await item())?.run).not.toBe(before?.run);
  expect(await clicksOf()).toEqual([3, 3, 0]);
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

test("a sealed day's events are in daily_events once each, whatever copies the lake holds", async () => {
  const request = clicks(3);
  await stage.take(request);
  await stage.take(
    request.map((row) => ({ ...row, received_at: `${day}T03:00:09.000Z` })),
    clicks(2),
  );
  await stage.deliver(await stage.stream(clicks(1, { occurred_at: `${next()}T03:00:00.000Z` })));
  at(`${addDays(day, 2)}T00:20`);
  await stage.batch();
  const days = `dt between '${day}' and '${next()}'`;
  const [raw] = await stage.sql(`select count(*) as rows, count(distinct event_id) as ids from events where ${days}`);
  const [written] = await stage.sql(
    `select count(*) as rows, count(distinct event_id) as ids from daily_events where ${days}`,
  );
  expect(raw).toEqual({ rows: "9", ids: "6" });
  expect(written).toEqual({ rows: "6", ids: "6" });
});

const rollupIn = (of: string) => stage.sql(`select metric from rollups where dt = '${of}' limit 1`);

test("an event of a page's key hides none of the trusted key's that has the same ids, and the status counts such ids", async () => {
  const ids = { event_id: randomUUID(), batch_id: randomUUID() };
  const time = `${day}T03:00:00.000Z`;
  const paid = { ...ids, name: "payment", app: "server", amount: 50_000, currency: "KRW", occurred_at: time };
  const forged = { ...ids, name: "login", app: "web", occurred_at: time, received_at: `${day}T00:00:00.000Z` };
  await stage.take([clickRow(forged)], [clickRow(paid)], clicks(2));
  const numbers = async () => {
    const ask = async (path: string) => (await stage.get(`/v1/metrics/${path}from=${day}&to=${day}`)).body.total;
    return [await ask("revenue?currency=KRW&"), await ask("payments?"), await ask("logins?"), await ask("clicks?")];
  };
  const reused = async () => (await stage.get("/v1/status")).body.reused_ids;
  expect(await numbers()).toEqual([50_000, 1, 1, 2]);
  expect(await reused()).toEqual([]);
  at(`${next()}T00:20`);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await numbers()).toEqual([50_000, 1, 1, 2]);
  expect(await reused()).toEqual([{ day, ids: 1 }]);
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
    expect(body.message).toContain(`the rollup of ${day} is not there`);
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
    expect([question, status, body.message]).toEqual([question, 503, expect.stringContaining(addDays(day, -400))]);
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

test("a month that is gone from the catalog is answered by its days, and rolled up again", async () => {
  const month = day.slice(0, 7);
  await stage.take(clicks(3, { target: "gone" }));
  at(`${addDays(day, 60)}T12:00`);
  await stage.batch();
  expect((await stage.ledger.readState()).months.has(month)).toBe(true);
  const path = `/v1/metrics/clicks?target=gone&from=${month}-01&to=${addDays(day, 40)}`;
  for (const table of ["rollups_monthly", "rollups_by_month"]) {
    await stage.sql(`ALTER TABLE ${table} DROP PARTITION (month = '${month}')`);
    expect((await stage.get(path)).body).toMatchObject({ total: 3, history: 3 });
    expect((await stage.get(`${path}&interval=day`)).body).toMatchObject({ total: 3, history: 3 });
    expect((await stage.batch()).months).toEqual([month]);
  }
  expect(
    await stage.sql(
      `select sum(value) as value from rollups_monthly where month = '${month}' and metric = 'clicks' and dimensions = 'target' and keys = 'gone'`,
    ),
  ).toEqual([{ value: "3" }]);
});

test("a sum over the table of days counts each day once, months or not", async () => {
  const months = `dt between '${day.slice(0, 7)}-01' and '${day.slice(0, 7)}-31'`;
  await stage.take(
    clicks(3, { target: "sum" }),
    clicks(2, { target: "sum", occurred_at: `${day.slice(0, 7)}-03T03:00:00.000Z` }),
  );
  at(`${addDays(day, 60)}T12:00`);
  await stage.batch();
  const all = "metric = 'clicks' and dimensions = 'target' and keys = 'sum'";
  expect(await stage.sql(`select sum(value) as value from rollups where ${all} and ${months}`)).toEqual([
    { value: "5" },
  ]);
  const [twice] = await stage.sql(
    "select count(*) as rows from (select dt, metric, dimensions, keys from rollups group by 1, 2, 3, 4 having count(*) > 1) as twice",
  );
  expect(twice).toEqual({ rows: "0" });
});

/** Puts a day's rollup into the form of before sketches were packed, as an older release has left it. */
async function makeOld(of: string) {
  const folder = `s3://daymark-test-lake/rollups/dt=${of}/run=old/`;
  await stage.sql(`UNLOAD (
    select metric, dimensions, keys, cast(null as int) as register, value, amount, cast(null as varchar) as day
    from rollups where dt = '${of}' and sketch is null and events > 0
    union all
    select metric, dimensions, keys, cast(word / 18014398509481984 * 9 + place as int), mod(word / cast(power(64, place) as bigint), 64),
      cast(null as decimal(38, 0)), cast(null as varchar)
    from rollups cross join unnest(sketch) as words (word) cross join unnest(sequence(0, 8)) as places (place)
    where dt = '${of}' and mod(word / cast(power(64, place) as bigint), 64) > 0
  ) TO '${folder}' WITH (format = 'PARQUET', compression = 'SNAPPY')`);
  await stage.sql(`ALTER TABLE rollups PARTITION (dt = '${of}') SET LOCATION '${folder}'`);
  await stage.sql(`ALTER TABLE daily_events DROP PARTITION (dt = '${of}')`);
  await stage.forget(of);
}

const numbersOf = async () => {
  const path = `from=${day}&to=${day}`;
  const one = (await stage.get(`/v1/metrics/visitors?${path}&by=country&interval=day`)).body;
  return [(await clicksOf())[1], one.history, one.groups, one.series];
};

test.each(["with", "without"])(
  "a day that an older release has sealed answers at once, and is rolled up again %s its events",
  async (events) => {
    await stage.take(clicks(3, { visitor_id: "v1", country: "KR" }), clicks(1, { visitor_id: "v2", country: "US" }));
    at(`${next()}T00:20`);
    await stage.batch();
    const before = await numbersOf();
    expect(before[1]).toBeGreaterThan(1);
    await makeOld(day);
    await stage.ledger.bumpVersion(day);
    if (events === "without") await stage.expireEvents(day);
    expect(await numbersOf()).toEqual(before);
    expect((await stage.batch()).sealed).toEqual([day]);
    expect(await numbersOf()).toEqual(before);
    const [old] = await stage.sql(
      `select count(register) as registers, count(sketch) as sketches from rollups where dt = '${day}'`,
    );
    expect(old?.registers).toBe("0");
    expect(Number(old?.sketches)).toBeGreaterThan(0);
    expect((await stage.batch()).sealed).toEqual([]);
    expect((await stage.ledger.readState()).hasNewRollups).toBe(true);
    expect((await rollupIn(day)).length).toBe(1);
  },
);

test.each([
  [{ rebuild: { from: "2026-02-30", to: "2026-03-01" } }, "is no date"],
  [{ rebuild: { from: "2026-03-02", to: "2026-03-01" } }, "from is after to"],
  [{ rebuild: { from: "1990-03-02", to: "2026-03-01" } }, "more than 3660 days"],
  [{ rebuild: { from: "2026-03-02" } }, "to"],
  [{ rebuidl: { from: "2026-03-02", to: "2026-03-02" } }, "rebuidl"],
  [{ erase: { email: "x" } }, "erase.email is not known"],
  [{ erase: { visitor_id: "" } }, /erase\.visitor_id.* ""/],
  [{ nonsense: 1 }, "nonsense is not known"],
  ["rebuild", /the input.* "rebuild"/],
])("a request %j is refused", async (event, reason) => {
  await expect(stage.batch(event)).rejects.toThrow(reason);
});

test("an event that comes late while its day has been open for long waits for its row, too", async () => {
  at(`${addDays(day, 3)}T10:00`);
  await stage.take(clicks(1));
  at(`${addDays(day, 3)}T17:00`);
  const row = await stage.stream(clicks(1));
  expect((await stage.batch()).waiting).toEqual([day]);
  expect(await clicksOf()).toEqual([2, 0, 2]);
  await stage.deliver(row);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([2, 2, 0]);
});

describe("files of earlier runs", () => {
  /** The runs that have files: a folder without any is nothing on S3. */
  async function runsOf(table: string, partition: string): Promise<string[]> {
    const folder = join(stage.home, "s3", "daymark-test-lake", table, partition);
    const files = await readdir(folder, { recursive: true });
    return [...new Set(files.flatMap((file) => /^(run=[^/]+)\/./.exec(file)?.[1] ?? []))].sort();
  }
  const aged = new Set<string>();
  /** Files carry the machine's time: new ones are given the test's. */
  async function ageFiles() {
    const lake = join(stage.home, "s3", "daymark-test-lake");
    for (const entry of await readdir(lake, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || aged.has(path)) continue;
      await utimes(path, new Date(), new Date());
      aged.add(path);
    }
  }
  async function sealAgain(local: string) {
    at(local);
    await stage.batch({ rebuild: { from: day, to: day } });
    await ageFiles();
  }

  test("are removed an hour after they were replaced, those that count never", async () => {
    await stage.take(clicks(3));
    await sealAgain(`${next()}T01:00`);
    const [first = ""] = await runsOf("rollups", `dt=${day}`);
    await sealAgain(`${next()}T01:30`);
    expect(await runsOf("rollups", `dt=${day}`)).toHaveLength(2);
    at(`${next()}T02:20`);
    await stage.batch();
    const left = await runsOf("rollups", `dt=${day}`);
    expect(left).toHaveLength(1);
    expect(left).not.toContain(first);
    expect(await runsOf("daily_events", `dt=${day}`)).toEqual(left);
    expect(await clicksOf()).toEqual([3, 3, 0]);
    expect((await stage.sealedDays.readMoved()).filter(({ partition }) => partition === day)).toEqual([]);
  });

  test("stay while the catalog does not say which of them counts", async () => {
    await stage.take(clicks(3));
    await sealAgain(`${next()}T01:00`);
    await sealAgain(`${next()}T01:30`);
    await stage.sql(`alter table rollups drop partition (dt = '${day}')`);
    await stage.expireEvents(day);
    at(`${next()}T04:00`);
    await stage.batch();
    expect(await clicksOf()).toEqual([3, 3, 0]);
  });
});

test("a day is not sealed short by a machine that slept over midnight, or whose clock jumps by days", async () => {
  const queued = await stage.stream(clicks(200));
  const expectWaiting = async () => {
    expect((await stage.batch()).waiting).toEqual([day]);
    expect(await clicksOf()).toEqual([200, 0, 200]);
  };
  // Started the next day, the batch at once, and again when the schedule's turn comes.
  at(`${next()}T09:00`);
  await expectWaiting();
  at(`${next()}T09:50`);
  await expectWaiting();
  for (const [days, time] of [
    [3, "09:50"],
    [9, "10:50"],
    [1, "10:50"],
    [12, "09:00"],
  ] as const) {
    at(`${addDays(day, days)}T${time}`);
    await expectWaiting();
  }
  // Awake for hours, but for the last turn.
  expect((await batchHourly(`${addDays(day, 12)}T10:00`, 4)).waiting).toEqual([day]);
  at(`${addDays(day, 13)}T09:00`);
  await expectWaiting();
  await stage.deliver(queued);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([200, 200, 0]);
});

describe("what was counted live", () => {
  const driftOf = async (of = day) => {
    const { drift, drifted } = (await item(of)) ?? {};
    return { drift, drifted };
  };

  test("is compared with the rollup when a day is sealed, distinct counts and money included", async () => {
    await stage.take(
      clicks(2, { app: "a+b%#", target: "공고", visitor_register: 7, visitor_rank: 3 }),
      clicks(1, { target: "", visitor_register: 9, visitor_rank: 1 }),
      clicks(1, { name: "payment", amount: -5, currency: "KRW" }),
    );
    at(`${next()}T00:20`);
    await stage.batch();
    expect(await driftOf()).toEqual({ drift: 0, drifted: undefined });
  });

  test("is said to differ when the lake holds other events than were counted, breakdown by breakdown", async () => {
    const answered = await stage.stream(clicks(2, { target: "p1" }), clicks(1, { target: "p2" }));
    const changed = answered.map(({ data, ...result }) => {
      const text = Buffer.from(data, "base64").toString().replaceAll('"p2"', '"p3"');
      return { ...result, data: Buffer.from(text).toString("base64") };
    });
    await stage.deliver(changed);
    at(`${next()}T00:20`);
    await stage.batch();
    const ofClicks = ["app+target", "target", "target+device"].map((dimensions) => ({ metric: "clicks", dimensions }));
    const differences = [...ofClicks, { metric: "events", dimensions: "target" }].map((one) => {
      return { ...one, live: "3", history: "3" };
    });
    expect(await driftOf()).toEqual({ drift: 4, drifted: differences });
    const { body } = await stage.get("/v1/status");
    expect(body.drift).toContainEqual({ day, breakdowns: 4, first: differences });
  });

  test("is not compared with a rollup that holds what came while it was made; the next run compares it", async () => {
    await stage.take(clicks(3));
    at(`${next()}T00:20`);
    await stage.batch();
    stage.faults.set([{ point: "athena.run", action: "delay", delayMs: 300, where: { subtype: "UNLOAD" } }]);
    const rebuilding = stage.batch({ rebuild: { from: day, to: day } });
    await expect.poll(async () => (await item())?.moving).toBeDefined();
    await stage.take(clicks(2));
    stage.faults.set([]);
    await rebuilding;
    expect(await stage.sql(`select count(*) as n from daily_events where dt = '${day}'`)).toEqual([{ n: "5" }]);
    expect((await item())?.drift).toBe(0);
    expect((await stage.batch()).sealed).toEqual([day]);
    expect(await driftOf()).toEqual({ drift: 0, drifted: undefined });
    expect(await clicksOf()).toEqual([5, 5, 0]);
  });

  test("is not compared where it cannot be equal: rows are missing, or the catalog has changed meanwhile", async () => {
    await stage.stream(clicks(1));
    await batchHourly(`${next()}T00:20`, 7);
    expect(await isOpen()).toBe(false);
    expect(await driftOf()).toEqual({ drift: undefined, drifted: undefined });
    const other = addDays(day, 4);
    await stage.take(clicks(1, { occurred_at: `${other}T03:00:00.000Z` }));
    await stage.ledger.recordCatalog({ hash: "another", since: "" });
    at(`${other}T10:00`);
    await stage.batch();
    at(`${addDays(other, 1)}T00:20`);
    await stage.batch();
    expect(await isOpen(other)).toBe(false);
    expect(await driftOf(other)).toEqual({ drift: undefined, drifted: undefined });
  });
});

test("a day waits for the copy that counts of an event that came again with another time, and each counts once", async () => {
  const ids = { batch_id: timedUuid(createRandom(1), Date.now()), event_id: randomUUID() };
  const counted = await stage.stream(clicks(1, ids));
  const copy = await stage.stream([clickRow({ ...ids, occurred_at: `${addDays(day, -1)}T03:00:00.000Z` })]);
  await stage.deliver(copy);
  at(`${addDays(day, 2)}T00:20`);
  expect(await stage.batch()).toMatchObject({ sealed: [], waiting: [addDays(day, -1), day] });
  await stage.deliver(counted);
  expect((await stage.batch()).sealed).toEqual([addDays(day, -1), day]);
  expect([await clicksOf(addDays(day, -1)), await clicksOf()]).toEqual([
    [0, 0, 0],
    [1, 1, 0],
  ]);
});

test("a day whose copies' others do not come is sealed with the copies after the deadline", async () => {
  await stage.deliver(await stage.stream([...clicks(1), ...clicks(1, { is_copy: true })]));
  expect(await batchHourly(`${next()}T00:20`, 1)).toMatchObject({ sealed: [], waiting: [day] });
  expect((await batchHourly(`${next()}T02:20`, 4)).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([2, 2, 0]);
});
