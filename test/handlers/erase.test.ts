/** One person is erased from the lake, by the batch's own handler with the local engines. */
import { readdirSync } from "node:fs";
import { mkdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect } from "vitest";
import { sql } from "../../src/athena-queries/sql.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { rejectedEvent } from "../fixtures/event-rows.ts";
import { slowTest, test } from "../gears.ts";
import { athena, bucket, click, dailyVisitors, faultAt, files, takeThree, visitors } from "./person-rows.ts";
import { at, clicksOf, day, item, stage, useStage } from "./stage-days.ts";

useStage();

describe("erasing a person", () => {
  test("takes the person's rows and nobody else's, and keeps the sums of a sealed day", async () => {
    await takeThree();
    at(`${addDays(day, 1)}T00:20`);
    expect((await stage.batch()).sealed).toEqual([day]);
    const before = await stage.get(`/v1/metrics/visitors?from=${day}&to=${day}`);
    const report = await stage.batch({ erase: { visitor_id: "p" } });
    expect(report).toMatchObject({ events: { files: 3, rewritten: 2, rows: 3, left: [] }, complete: true });
    expect(report).toMatchObject({ daily_events: { rewritten: 1, rows: 3, left: [] } });
    expect([await visitors(), await dailyVisitors()]).toEqual([
      ["a", "b", "c", "d"],
      ["a", "b", "c", "d"],
    ]);
    expect(await files(`daily_events/dt=${day}`)).toHaveLength(1);
    expect(await clicksOf()).toEqual([7, 7, 0]);
    expect((await stage.get(`/v1/metrics/visitors?from=${day}&to=${day}`)).body.total).toBe(before.body.total);
    expect(await item()).toMatchObject({ seen: 4, sealedRows: 4, sealedSeen: 4, erasedRows: 3 });
    // The batch has nothing to do for the day, and nothing of the erasure's work is left.
    expect(await stage.batch()).toMatchObject({ sealed: [], waiting: [], failed: [] });
    expect([await files("erase/plans"), await files("erase/staged")]).toEqual([[], []]);
  });

  slowTest(
    "takes the person out of what earlier seals of a day have left, and leaves a day with nothing else empty",
    async () => {
      await stage.take([click("p")]);
      at(`${addDays(day, 1)}T00:20`);
      await stage.batch();
      await stage.take([click("p"), click("a")]);
      await stage.batch();
      const other = addDays(day, 1);
      await stage.take([click("p", { occurred_at: `${other}T00:00:00.000Z` })]);
      at(`${addDays(day, 2)}T00:20`);
      expect((await stage.batch()).sealed).toEqual([other]);
      expect(await files(`daily_events/dt=${day}`)).toHaveLength(2);
      expect(await stage.batch({ erase: { visitor_id: "p" } })).toMatchObject({
        daily_events: { rows: 3 },
        complete: true,
      });
      expect([await dailyVisitors(), await dailyVisitors(other)]).toEqual([["a"], []]);
      expect([await files(`daily_events/dt=${day}`), await files(`daily_events/dt=${other}`)]).toEqual([
        [expect.anything()],
        [],
      ]);
    },
  );

  slowTest("leaves a day of nobody else that can be rolled up again, by a rebuild and when it is lost", async () => {
    await stage.take([click("p")]);
    at(`${addDays(day, 1)}T00:20`);
    await stage.batch();
    expect(await stage.batch({ erase: { visitor_id: "p" } })).toMatchObject({ complete: true });
    expect(await clicksOf()).toEqual([1, 1, 0]);
    await stage.sql(`alter table rollups drop partition (dt = '${day}')`);
    expect((await stage.get(`/v1/metrics/clicks?from=${day}&to=${day}&by=app`)).status).toBe(503);
    expect(await stage.batch()).toMatchObject({ sealed: [day], waiting: [], failed: [] });
    expect(await clicksOf()).toEqual([0, 0, 0]);
    expect(await stage.batch()).toMatchObject({ sealed: [] });
    expect(await stage.batch({ rebuild: { from: day, to: day } })).toMatchObject({ sealed: [day] });
    expect(await clicksOf()).toEqual([0, 0, 0]);
  });

  slowTest(
    "removes what earlier seals have left of days without the person too, but not what is being written",
    async () => {
      await stage.take([click("a")]);
      at(`${addDays(day, 1)}T00:20`);
      await stage.batch();
      const [first = ""] = await files(`daily_events/dt=${day}`);
      await stage.take([click("b")]);
      await stage.batch();
      await stage.batch({ erase: { visitor_id: "p" } });
      const folder = join(bucket(), `daily_events/dt=${day}`);
      const justNow = new Date(Date.now());
      const all = await files(`daily_events/dt=${day}`);
      for (const name of all) await utimes(join(folder, name), justNow, justNow);
      expect((await stage.batch({ erase: { visitor_id: "p" } })).old_runs).toBe(0);
      const longAgo = new Date(Date.now() - 3_600_000);
      for (const name of all) await utimes(join(folder, name), longAgo, longAgo);
      await stage.batch({ erase: { visitor_id: "p" } });
      expect(await files(`daily_events/dt=${day}`)).toEqual(all.filter((name) => name !== first));
      expect(await dailyVisitors()).toEqual(["a", "b"]);
    },
  );

  slowTest("leaves a day that is open open, and lets it be sealed with all that remains", async () => {
    await takeThree();
    await stage.batch({ erase: { visitor_id: "p" } });
    expect(await visitors()).toEqual(["a", "b", "c", "d"]);
    at(`${addDays(day, 1)}T00:20`);
    expect((await stage.batch()).sealed).toEqual([day]);
    expect((await stage.ledger.readState()).short.has(day)).toBe(false);
    expect(await clicksOf()).toEqual([4, 4, 0]);
  });

  slowTest("does not hide that rows are missing", async () => {
    await takeThree();
    await stage.stream([click("x")]); // counted, not delivered
    await stage.batch({ erase: { visitor_id: "p" } });
    at(`${addDays(day, 1)}T00:20`);
    expect((await stage.batch()).waiting).toEqual([day]);
    expect(await item()).toMatchObject({ seen: 5, lakeRows: 4 });
  });

  test("finds a user by the other id, on every day, in any spelling that SQL or JSON would change", async () => {
    const id = `o'Brien "x" \\ 한 100%`;
    const earlier = addDays(day, -3);
    await stage.take([click("a", { user_id: id }), click("b", { user_id: "other" })]);
    await stage.take([click("c", { user_id: id, occurred_at: `${earlier}T03:00:00.000Z` })]);
    expect(await stage.batch({ erase: { user_id: id } })).toMatchObject({ events: { rows: 2 }, complete: true });
    expect([await visitors(), await visitors(earlier)]).toEqual([["b"], []]);
  });

  test("can be repeated, and finds nothing then", async () => {
    await takeThree();
    await stage.batch({ erase: { visitor_id: "p" } });
    const again = await stage.batch({ erase: { visitor_id: "p" } });
    expect(again).toMatchObject({ events: { rewritten: 0, rows: 0 }, rejected: { rows: 0 }, complete: true });
    expect(await item()).toMatchObject({ seen: 4, erasedRows: 3 });
  });

  test("takes rejected events whose text holds the id, their samples, and what Firehose put aside", async () => {
    const rejected = (raw: string) => ({ ...rejectedEvent({ raw, day, received_at: `${day}T03:00:00.000Z` }) });
    const rows = [rejected('{"visitor_id":"person-1","x":1}'), rejected('{"visitor_id":"person-2"}')];
    await stage.deliver(await stage.stream(rows), "rejected");
    const sample = { pk: { S: "rejected" }, sk: { S: "reason#target" } };
    const stored = (raw: string) =>
      stage.client.send(new PutItemCommand({ TableName: stage.table, Item: { ...sample, raw: { S: raw } } }));
    await stored('{"visitor_id":"person-1"}');
    const line = (...events: object[]) => {
      const rawData = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join("")).toString("base64");
      return `${JSON.stringify({ rawData, errorCode: "x" })}\n`;
    };
    const folder = join(bucket(), `errors/events/processing-failed/dt=${day}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "one"), line(click("person-1"), click("person-2")) + line(click("person-1")));
    await writeFile(join(folder, "two"), line(click("person-1")));
    const other = line(click("person-3", { target: "person-1" }));
    await writeFile(join(folder, "three"), other);

    const report = await stage.batch({ erase: { visitor_id: "person-1" } });
    expect(report).toMatchObject({
      rejected: { files: expect.any(Number), rewritten: 1, rows: 1 },
      errors: { files: 3, rewritten: 2, rows: 3, left: [] },
      samples: 1,
      complete: true,
    });
    const left = await athena().run(sql`select raw from rejected where dt = ${day}`);
    expect(left).toEqual([{ raw: '{"visitor_id":"person-2"}' }]);
    expect((await stage.client.send(new GetItemCommand({ TableName: stage.table, Key: sample }))).Item).toBeUndefined();
    expect(readdirSync(folder).sort()).toEqual(["one", "three"]);
    expect(await readFile(join(folder, "three"), "utf8")).toBe(other);
    const one = JSON.parse(await readFile(join(folder, "one"), "utf8"));
    expect(JSON.parse(Buffer.from(one.rawData, "base64").toString())).toMatchObject({ visitor_id: "person-2" });
  });

  test("removes results of queries that nobody reads any more", async () => {
    await visitors();
    const old = await files("athena-results");
    expect(old.length).toBeGreaterThan(0);
    const longAgo = new Date(Date.now() - 3 * 3_600_000);
    for (const name of old) await utimes(join(bucket(), "athena-results", name), longAgo, longAgo);
    const report = await stage.batch({ erase: { visitor_id: "nobody" } });
    expect(report.results).toBe(old.length);
    expect((await files("athena-results")).filter((name) => old.includes(name))).toEqual([]);
  });

  test("stops when its time is up, says what is left, and goes on with that when it is called again", async () => {
    await takeThree();
    stage.setRemaining(60_000);
    const report = await stage.batch({ erase: { visitor_id: "p" } });
    expect(report.complete).toBe(false);
    expect(report.events.left).toContain(day);
    stage.setRemaining(900_000);
    expect(await stage.batch({ erase: { visitor_id: "p" } })).toMatchObject({ events: { rows: 3 }, complete: true });
  });

  test.each([
    [{}, "either visitor_id or user_id"],
    [{ visitor_id: "a", user_id: "b" }, "either visitor_id or user_id"],
    [{ visitor_id: "" }, "erase.visitor_id"],
    [{ visitor_id: "x".repeat(257) }, "erase.visitor_id"],
    [{ user_id: 5 }, "erase.user_id"],
    [{ user_id: "a\0" }, "no NUL"],
    [{ name: "x" }, "erase.name is not known"],
  ])("refuses %j by name", async (erase, message) => {
    await expect(stage.batch({ erase })).rejects.toThrow(message);
  });

  test("refuses to erase while another erasure is going on", async () => {
    await stage.take([click("p")]);
    const both = await Promise.allSettled(["p", "q"].map((id) => stage.batch({ erase: { visitor_id: id } })));
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []))).toEqual([
      expect.stringContaining("another erasure is running"),
    ]);
    expect(await stage.batch({ erase: { visitor_id: "q" } })).toMatchObject({ complete: true });
  });

  test("refuses to erase and rebuild at once", async () => {
    const rebuild = { from: day, to: day };
    await expect(stage.batch({ erase: { user_id: "x" }, rebuild })).rejects.toThrow("either rebuild or erase");
  });
});

describe("an erasure that dies", () => {
  slowTest(
    "is carried out by the schedule too, once its run cannot live any more, and holds the day until then",
    async () => {
      await takeThree();
      stage.faults.set([faultAt({ operation: "DeleteObjects", skip: 0 })]);
      await stage.batch({ erase: { visitor_id: "p" } }).catch(() => {});
      stage.faults.set([]);
      at(`${day}T23:59`);
      await stage.batch();
      expect(await visitors()).toEqual(["a", "b", "c", "d"]);
      expect(await item()).toMatchObject({ seen: 4, erasedRows: 3 });
      at(`${addDays(day, 1)}T00:20`);
      expect((await stage.batch()).sealed).toEqual([day]);
      expect(await clicksOf()).toEqual([4, 4, 0]);
    },
  );
});
