/**
 * Firehose's limit on active partitions: records beyond it are under the error prefix, and nothing is lost or stored
 * twice.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Database, openDatabase } from "../../../../local/duckdb/database.ts";
import type { Invoke } from "../../../../local/endpoint/aws-error.ts";
import { createFaults } from "../../../../local/faults.ts";
import { startFirehose } from "../../../../local/firehose/service.ts";
import type { Outcome } from "../../../../local/firehose/stream/ask-function.ts";
import type { Tuning } from "../../../../local/firehose/stream/context.ts";
import { limitPartitions } from "../../../../local/firehose/stream/partitions.ts";
import { addDays } from "../../../../src/metrics/time-bucket.ts";
import { decode, encode, linesUnder, passThrough, rowsOf, streamDescription } from "../fixtures.ts";

let database: Database;
let home: string;
const faults = createFaults();
beforeAll(async () => {
  database = await openDatabase({ home: await mkdtemp(join(tmpdir(), "daymark-duckdb-")) });
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-partitions-"));
  faults.set([]);
});
afterEach(() => rm(home, { recursive: true, force: true }));

const warnings: string[] = [];
type Changes = { seconds?: number; tuning?: Partial<Tuning>; invoke?: Invoke };

function start({ seconds = 600, tuning = {}, invoke = passThrough }: Changes = {}) {
  warnings.length = 0;
  const streams = [streamDescription({ lake: { sizeInMBs: 64, intervalInSeconds: seconds } })];
  const warn = (message: string) => warnings.push(message);
  return startFirehose({ home, streams, invoke, database, faults, warn, tuning: { retryDelayMs: 5, ...tuning } });
}
type Started = Awaited<ReturnType<typeof start>>;

/** One record for each of `count` days. */
async function putDays(firehose: Started, count: number, from = "2020-01-01") {
  const days = Array.from({ length: count }, (_, i) => addDays(from, i));
  for (let at = 0; at < count; at += 500) {
    const Records = days.slice(at, at + 500).map((day) => ({ Data: encode({ day, name: day }) }));
    await firehose.service.operations.PutRecordBatch?.({ DeliveryStreamName: "events", Records });
  }
  await transformed(firehose);
  return days;
}
const transformed = (firehose: Started) =>
  vi.waitFor(() => expect(firehose.status().events?.backlogBytes).toBe(0), { timeout: 30_000 });
const exceeding = async () => (await linesUnder(home, "errors/activePartitionExceeded/dt=")).map(rawDay);
const rawDay = ({ rawData }: Record<string, unknown>) => JSON.parse(decode(String(rawData))).day;

describe("a delivery stream with dynamic partitioning", () => {
  test("takes 500 partitions, and puts records of more under the error prefix", async () => {
    await using firehose = await start();
    const days = await putDays(firehose, 503);
    expect(firehose.status().events).toMatchObject({ partitions: 500, failedRecords: 3, exceedingRecords: 3 });
    expect(await exceeding()).toEqual(days.slice(500));
    const [line] = await linesUnder(home, "errors/activePartitionExceeded/dt=");
    expect(line).toMatchObject({
      errorCode: "DynamicPartitioning.ActivePartitionLimitExceeded",
      errorMessage: "The number of active partitions has exceeded the configured limit",
      attemptsMade: 1,
    });
    expect(warnings).toEqual([expect.stringMatching(/events has 500 active partitions.* 3 records of other days/)]);
  });

  test("goes on taking records of partitions that are active", async () => {
    await using firehose = await start({ tuning: { activePartitions: 2 } });
    await putDays(firehose, 3);
    await putDays(firehose, 2);
    expect(await exceeding()).toEqual(["2020-01-03"]);
    await firehose.flush();
    expect((await rowsOf(database, home)).map(({ name }) => name)).toEqual(
      ["2020-01-01", "2020-01-01", "2020-01-02", "2020-01-02"], // the same two days twice
    );
  });

  test("takes others once those are delivered", async () => {
    await using firehose = await start({ seconds: 0.05, tuning: { activePartitions: 2 } });
    await putDays(firehose, 2);
    await vi.waitFor(() => expect(firehose.status().events?.partitions).toBe(0), { timeout: 30_000 });
    await putDays(firehose, 2, "2021-01-01");
    await firehose.flush();
    expect(await exceeding()).toEqual([]);
    expect(await rowsOf(database, home)).toHaveLength(4);
  });

  test("counts a partition that cannot be delivered as active", async () => {
    await using firehose = await start({ seconds: 0.01, tuning: { activePartitions: 2 } });
    faults.set([{ point: "firehose.deliver.plan", action: "error" }]);
    await putDays(firehose, 2);
    await vi.waitFor(() => expect(firehose.status().events?.lastError).toBeDefined(), { timeout: 30_000 });
    await putDays(firehose, 1, "2021-01-01");
    expect(await exceeding()).toEqual(["2021-01-01"]);
    faults.set([]);
  });

  test("has no record twice when a batch is done again after a crash, with other partitions active", async () => {
    const tuning = { activePartitions: 1 };
    {
      await using firehose = await start({ tuning });
      await putDays(firehose, 1);
      // Its error object is written, and then the process ends before the journal records it.
      faults.set([{ point: "firehose.checkpoint", action: "error" }]);
      const Records = [{ Data: encode({ day: "2021-01-01", name: "b" }) }];
      await firehose.service.operations.PutRecordBatch?.({ DeliveryStreamName: "events", Records });
      await vi.waitFor(async () => expect(await exceeding()).toEqual(["2021-01-01"]), { timeout: 30_000 });
    }
    faults.set([]);
    await using firehose = await start({ tuning: { activePartitions: 2 } });
    await transformed(firehose);
    await firehose.flush();
    expect(await exceeding()).toEqual([]);
    expect(await rowsOf(database, home)).toHaveLength(2);
  });
});

test("limitPartitions gives what is left to the first records, and lets dropped and failed ones be", () => {
  const record = { recordId: "r", arrival: 0, data: Buffer.from("{}") };
  const ok = (dt: string): Outcome => ({ result: "ok", record, data: record.data, keys: { dt } });
  const given: Outcome[] = [{ result: "dropped", record }, ok("a"), ok("b"), ok("c"), ok("b"), ok("x")];
  const { outcomes, active } = limitPartitions(given, new Set(['{"dt":"x"}']), 3);
  expect(outcomes.map(({ result }) => result)).toEqual(["dropped", "ok", "ok", "failed", "ok", "ok"]);
  expect([...active]).toEqual(['{"dt":"x"}', '{"dt":"a"}', '{"dt":"b"}']);
});
