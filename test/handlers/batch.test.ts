/**
 * The batch's own handler with the local engines: when a day is sealed, and what its number is before, during and
 * after.
 */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { createRandom, timedUuid } from "../../tools/random.ts";
import { clickRow } from "../fixtures/event-rows.ts";
import { slowTest, test } from "../gears.ts";
import { arrived, hold } from "../local/held.ts";
import { at, batchHourly, clicks, clicksOf, day, item, next, stage, useStage } from "./stage-days.ts";

useStage();

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

slowTest(
  "a day whose rows do not come is sealed after the deadline, shown as short, and mended when they come",
  async () => {
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
  },
);

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

slowTest("a late event waits for its row as long as any, counted from when it came", async () => {
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

test("an event that comes while its day is being sealed keeps the day open", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.faults.set([hold("athena.unload.after")]);
  const run = stage.batch();
  await arrived(stage.faults, "athena.unload.after");
  await stage.take(clicks(2));
  expect(await clicksOf()).toEqual([5, 0, 5]);
  stage.faults.set([]);
  expect((await run).waiting).toEqual([day]);
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

const failure = { status: 400, code: "InvalidRequestException", times: 1 };

slowTest("a day that cannot be sealed holds no other back, and the run does not fail", async () => {
  await stage.take(clicks(3), clicks(4, { occurred_at: `${next()}T03:00:00.000Z` }));
  at(`${addDays(day, 2)}T00:20`);
  stage.faults.set([{ point: "athena.unload.after", action: "error", ...failure, where: {}, times: 1 }]);
  const run = await stage.batch();
  expect([...run.sealed, ...run.failed].sort()).toEqual([day, next()]);
  expect(run.failed).toHaveLength(1);
  expect([(await clicksOf())[0], (await clicksOf(next()))[0]]).toEqual([3, 4]);
  expect((await stage.batch()).sealed).toEqual(run.failed);
});

slowTest("a run starts no day when its time is nearly up", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.setRemaining(119_999);
  expect((await stage.batch()).waiting).toEqual([day]);
  stage.setRemaining(120_000);
  expect((await stage.batch()).sealed).toEqual([day]);
});

slowTest("rows that Firehose delivered twice do not make a day look complete for long", async () => {
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

slowTest("a rebuild rolls closed days up again and leaves days that are not over", async () => {
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

slowTest("an event that comes late while its day has been open for long waits for its row, too", async () => {
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

slowTest("a day is not sealed short by a machine that slept over midnight, or whose clock jumps by days", async () => {
  const queued = await stage.stream(clicks(200));
  const expectWaiting = async () => {
    expect((await stage.batch()).waiting).toEqual([day]);
    expect(await clicksOf()).toEqual([200, 0, 200]);
  };
  // Started the next day, the batch runs at once, and again at its scheduled time.
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
  // Awake for hours, except for the last run.
  expect((await batchHourly(`${addDays(day, 12)}T10:00`, 4)).waiting).toEqual([day]);
  at(`${addDays(day, 13)}T09:00`);
  await expectWaiting();
  await stage.deliver(queued);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([200, 200, 0]);
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

slowTest("a day whose copies' others do not come is sealed with the copies after the deadline", async () => {
  await stage.deliver(await stage.stream([...clicks(1), ...clicks(1, { is_copy: true })]));
  expect(await batchHourly(`${next()}T00:20`, 1)).toMatchObject({ sealed: [], waiting: [day] });
  expect((await batchHourly(`${next()}T02:20`, 4)).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([2, 2, 0]);
});
