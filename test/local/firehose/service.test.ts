import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Database, openDatabase } from "../../../local/duckdb/database.ts";
import { isIntact } from "../../../local/duckdb/parquet-checksum.ts";
import type { Invoke } from "../../../local/endpoint/aws-error.ts";
import { createFaults, type FaultRule } from "../../../local/faults.ts";
import { type Firehose, type StreamDescription, startFirehose } from "../../../local/firehose/service.ts";
import type { Tuning } from "../../../local/firehose/stream/context.ts";
import { arrived } from "../held.ts";
import {
  decode,
  encode,
  filesUnder,
  linesUnder,
  passThrough,
  rowsOf,
  streamDescription,
  type TransformEvent,
} from "./fixtures.ts";

let database: Database;
let home: string;
const faults = createFaults();
beforeAll(async () => {
  database = await openDatabase({ home: await mkdtemp(join(tmpdir(), "daymark-duckdb-")) });
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-firehose-"));
  faults.set([]);
});
afterEach(() => rm(home, { recursive: true, force: true }));

const quick = { functionName: "f", bufferSizeInMBs: 0.001, bufferIntervalInSeconds: 0.005, numberOfRetries: 50 };

type Changes = { invoke?: Invoke; stream?: Partial<StreamDescription>; tuning?: Partial<Tuning> };
type BatchAnswer = { FailedPutCount: number; RequestResponses: { RecordId?: string; ErrorCode?: string }[] };

function start({ invoke = passThrough, stream = {}, tuning = {} }: Changes = {}): Promise<Firehose> {
  const streams = [streamDescription(stream)];
  return startFirehose({ home, streams, invoke, database, faults, tuning: { retryDelayMs: 5, ...tuning } });
}

function call(firehose: Firehose, operation: string, input: object): Promise<object> {
  const run = firehose.service.operations[operation];
  if (!run) throw new Error(`No operation ${operation}`);
  return run({ DeliveryStreamName: "events", ...input });
}

async function put(firehose: Firehose, ...records: unknown[]): Promise<BatchAnswer> {
  const answer = await call(firehose, "PutRecordBatch", {
    Records: records.map((record) => ({ Data: encode(record) })),
  });
  return answer as BatchAnswer;
}

function event(number: number, day = "2026-11-22") {
  return { day, name: `n${String(number).padStart(4, "0")}`, amount: number };
}

async function amounts(): Promise<number[]> {
  return (await rowsOf(database, home)).map(({ amount }) => Number(amount));
}

/** Unlike Node's own, this copy continues if a file is gone before its turn. */
async function copyInUse(from: string, to: string): Promise<void> {
  await promisify(execFile)("cp", ["-R", from, to]).catch(() => {});
}

