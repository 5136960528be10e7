/**
 * The deployed code around a modelled Firehose, on the local engines: the stream, the batch and the query of one
 * history, with their own table, catalog and lake. Only DuckDB is shared by all histories of a process.
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
import { rollupStatements } from "../../src/athena-queries/rollup-statements.ts";
import { createAthena } from "../../src/aws/athena.ts";
import { createTable } from "../../src/aws/dynamodb/table.ts";
import { createRowCounts } from "../../src/batch/count-rows.ts";
import { createRollups } from "../../src/batch/rollups.ts";
import { createSealRun } from "../../src/batch/seal-run.ts";
import { defineMetric } from "../../src/metrics/define-metric.ts";
import { createQuery } from "../../src/query/query.ts";
import { eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { createStream, type StreamOptions } from "../../src/stream/stream.ts";
import { createBlocks } from "../../src/table/blocks/stored-blocks.ts";
import { createDayLedger } from "../../src/table/days/day-ledger.ts";
import { createSealedDays } from "../../src/table/days/sealed-days.ts";
import { keySchema } from "../aws/dynamodb/local-table.ts";
import { silent } from "../silent-reporter.ts";
import { directTo } from "./direct-wire.ts";
import { lakeTables } from "./lake-tables.ts";

/** Files are cheap to sync there: nothing here is about what a disk does. */
const memory = "/dev/shm";
const tableName = "daymark-faults";
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

/** How much a function may still do before it dies: calls to AWS. */
export type Life = { calls: number };
type Lambda = { getRemainingTimeInMillis(): number };
export type Stage = Awaited<ReturnType<typeof startStage>>;
/** `folds` and `batchesAPage` if they are not the defaults. */
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
  // A statement that has just ended may still be writing this to disk.
  stack.defer(() => rm(home, { recursive: true, force: true, maxRetries: 10 }));
  const faults = createFaults({ random });
  const dynamoDb = stack.use(await startDynamoDb({ home, tables: [{ TableName: tableName, ...keySchema }], faults }));
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
    const store = createTable({ client: mortal, table: tableName });
    return { table: store, athena };
  };
  const { table: store, athena } = createClients();
  const ledger = createDayLedger(store);
  const close = stack.move();
  return {
    faults,
    ledger,
    firehoseClient,
    store,
    stream: (life?: Life) =>
      createStream({ ...silent, ...createClients(life), timezone, catalog, clock: () => Date.now(), ...sizes }),
    batch(life?: Life) {
      const own = createClients(life);
      const [ownLedger, sealedDays] = [createDayLedger(own.table), createSealedDays(own.table)];
      const statements = rollupStatements(catalog, bucket, timezone);
      const rollups = {
        ...createRollups({ athena: own.athena, ledger: ownLedger, sealedDays, statements }),
        ...createRowCounts({ athena: own.athena, statements }),
      };
      const seal = createSealRun({
        ...silent,
        timezone,
        settleMinutes: 15,
        // Nothing here is watched that long: days that are sealed short have their own tests.
        sealDeadlineHours: 12,
        ledger: ownLedger,
        sealedDays,
        rollups,
        blocks: createBlocks(store),
        catalog,
        clock,
        newRun: (now) => `${new Date(now).toISOString().replace(/[-:.]/g, "")}-${randomUUID().slice(0, 8)}`,
      });
      return (event: { rebuild?: { from: string; to: string } }, lambda: Lambda) =>
        seal(event, () => lambda.getRemainingTimeInMillis() >= 120_000);
    },
    query: () =>
      createQuery({
        ...silent,
        table: store,
        athena,
        catalog,
        derived: [],
        timezone,
        clock,
        cacheBytes: 1e6,
      }),
    /** Waits until no statement is queued or running: those of a batch run that has died continue in Athena. */
    async athenaIsIdle(): Promise<void> {
      const { ListQueryExecutions: list, BatchGetQueryExecution: get } = localAthena.service.operations;
      for (;;) {
        const ids = ((await list?.({ MaxResults: 50 })) ?? {}) as { QueryExecutionIds?: string[] };
        const found = ((await get?.({ QueryExecutionIds: ids.QueryExecutionIds ?? [] })) ?? {}) as Found;
        if (!found.QueryExecutions?.some(({ Status: { State } }) => State === "QUEUED" || State === "RUNNING")) return;
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
    },
    /** Puts lines into the lake as one object of a day. `columns` are those of the writer's schema. */
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

/** The client of a function that dies: after so many calls, nothing it sends leaves it any more, and it fails. */
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

/** A client with another `send`; it is still an instance of its class. */
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
