import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Invoke } from "../../local/aws-error.ts";
import { type Database, openDatabase } from "../../local/duckdb.ts";
import { createFaults } from "../../local/faults.ts";
import { type StreamDescription, startFirehose } from "../../local/firehose.ts";
import { encode, passThrough, rowsOf, streamDescription } from "./firehose-fixtures.ts";

let database: Database;
let home: string;
beforeAll(async () => {
  database = await openDatabase({ home: await mkdtemp(join(tmpdir(), "daymark-duckdb-")) });
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-firehose-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

function start(invoke: Invoke = passThrough, stream: Partial<StreamDescription> = {}, faults = createFaults()) {
  return startFirehose({
    home,
    streams: [streamDescription(stream)],
    invoke,
    database,
    faults,
    tuning: { retryDelayMs: 5 },
  });
}
function put(firehose: Awaited<ReturnType<typeof start>>, records: unknown[], name = "events") {
  const Records = records.map((record) => ({ Data: encode(record) }));
  return firehose.service.operations.PutRecordBatch?.({ DeliveryStreamName: name, Records }) as Promise<{
    FailedPutCount: number;
    RequestResponses: { RecordId?: string; ErrorCode?: string }[];
  }>;
}

describe("a delivery stream", () => {
  test("brings each record to its partition in the lake, once, as Parquet", async () => {
    await using firehose = await start();
    await put(firehose, [
      { day: "2026-11-22", name: "a", amount: 1 },
      { day: "2026-11-23", name: "b", amount: "2" },
    ]);
    await put(firehose, [`{"day":"2026-11-22","name":"c"}\n{"day":"2026-11-22","name":"d","properties":{"x":[1]}}`]);
    await firehose.flush();
    expect(await rowsOf(database, home)).toEqual([
      { dt: "2026-11-22", name: "a", amount: "1", at: null, properties: null },
      { dt: "2026-11-22", name: "c", amount: null, at: null, properties: null },
      { dt: "2026-11-22", name: "d", amount: null, at: null, properties: '{"x":[1]}' },
      { dt: "2026-11-23", name: "b", amount: "2", at: null, properties: null },
    ]);
    expect(await readdir(join(home, "firehose/events/spool"))).toEqual([]);
    expect(firehose.status().events).toMatchObject({
      records: 3,
      rows: 4,
      backlogBytes: 0,
      batches: 0,
      spooledBytes: 0,
    });
  });
});
