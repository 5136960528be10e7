import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { addDays, daysBetween } from "../../src/metrics/time-bucket.ts";
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
  at(`${next()}T05:59`);
  expect((await stage.batch()).waiting).toEqual([day]);
  at(`${next()}T06:00`);
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
  at(`${addDays(day, 3)}T15:59`);
  expect((await stage.batch()).waiting).toEqual([day]);
  at(`${addDays(day, 3)}T16:00`);
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

// The writes of a run that seals one day: watermark, reservation, version, sealed, closed, watermark, last run.
test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((skip) => [["before", skip] as const, ["after", skip] as const]))(
  "a day stays right and is sealed in the end when a run dies %s its DynamoDB call %i",
  async (when, skip) => {
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
  },
);

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

test("a day whose raw events have expired keeps its rollup, whoever wants a new one", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  await stage.batch();
  await stage.expireEvents(day);
  await expect(stage.batch({ rebuild: { from: day, to: day } })).rejects.toThrow("Cannot seal any");
  await stage.take(clicks(1));
  await expect(stage.batch()).rejects.toThrow("Cannot seal any");
  expect(await clicksOf()).toEqual([3, 3, 0]);
  expect(await isOpen()).toBe(false);
  expect((await stage.ledger.readState()).short.get(day)).toBe(1);
});

test.each([
  [{ rebuild: { from: "2026-02-30", to: "2026-03-01" } }, "is no date"],
  [{ rebuild: { from: "2026-03-02", to: "2026-03-01" } }, "from is after to"],
  [{ rebuild: { from: "1990-03-02", to: "2026-03-01" } }, "more than 3660 days"],
  [{ rebuild: { from: "2026-03-02" } }, "to"],
  [{ rebuidl: { from: "2026-03-02", to: "2026-03-02" } }, "rebuidl"],
  ["rebuild", "expected object"],
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
