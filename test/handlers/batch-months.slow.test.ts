/** Years and months: days long ago, runs that take long, and rollups of whole months. */
import { expect, test } from "vitest";
import { addDays, daysBetween } from "../../src/metrics/time-bucket.ts";
import { arrived, hold } from "../local/held.ts";
import { at, clicks, clicksOf, day, item, next, stage, useStage } from "./stage-days.ts";

useStage();

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

test("a day is left to the slow run that works on it, and its older rollup is not used for events that came since", async () => {
  await stage.take(clicks(3));
  at(`${next()}T00:20`);
  stage.faults.set([hold("athena.unload.after")]);
  const slow = stage.batch();
  await arrived(stage.faults, "athena.unload.after");
  expect((await item())?.moving).toBeDefined();
  await stage.take(clicks(2));
  expect((await stage.batch()).waiting).toEqual([day]);
  stage.faults.set([]);
  expect((await slow).waiting).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 0, 5]);
  expect((await stage.batch()).sealed).toEqual([day]);
  expect(await clicksOf()).toEqual([5, 5, 0]);
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