describe("a delivery stream", () => {
  test("brings each record to its partition in the lake, once, as Parquet", async () => {
    await using firehose = await start();
    await put(firehose, { day: "2026-11-22", name: "a", amount: 1 }, { day: "2026-11-23", name: "b", amount: "2" });
    await put(firehose, '{"day":"2026-11-22","name":"c"}\n{"day":"2026-11-22","name":"d","properties":{"x":[1]}}');
    await firehose.flush();
    expect(await rowsOf(database, home)).toEqual([
      { dt: "2026-11-22", name: "a", amount: "1", at: null, properties: null },
      { dt: "2026-11-22", name: "c", amount: null, at: null, properties: null },
      { dt: "2026-11-22", name: "d", amount: null, at: null, properties: '{"x":[1]}' },
      { dt: "2026-11-23", name: "b", amount: "2", at: null, properties: null },
    ]);
    expect(await readdir(join(home, "firehose/events/spool"))).toEqual([]);
    for (const path of (await filesUnder(join(home, "s3"))).filter((file) => file.endsWith(".parquet"))) {
      const bytes = await readFile(path);
      await writeFile(path, Buffer.from(bytes).fill(~(bytes[20] ?? 0), 20, 21));
      expect(await isIntact(path)).toBe(false);
    }
    expect(firehose.status().events).toMatchObject({
      records: 3,
      rows: 4,
      backlogBytes: 0,
      batches: 0,
      spooledBytes: 0,
    });
  });

  test("delivers by itself after its intervals, under the name that Firehose would give", async () => {
    await using firehose = await start();
    await put(firehose, event(1));
    await vi.waitFor(async () => expect(await filesUnder(join(home, "s3"))).toHaveLength(1), {
      timeout: 30_000,
      interval: 20,
    });
    expect((await filesUnder(join(home, "s3")))[0]).toMatch(
      /\/s3\/lake\/events\/dt=2026-11-22\/events-1-\d{4}(-\d\d){5}-[0-9a-f-]{36}\.parquet$/,
    );
  });

  test("without a processor partitions by the arrival of the oldest record, in the stream's time zone", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-12-31T15:30:00Z") });
    try {
      const { processor: _, ...plain } = streamDescription({
        prefix: "rejected/dt=!{timestamp:yyyy-MM-dd}/",
        dynamicPartitioning: false,
      });
      await using firehose = await startFirehose({ home, streams: [plain], invoke: passThrough, database, faults });
      await put(firehose, event(1));
      await firehose.flush();
      expect(await rowsOf(database, home)).toMatchObject([{ dt: "2027-01-01", name: "n0001" }]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("cuts batches by size, in order, with the ids and the arrival that the puts had", async () => {
    const seen: TransformEvent["records"][] = [];
    const invoke: Invoke = async (name, payload) => {
      seen.push((payload as TransformEvent).records);
      return await passThrough(name, payload);
    };
    const stream = {
      processor: { functionName: "f", bufferSizeInMBs: 0.01, bufferIntervalInSeconds: 60, numberOfRetries: 0 },
    };
    await using firehose = await start({ invoke, stream, tuning: { invocations: 1 } });
    const before = Date.now();
    const answers = await put(
      firehose,
      ...Array.from({ length: 30 }, (_, i) => ({ ...event(i), properties: "x".repeat(900) })),
    );
    await firehose.flush();
    for (const batch of seen)
      expect(batch.reduce((sum, { data }) => sum + decode(data).length, 0)).toBeLessThanOrEqual(0.01 * 2 ** 20);
    expect(seen.length).toBe(3);
    expect(seen.flat().map(({ recordId }) => recordId)).toEqual(
      answers.RequestResponses.map(({ RecordId }) => RecordId),
    );
    for (const record of seen.flat())
      expect(Math.abs(record.approximateArrivalTimestamp - before)).toBeLessThan(60_000);
  });

  test("gives the function the left-over batch as it was, and nothing new until that one is done", async () => {
    const first: TransformEvent["records"][] = [];
    {
      const hang: Invoke = (_, payload) => {
        first.push((payload as TransformEvent).records);
        return new Promise(() => {});
      };
      await using firehose = await start({ invoke: hang, tuning: { invocations: 1 } });
      await put(firehose, event(1), event(2));
      await vi.waitFor(() => expect(first).toHaveLength(1), 30_000);
      await put(firehose, event(3));
    }
    const second: TransformEvent["records"][] = [];
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const slow: Invoke = async (name, payload) => {
      second.push((payload as TransformEvent).records);
      await gate;
      return await passThrough(name, payload);
    };
    await using firehose = await start({ invoke: slow, tuning: { invocations: 5 } });
    await put(firehose, event(4));
    await vi.waitFor(() => expect(second).toHaveLength(1), 30_000);
    await wait(150);
    expect(second).toEqual(first);
    open();
    await firehose.flush();
    expect(await amounts()).toEqual([1, 2, 3, 4]);
  });

  test("starts from a home that was copied while it was in use, and delivers what comes then", async () => {
    const copy = `${home}-copy`;
    try {
      await using firehose = await start({ stream: { processor: quick } });
      for (let number = 0; number < 300; number += 3) {
        await put(firehose, event(number), event(number + 1), event(number + 2));
        if (number === 150) await copyInUse(home, copy);
      }
      const streams = [streamDescription()];
      await using again = await startFirehose({ home: copy, streams, invoke: passThrough, database, faults });
      await put(again, event(1000));
      await again.flush();
      const copied = (await rowsOf(database, copy)).map(({ amount }) => Number(amount));
      expect(copied).toContain(1000);
      expect(copied.length).toBeGreaterThan(1);
      // Rows may come twice: the copy of the lake can be newer than the copy of the journal. Their event ids are the
      // same.
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  });

  test("deletes its log when everything in it is delivered", async () => {
    await using firehose = await start();
    for (let i = 0; i < 12; i++)
      await put(firehose, ...[0, 1, 2, 3].map(() => `{"day":"d","name":"${"x".repeat(1_000_000)}"}`));
    await firehose.flush();
    const files = await filesUnder(join(home, "firehose/events/records"));
    expect(files).toHaveLength(1);
  });
});

describe("what the function refuses", () => {
  const answer =
    (change: (record: { recordId: string; data: string }) => object | undefined): Invoke =>
    async (_, payload) => ({
      payload: { records: (payload as TransformEvent).records.flatMap((record) => change(record) ?? []) },
    });

  test("lands under processing-failed, as it came, and the rest is delivered", async () => {
    const invoke = answer(({ recordId, data }) => {
      if (decode(data).includes("n0001")) return { recordId, result: "ProcessingFailed", data };
      if (decode(data).includes("n0002")) return { recordId, result: "Dropped", data };
      if (decode(data).includes("n0003")) return undefined;
      if (decode(data).includes("n0004"))
        return { recordId, result: "Ok", data, metadata: { partitionKeys: { dt: "" } } };
      return { recordId, result: "Ok", data, metadata: { partitionKeys: { dt: "2026-11-22" } } };
    });
    await using firehose = await start({ invoke });
    await put(firehose, ...[1, 2, 3, 4, 5].map((number) => event(number)));
    await firehose.flush();
    expect(await amounts()).toEqual([5]);
    const lines = await linesUnder(home, "/lake/errors/processing-failed/dt=");
    expect(lines.map(({ rawData, errorCode }) => [decode(String(rawData)), errorCode])).toEqual([
      [JSON.stringify(event(1)), "Lambda.ProcessingFailedStatus"],
      [JSON.stringify(event(3)), "Lambda.MissingRecordId"],
      [JSON.stringify(event(4)), "DynamicPartitioning.MissingPartitionKey"],
    ]);
    expect(lines[0]?.lambdaARN).toBe("arn:aws:lambda:ap-northeast-2:000000000000:function:stream");
  });

  test("is the whole batch when the function fails more often than the retries allow", async () => {
    let calls = 0;
    await using firehose = await start({
      invoke: async () => ({ payload: { errorType: "E", errorMessage: `${++calls}` }, functionError: "Unhandled" }),
    });
    await put(firehose, event(1), event(2));
    await firehose.flush();
    expect(calls).toBe(3);
    expect(await linesUnder(home, "processing-failed")).toMatchObject([
      { errorCode: "Lambda.FunctionError", errorMessage: "E: 3", attemptsMade: 3 },
      { errorCode: "Lambda.FunctionError", attemptsMade: 3 },
    ]);
  });
});

describe("a file that waits for delivery, with a byte flipped,", () => {
  const waiting = () => filesUnder(join(home, "firehose/events/spool"));

  test("costs the record that has it, wherever that is, and no number becomes another", async () => {
    const all = [1, 2, 3, 4, 5, 6];
    for (let at = 0; at < 300; at += 23) {
      await using firehose = await start({ stream: { lake: { sizeInMBs: 64, intervalInSeconds: 3600 } } });
      await put(firehose, ...all.map((number) => event(number)));
      await vi.waitFor(async () => expect(await waiting()).toHaveLength(2), { timeout: 30_000 });
      const path = (await waiting()).find((file) => file.endsWith(".ndjson")) ?? "";
      const bytes = await readFile(path);
      const place = at % bytes.length;
      bytes[place] = (bytes[place] ?? 0) ^ 2;
      await writeFile(path, bytes);
      await firehose.flush();
      const found = await amounts();
      const hit = bytes.subarray(0, place).toString().split("\n").length;
      expect(found, `byte ${place}`).toEqual(all.filter((number) => number !== hit));
      const lines = await linesUnder(home, "/lake/errors/format-conversion-failed/dt=");
      expect(lines).toMatchObject([{ lastErrorMessage: "The record was damaged while it waited for delivery." }]);
      await rm(join(home, "s3"), { recursive: true });
    }
  });

  test("is named once", async () => {
    const warn = vi.fn();
    const streams = [streamDescription({ lake: { sizeInMBs: 64, intervalInSeconds: 3600 } })];
    await using firehose = await startFirehose({ home, streams, invoke: passThrough, database, faults, warn });
    await put(firehose, event(1), event(2));
    await vi.waitFor(async () => expect(await waiting()).toHaveLength(2), { timeout: 30_000 });
    const path = (await waiting()).find((file) => file.endsWith(".ndjson")) ?? "";
    await writeFile(path, (await readFile(path)).subarray(0, -1));
    await firehose.flush();
    expect(await amounts()).toEqual([1]);
    expect(warn.mock.calls.flat().filter((text) => text.includes(path))).toHaveLength(1);
  });
});

describe("what does not fit the table", () => {
  test("lands under format-conversion-failed, document by document, and the rest is delivered", async () => {
    await using firehose = await start();
    await put(
      firehose,
      event(1),
      `${JSON.stringify(event(2))}\n${JSON.stringify({ ...event(3), amount: "oops" })}\n${JSON.stringify(event(4))}`,
      "not json",
      " ",
      `${JSON.stringify(event(5))}${JSON.stringify(event(6))}`,
      { ...event(7), properties: "\ud83d" },
    );
    await firehose.flush();
    expect(await amounts()).toEqual([1, 2, 4, 5, 6, 7]);
    const lines = (await linesUnder(home, "/lake/errors/format-conversion-failed/dt=")).sort((a, b) =>
      String(b.rawData).localeCompare(String(a.rawData), "en"),
    );
    expect(
      lines.map(({ rawData, lastErrorCode, lastErrorMessage }) => [
        decode(String(rawData)),
        lastErrorCode,
        lastErrorMessage,
      ]),
    ).toEqual([
      [" \n", "DataFormatConversion.MalformedData", "The record was empty or contained only whitespace."],
      [
        JSON.stringify({ ...event(3), amount: "oops" }),
        "DataFormatConversion.MalformedData",
        'Data does not match the schema. For input string: "oops"',
      ],
      ["not json", "DataFormatConversion.ParseError", "Encountered malformed JSON."],
    ]);
    expect(lines[0]).toMatchObject({
      attemptsMade: 1,
      sequenceNumber: expect.stringContaining("shardId-"),
      dataCatalogTable: { catalogId: "000000000000" },
    });
    expect(firehose.status().events).toMatchObject({ rows: 6, failedDocuments: 3 });
  });

  test("makes no Parquet file when nothing is left", async () => {
    await using firehose = await start();
    await put(firehose, "[1]");
    await firehose.flush();
    expect((await filesUnder(join(home, "s3"))).filter((file) => file.endsWith(".parquet"))).toEqual([]);
    expect(await linesUnder(home, "format-conversion-failed")).toHaveLength(1);
  });
});

describe("under faults", () => {
  test("a full disk is a 503, and the stream goes on when there is space again", async () => {
    await using firehose = await start();
    await symlink("/dev/full", join(home, "firehose/events/records/0000000000000000.log"));
    await expect(put(firehose, event(1))).rejects.toMatchObject({ code: "ServiceUnavailableException", status: 503 });
    await rm(join(home, "firehose/events/records/0000000000000000.log"));
    await put(firehose, event(2));
    await firehose.flush();
    expect(await amounts()).toEqual([2]);
  });

  test("a backlog beyond its limit is a 503 until it is worked off, and nothing acknowledged is lost", async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const invoke: Invoke = async (name, payload) => {
      await gate;
      return await passThrough(name, payload);
    };
    await using firehose = await start({ invoke, tuning: { maxBacklogBytes: 20_000 } });
    const big = (number: number) => ({ ...event(number), properties: "x".repeat(5_000) });
    let accepted = 0;
    await expect(
      (async () => {
        for (; accepted < 100; accepted++) await put(firehose, big(accepted));
      })(),
    ).rejects.toMatchObject({ code: "ServiceUnavailableException", message: "Slow down." });
    expect(accepted).toBeLessThan(10);
    open();
    await firehose.flush();
    await put(firehose, big(accepted));
    await firehose.flush();
    expect(await amounts()).toEqual(Array.from({ length: accepted + 1 }, (_, number) => number));
  });

  test("an injected partial failure stores the other entries only, and a lost answer stores all", async () => {
    await using firehose = await start();
    faults.set([{ point: "firehose.put", action: "partial", indexes: [0, 2], code: "InternalFailure" }]);
    const answer = await put(firehose, event(1), event(2), event(3));
    expect(answer.FailedPutCount).toBe(2);
    expect(answer.RequestResponses.map(({ ErrorCode }) => ErrorCode)).toEqual([
      "InternalFailure",
      undefined,
      "InternalFailure",
    ]);
    faults.set([{ point: "firehose.put.after", action: "error", status: 500, code: "InternalFailure" }]);
    await expect(put(firehose, event(4))).rejects.toMatchObject({ code: "InternalFailure", status: 500 });
    await firehose.flush();
    expect(await amounts()).toEqual([2, 4]);
  });

  test("whatever fails between put and lake, each record arrives once", async () => {
    const points = ["firehose.cut", "firehose.transform.before", "firehose.transform.after", "firehose.deliver.plan"];
    points.push("firehose.deliver.rename.before", "firehose.deliver.rename.after", "firehose.checkpoint");
    const rule = fc.record({
      point: fc.constantFrom(...points),
      action: fc.constantFrom<FaultRule["action"]>("error", "delay"),
      delayMs: fc.constant(3),
      times: fc.integer({ min: 1, max: 2 }),
      skip: fc.integer({ min: 0, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { maxLength: 6 }), fc.integer({ min: 1, max: 30 }), async (rules, count) => {
        await rm(home, { recursive: true, force: true });
        await using firehose = await start({ stream: { processor: quick } });
        faults.set(rules);
        for (let number = 0; number < count; number += 3) {
          const some = [0, 1, 2].map((one) => event(number + one, `2026-11-2${one}`));
          await put(firehose, ...some.slice(0, count - number));
        }
        await firehose.flush();
        expect((await amounts()).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, number) => number));
        expect(await linesUnder(home, "errors/")).toEqual([]);
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  test("flush says what keeps it when it does not end in time", async () => {
    await using firehose = await start();
    faults.set([{ point: "firehose.deliver.plan", action: "error", code: "Broken" }]);
    await put(firehose, event(1));
    const whole = firehose.flush();
    await arrived(faults, "firehose.deliver.plan");
    await expect(firehose.flush({ timeoutMs: 100 })).rejects.toThrow("Injected fault at firehose.deliver.plan");
    faults.set([]);
    await whole;
    expect(await amounts()).toEqual([1]);
  });
});

describe("throttling", () => {
  test("refuses what exceeds the stream's limits, entry by entry or as a whole", async () => {
    await using firehose = await start({ stream: { limits: { recordsPerSecond: 3, requestsPerSecond: 100 } } });
    // No time passes, in which the stream would accept more.
    const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now());
    const answer = await put(firehose, event(1), event(2), event(3), event(4), event(5));
    expect(answer.FailedPutCount).toBe(2);
    expect(answer.RequestResponses[4]).toEqual({
      ErrorCode: "ServiceUnavailableException",
      ErrorMessage: "Slow down.",
    });
    await expect(put(firehose, event(6))).rejects.toMatchObject({ code: "ServiceUnavailableException", status: 503 });
    clock.mockRestore();
    await firehose.flush();
    expect(await amounts()).toEqual([1, 2, 3]);
  });
});

test.each([
  [{ prefix: "x/!{timestamp:YYYY}/" }, "YYYY"],
  [{ columns: [{ name: "a", type: "map<string,string>" }] }, "map<string,string>"],
  [{ dynamicPartitioning: false }, "partitionKeyFromLambda"],
])("startFirehose refuses the stream %j", async (stream, reason) => {
  await expect(start({ stream })).rejects.toThrow(reason);
});
