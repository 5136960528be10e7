import { randomUUID } from "node:crypto";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { toNumber } from "../../src/metrics/merge.ts";
import { createDayLedger } from "../../src/table/days/day-ledger.ts";
import { createRejectedSamples, sampleKey } from "../../src/table/rejected-samples.ts";
import { presentMinutes, presentOf } from "../aws/present-values.ts";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { type Stream, startStream } from "./stream-on-table.ts";

let stream: Stream;
let table: Stream["table"];
beforeAll(async () => {
  stream = await startStream("silent");
  table = stream.table;
});
afterAll(() => stream[Symbol.asyncDispose]());

const invoke = (...records: object[]) => stream.invoke(...records);

/** Today's clicks on a target; each test has its own target. */
async function clicksOf(target: string, day = clickRow().day): Promise<number> {
  return Number(toNumber((await presentOf(table.store, day, { metric: "clicks", breakdown: "target" })).get(target)));
}

describe("stream", () => {
  it("counts each event and hands its record back with its day", async () => {
    const target = randomUUID();
    const record = recordOf([clickRow({ target }), clickRow({ target })]);
    const { records } = await invoke(record);
    expect(records).toEqual([
      {
        recordId: record.recordId,
        result: "Ok",
        data: record.data,
        metadata: { partitionKeys: { dt: clickRow().day } },
      },
    ]);
    expect(await clicksOf(target)).toBe(2);
  });

  it("counts a batch once when it comes again, in another order", async () => {
    const target = randomUUID();
    const records = [1, 2, 3].map(() => recordOf([clickRow({ target })]));
    const first = await invoke(...records);
    const again = await invoke(...records.toReversed());
    expect(again.records.toReversed()).toEqual(first.records);
    expect(await clicksOf(target)).toBe(3);
  });

  it("counts a request once when it is repeated in another batch, and marks the copy", async () => {
    const target = randomUUID();
    const rows = [clickRow({ target }), clickRow({ target })].map((row) => ({ ...row, batch_id: target }));
    const copy = rows.map((row) => ({ ...row, received_at: new Date(Date.now() + 2000).toISOString() }));
    await invoke(recordOf(rows), recordOf([clickRow()]));
    const { records } = await invoke(recordOf(copy));
    expect(await clicksOf(target)).toBe(2);
    const lines = Buffer.from(records[0]?.data ?? "", "base64")
      .toString()
      .trim()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(copy.map((row) => ({ is_copy: true, ...row })));
  });

  it("counts a request once when its copies are processed at the same time", async () => {
    const targets = Array.from({ length: 10 }, () => randomUUID());
    const batches = targets.map((target) => {
      const row = clickRow({ target, batch_id: target });
      return [0, 1, 2].map((i) =>
        recordOf([{ ...row, received_at: new Date(Date.parse(row.received_at) + i).toISOString() }]),
      );
    });
    await Promise.all([0, 1, 2].map((copy) => invoke(...batches.flatMap((copies) => copies[copy] ?? []))));
    expect(await Promise.all(targets.map((target) => clicksOf(target)))).toEqual(targets.map(() => 1));
  });

  it("counts a record once that an SDK put twice, in one batch or in two", async () => {
    const target = randomUUID();
    const row = clickRow({ target });
    await invoke(recordOf([row]), recordOf([row]));
    await invoke(recordOf([row]));
    expect(await clicksOf(target)).toBe(1);
  });

  it("counts all records of a request that was split over batches", async () => {
    const target = randomUUID();
    const rows = [1, 2].map(() => clickRow({ target, batch_id: target, received_at: "2026-11-22T01:00:00.000Z" }));
    for (const row of rows) await invoke(recordOf([row]));
    expect(await clicksOf(target)).toBe(2);
  });

  it("fails a record alone when it cannot be read", async () => {
    const target = randomUUID();
    const bad = [
      { recordId: "bad", approximateArrivalTimestamp: Date.now(), data: Buffer.from('{"name":').toString("base64") },
    ];
    const strange = recordOf([clickRow({ target, amount: 0.5 })], { recordId: "strange" });
    const timeless = recordOf([{ ...clickRow({ target }), occurred_at: "today" }], { recordId: "timeless" });
    const days = recordOf([clickRow({ target }), clickRow({ target, day: "2026-01-01" })], { recordId: "days" });
    const empty = recordOf([], { recordId: "empty" });
    const rejected = { day: clickRow().day, app: "web", reason: target, errors: "[]", raw: "{}" };
    const never = recordOf([{ ...rejected, received_at: "never" }], { recordId: "never" });
    const { records } = await invoke(
      ...bad,
      strange,
      timeless,
      days,
      empty,
      never,
      recordOf([clickRow({ target })], { recordId: "good" }),
    );
    expect(records.map(({ recordId, result }) => [recordId, result])).toEqual([
      ["bad", "ProcessingFailed"],
      ["strange", "ProcessingFailed"],
      ["timeless", "ProcessingFailed"],
      ["days", "ProcessingFailed"],
      ["empty", "ProcessingFailed"],
      ["never", "ProcessingFailed"],
      ["good", "Ok"],
    ]);
    expect(await clicksOf(target)).toBe(1);
  });

  it("is exact after failing anywhere and being invoked again", async () => {
    const target = randomUUID();
    const records = Array.from({ length: 20 }, (_, i) => recordOf([clickRow({ target, visitor_id: `visitor ${i}` })]));
    table.faults.set([
      {
        point: "dynamodb.before",
        action: "error",
        code: "InternalServerError",
        probability: 0.4,
        times: 60,
      },
      { point: "dynamodb.after", action: "error", code: "ConnectionLost", probability: 0.4, times: 60 },
    ]);
    let tries = 1;
    for (; tries < 50; tries++) {
      const failed = await invoke(...records).then(
        () => false,
        () => true,
      );
      if (!failed) break;
    }
    table.faults.set([]);
    await invoke(...records);
    expect(await clicksOf(target)).toBe(20);
  });

  it("counts the days it has seen, copies included, and opens them", async () => {
    const day = "2019-03-01";
    const row = clickRow({ occurred_at: "2019-03-01T03:00:00.000Z", target: randomUUID() });
    const ledger = createDayLedger(table.store);
    const records = [recordOf([row]), recordOf([row])];
    await invoke(...records);
    await invoke(...records);
    expect((await ledger.readDays(day, day))[0]?.seen).toBe(2);
    expect((await ledger.readState()).open.has(day)).toBe(true);
  });

  it("puts events into their minutes only while these are live", async () => {
    const unit = randomUUID();
    const payment = { name: "payment", amount: 500, currency: unit };
    const old = { occurred_at: new Date(Date.now() - 86_400_000).toISOString() };
    await invoke(recordOf([clickRow(payment)]), recordOf([clickRow({ ...payment, ...old })]));
    const minutes = await presentMinutes(table.store, clickRow().day, "revenue");
    expect([...minutes.values()].flatMap((tally) => tally.get(unit) ?? [])).toEqual([500n]);
  });

  it("keeps a key however long", async () => {
    const target = "채용".repeat(400);
    await invoke(recordOf([clickRow({ target })]), recordOf([clickRow({ target })]));
    expect(await clicksOf(target)).toBe(2);
  });

  describe("with rejected events", () => {
    const day = clickRow().day;
    const rejected = (changes: object) => ({
      received_at: "2026-11-22T01:00:00.000Z",
      day,
      app: "web",
      reason: "target",
      errors: '[{"path":"target","message":"Expected text"}]',
      raw: '{"name":"click"}',
      ...changes,
    });
    const samples = (...reasons: string[]) => createRejectedSamples(table.store).read(reasons.map(sampleKey));
    const countOf = async (reason: string) =>
      (await presentOf(table.store, day, { metric: "rejected", breakdown: "reason" })).get(reason);
    /** Runs something and returns how many samples it put. */
    async function putsOf(run: () => Promise<unknown>): Promise<number | undefined> {
      const where = { operation: "PutItem", pk: sampleKey("").pk };
      table.faults.set([{ point: "dynamodb.before", action: "delay", delayMs: 0, where }]);
      await run();
      const { applied } = table.faults.report()["dynamodb.before"] ?? {};
      table.faults.set([]);
      return applied;
    }

    it("counts them by reason and passes them on", async () => {
      const reason = randomUUID();
      const { records } = await invoke(recordOf([rejected({ reason }), rejected({ reason })]));
      expect(records[0]?.metadata).toEqual({ partitionKeys: { dt: day } });
      expect(await countOf(reason)).toBe(2n);
    });

    it("keeps the newest of each reason as a sample, in one write however often the batch comes", async () => {
      const [one, two] = [randomUUID(), randomUUID()];
      const newest = rejected({ reason: one, received_at: "2026-11-22T01:00:01.000Z", raw: "newest" });
      const records = [
        recordOf([newest, rejected({ reason: one })]),
        recordOf([rejected({ reason: two, app: "app" })]),
      ];
      expect(await putsOf(() => invoke(...records))).toBe(2);
      const kept = await samples(one, two);
      const { day: _, ...sample } = newest;
      expect(kept).toHaveLength(2);
      expect(kept).toContainEqual(sample);
      expect(kept).toContainEqual(expect.objectContaining({ reason: two, app: "app" }));
      expect(await putsOf(() => invoke(...records.toReversed()))).toBe(2);
      expect(await samples(one, two)).toEqual(expect.arrayContaining(kept));
    });

    it("replaces a reason's sample with that of a later batch", async () => {
      const reason = randomUUID();
      await invoke(recordOf([rejected({ reason, raw: "first" })]));
      await invoke(recordOf([rejected({ reason, raw: "second" })]));
      expect((await samples(reason)).map(({ raw }) => raw)).toEqual(["second"]);
    });

    it("keeps at most 20 samples of a batch, each shortened, for a week", async () => {
      const reasons = Array.from({ length: 30 }, () => randomUUID());
      const rows = reasons.map((reason) => rejected({ reason, raw: `${"x".repeat(499)}🙂` }));
      expect(await putsOf(() => invoke(recordOf(rows)))).toBe(20);
      const kept = await samples(...reasons);
      expect(kept.map(({ raw }) => raw)).toEqual(Array(20).fill("x".repeat(499)));
      const { Items = [] } = await table.client.send(
        new QueryCommand({
          TableName: table.table,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: sampleKey("").pk } },
        }),
      );
      for (const { expires } of Items) expect(Math.round((Number(expires?.N) - Date.now() / 1000) / 86_400)).toBe(7);
    });

    it("counts them once, and says so in the log, when no sample can be kept", async () => {
      const { log } = await import("../../src/log.ts");
      const warn = vi.spyOn(log, "warn");
      const reason = randomUUID();
      const record = recordOf([rejected({ reason, raw: "a secret" })]);
      const where = { operation: "PutItem", pk: sampleKey(reason).pk };
      table.faults.set([{ point: "dynamodb.before", action: "error", code: "InternalServerError", where }]);
      const { records } = await invoke(record);
      table.faults.set([]);
      expect(records).toMatchObject([{ result: "Ok", data: record.data }]);
      expect(await countOf(reason)).toBe(1n);
      expect(await samples(reason)).toEqual([]);
      expect(warn.mock.calls).toEqual([["Cannot keep samples of rejected events", { error: expect.any(Error) }]]);
      expect(JSON.stringify(warn.mock.calls)).not.toContain("secret");
      warn.mockRestore();
    });
  });
});
