/**
 * The deployed code around a modelled Firehose, on the local engines: the stream, the batch and the query of one history, with
 * a table, a catalog and a lake of their own. Only DuckDB is shared by all histories of a process.
 */
import "./environment.ts";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AthenaClient, GetQueryResultsCommand } from "@aws-sdk/client-athena";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { startAthena } from "../../local/athena/service.ts";
import { type Database, openDatabase } from "../../local/duckdb/database.ts";
import { writeParquet } from "../../local/duckdb/parquet.ts";
import { startDynamoDb } from "../../local/dynamodb/service.ts";
import type { AwsService } from "../../local/endpoint/aws-error.ts";
import { createFaults } from "../../local/faults.ts";
import { startGlue } from "../../local/glue/catalog.ts";
import { historyRow } from "../../src/athena-queries/metric-history.ts";
import { rollupStatements } from "../../src/athena-queries/rollup-statements.ts";
import { createAthena } from "../../src/aws/athena.ts";
import { createAnswers } from "../../src/aws/dynamodb/answers.ts";
import { createBlocks } from "../../src/aws/dynamodb/blocks.ts";
import { createDayLedger } from "../../src/aws/dynamodb/day-ledger.ts";
import { createOldCounters } from "../../src/aws/dynamodb/old-counters.ts";
import { createRejectedSamples } from "../../src/aws/dynamodb/rejected-samples.ts";
import { createSealedDays } from "../../src/aws/dynamodb/sealed-days.ts";
import { createKeptQueries } from "../../src/aws/kept-queries.ts";
import { createRollups } from "../../src/aws/rollups.ts";
import { createBatch } from "../../src/handlers/batch.ts";
import { createQuery } from "../../src/handlers/query.ts";
import { createStream, type StreamOptions } from "../../src/handlers/stream.ts";
import { defineMetric } from "../../src/metrics/define-metric.ts";
import { createPresent } from "../../src/query/present.ts";
import { eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { keySchema } from "../aws/dynamodb/local-table.ts";
import { directTo } from "./direct-wire.ts";
import { lakeTables } from "./lake-tables.ts";

/** Where files are cheap to sync: nothing here is about what a disk does. */
const memory = "/dev/shm";
const table = "daymark-faults";
const bucket = "daymark-faults-lake";
const database = "daymark_faults";

/** A catalog with every kind of value, small so that a run is cheap. */
export const catalog = [
  defineMetric({ name: "clicks", title: "", on: ["click"], value: { kind: "count" }, by: ["target"] }),
  defineMetric({
    name: "revenue",
    title: "",
    on: ["payment"],
    value: { kind: "sum", column: "amount" },
    unit: "currency",
    by: ["target"],
  }),
  defineMetric({
    name: "visitors",
    title: "",
    on: { except: ["access_log"] },
    value: { kind: "distinct", of: "visitor" },
    by: ["app"],
  }),
];

/** What a function may still do before it dies: calls to AWS. */
export type Life = { calls: number };
export type Stage = Awaited<ReturnType<typeof startStage>>;
/** `folds` and `batchesAPage` where they are not the usual ones. */
type Options = { timezone: string; clock: () => number; random: () => number; firehose: AwsService } & Pick<
  StreamOptions,
  "folds" | "batchesAPage"
>;

/** What all histories share. */
export async function startEngines() {
  const home = await mkdtemp(join(existsSync(memory) ? memory : tmpdir(), "daymark-faults-"));
  const duckdb = await openDatabase({ home, threads: 1 });
  return {
    home,
    duckdb,
    async [Symbol.asyncDispose]() {
      await duckdb[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}
export type Engines = Awaited<ReturnType<typeof startEngines>>;

export async function startStage(engines: Engines, { timezone, clock, random, firehose, ...sizes }: Options) {
  const { duckdb } = engines;
  await using stack = new AsyncDisposableStack();
  const home = join(engines.home, randomUUID());
  await mkdir(home);
  // A statement that has just ended may still be writing that it has.
  stack.defer(() => rm(home, { recursive: true, force: true, maxRetries: 10 }));
  const faults = createFaults({ random });
  const dynamoDb = stack.use(await startDynamoDb({ home, tables: [{ TableName: table, ...keySchema }], faults }));
  const tables = lakeTables({ database, bucket });
  const glue = stack.use(await startGlue({ home, tables }));
  const workgroups = [{ name: "w", outputLocation: `s3://${bucket}/athena-results/` }];
  const localAthena = stack.use(await startAthena({ home, glue, database: duckdb, workgroups, faults }));
  const aws = directTo([dynamoDb.service, localAthena.service, firehose]);
  const client = stack.adopt(new DynamoDBClient(aws), (one) => one.destroy());
  const athenaClient = stack.adopt(new AthenaClient(aws), (one) => one.destroy());
  const firehoseClient = stack.adopt(new FirehoseClient(aws), (one) => one.destroy());

  const createClients = (life?: Life) => {
    const mortal = life === undefined ? client : dieAfter(client, life);
    const athena = createAthena({
      client: inPages(life === undefined ? athenaClient : dieAfter(athenaClient, life), 3),
      workGroup: "w",
      database,
      waitsMs: [1, 2, 4, 8],
    });
    const store = { client: mortal, table };
    return { client: mortal, athena, ledger: createDayLedger(store), sealedDays: createSealedDays(store) };
  };
  const { athena, ledger, sealedDays } = createClients();
  const store = { client, table };
  const close = stack.move();
  return {
    faults,
    ledger,
    firehoseClient,
    store,
    stream(life?: Life) {
      const options = { table, timezone, catalog, ...sizes };
      return createStream({ ...options, client: createClients(life).client });
    },
    batch(life?: Life) {
      const own = createClients(life);
      const rollups = createRollups({ ...own, statements: rollupStatements(catalog, bucket, timezone) });
      return createBatch({
        timezone,
        settleMinutes: 15,
        // Nothing here is watched for so long: what is sealed short has tests of its own.
        sealDeadlineHours: 12,
        ledger: own.ledger,
        sealedDays: own.sealedDays,
        rollups,
        blocks: createBlocks(store),
        clock,
      });
    },
    query: () =>
      createQuery({
        present: createPresent({ blocks: createBlocks(store), old: createOldCounters(store), memoryBytes: 1e6 }),
        ledger,
        sealedDays,
        history: createKeptQueries({ athena, answers: createAnswers(store), schema: historyRow, clock }),
        samples: createRejectedSamples(store),
        catalog,
        timezone,
        clock,
      }),
    /** Waits until no statement is queued or running: those of a batch run that has died go on at Athena. */
    async athenaIsIdle(): Promise<void> {
      const { ListQueryExecutions: list, BatchGetQueryExecution: get } = localAthena.service.operations;
      for (;;) {
        const ids = ((await list?.({ MaxResults: 50 })) ?? {}) as { QueryExecutionIds?: string[] };
        const found = ((await get?.({ QueryExecutionIds: ids.QueryExecutionIds ?? [] })) ?? {}) as Found;
        if (!found.QueryExecutions?.some(({ Status: { State } }) => State === "QUEUED" || State === "RUNNING")) return;
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
    },
    /** Puts lines into the lake as one object of a day. `columns` is what the writer's schema had. */
    async putObject(
      day: string,
      lines: string,
      columns: readonly string[] = Object.keys(eventColumns),
    ): Promise<string> {
      const folder = join(home, "s3", bucket, "events", `dt=${day}`);
      await mkdir(folder, { recursive: true });
      const source = join(home, `${randomUUID()}.json`);
      const target = join(folder, `${randomUUID()}.parquet`);
      await writeFile(source, lines);
      const types = new Map<string, string>(Object.entries(eventColumns));
      await writeParquet(duckdb, target, {
        files: [source],
        columns: columns.map((name) => ({ name, type: types.get(name) ?? "string" })),
      });
      await rm(source);
      return target;
    },
    async rollupFiles(): Promise<string[]> {
      const folder = join(home, "s3", bucket, "rollups");
      return (await readdir(folder, { recursive: true }))
        .filter((name) => name.endsWith(".parquet"))
        .map((name) => join(folder, name));
    },
    lakeRows: () => readLake(duckdb, join(home, "s3", bucket, "events")),
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  };
}

type Found = { QueryExecutions?: { Status: { State: string } }[] };
export type LakeRow = { app: string; event_id: string; is_copy: boolean; dt: string };

async function readLake(duckdb: Database, folder: string): Promise<LakeRow[]> {
  using connection = await duckdb.connect();
  const files = `read_parquet('${folder}/*/*.parquet', union_by_name = true, hive_partitioning = true)`;
  const reader = await connection.runAndReadAll(
    `SELECT app, event_id, coalesce(is_copy, false), dt::varchar FROM ${files}`,
  );
  return reader
    .getRows()
    .map(([app, id, copy, dt]) => ({ app: String(app), event_id: String(id), is_copy: copy === true, dt: String(dt) }));
}

/** The client of a function that dies: after so many calls nothing leaves it any more, and nobody learns why. */
function dieAfter<C extends { send: unknown }>(client: C, life: Life): C {
  return withSend(client, (send, command) =>
    life.calls-- > 0 ? send(command) : Promise.reject(new Error("The function has died")),
  );
}

/** Athena's results in pages of a few rows. */
function inPages(client: AthenaClient, rows: number): AthenaClient {
  return withSend(client, (send, command) => {
    if (command instanceof GetQueryResultsCommand) command.input.MaxResults = rows;
    return send(command);
  });
}

/** A client with another `send`; for everybody who looks it is still of its class. */
function withSend<C extends { send: unknown }>(
  client: C,
  around: (send: (command: unknown) => unknown, command: unknown) => unknown,
): C {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== "send" || typeof value !== "function") return value;
      return (command: unknown) => around((one) => value.call(target, one), command);
    },
  });
}
