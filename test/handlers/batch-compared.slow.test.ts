/** What a seal compares and cleans up: copies, repeated ids, files of earlier runs, and what was counted live. */
import { randomUUID } from "node:crypto";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { clickRow } from "../fixtures/event-rows.ts";
import { arrived, hold } from "../local/held.ts";
import { at, batchHourly, clicks, clicksOf, day, isOpen, item, next, stage, useStage } from "./stage-days.ts";

useStage();

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

describe("files of earlier runs", () => {
  /** The runs that have files: an empty folder does not exist on S3. */
  async function runsOf(table: string, partition: string): Promise<string[]> {
    const folder = join(stage.home, "s3", "daymark-test-lake", table, partition);
    const files = await readdir(folder, { recursive: true });
    return [...new Set(files.flatMap((file) => /^(run=[^/]+)\/./.exec(file)?.[1] ?? []))].sort();
  }
  const aged = new Set<string>();
  /** Files have the machine's time: new ones are given the test's. */
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
    stage.faults.set([{ ...hold("athena.run"), where: { subtype: "UNLOAD" } }]);
    const rebuilding = stage.batch({ rebuild: { from: day, to: day } });
    await arrived(stage.faults, "athena.run");
    expect((await item())?.moving).toBeDefined();
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
