/**
 * Stream, batch and query on the local engines, with the test in Firehose's role: it decides when the stream's output
 * arrives in the lake, how often, or never. The time is Date's, which a test may fake.
 */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AthenaClient } from "@aws-sdk/client-athena";
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { vi } from "vitest";
import { startAthena } from "../../local/athena/service.ts";
import { openDatabase } from "../../local/duckdb/database.ts";
import { writeParquet } from "../../local/duckdb/parquet.ts";
import { startDynamoDb } from "../../local/dynamodb/service.ts";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../local/faults.ts";
import { startGlue } from "../../local/glue/catalog.ts";
import { startS3 } from "../../local/s3/service.ts";
import { startSecretsManager } from "../../local/secrets-manager/service.ts";
import { createAthena } from "../../src/aws/athena.ts";
import { createTable } from "../../src/aws/dynamodb/table.ts";
import type { EraseReport } from "../../src/batch/erase/erase-person.ts";
import { eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { rejectedColumns } from "../../src/schemas/tables/rejected-columns.ts";
import type { FirehoseResult } from "../../src/stream/answer-batch.ts";
import { createDayLedger } from "../../src/table/days/day-ledger.ts";
import type { BatchRun } from "../../src/table/days/day-state.ts";
import { createSealedDays } from "../../src/table/days/sealed-days.ts";
import { keySchema } from "../aws/dynamodb/local-table.ts";
import { lakeTables } from "../faults/lake-tables.ts";
import { recordOf } from "../fixtures/event-rows.ts";

const bucket = "daymark-test-lake";
const database = "daymark_test";
const table = "daymark-test";
const columnsOf = (columns: object) => Object.entries(columns).map(([name, type]) => ({ name, type }));

/** The environment must be set before a handler is imported. */
function setEnvironment(url: string) {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    TABLE: table,
    TIMEZONE: "Asia/Seoul",
    LOG_LEVEL: "silent",
    WORKGROUP: "daymark-test",
    DATABASE: database,
    LAKE_BUCKET: bucket,
    SETTLE_MINUTES: "15",
    SEAL_DEADLINE_HOURS: "6",
    READ_TOKEN_SECRET: "read-token",
  });
}

type Stream = (event: { records: object[] }, context: object) => Promise<{ records: FirehoseResult[] }>;
type Query = (event: APIGatewayProxyEventV2, context: object) => Promise<APIGatewayProxyStructuredResultV2>;
type Batch = (event: unknown, context: object) => Promise<BatchRun & EraseReport>;

export type Stage = Awaited<ReturnType<typeof startStage>>;

export async function startStage() {
  const stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "daymark-stage-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const faults = createFaults();
  const dynamoDb = stack.use(await startDynamoDb({ home, tables: [{ TableName: table, ...keySchema }], faults }));
  const duckdb = stack.use(await openDatabase({ home, threads: 1 }));
  const tables = lakeTables({ database, bucket });
  const glue = stack.use(await startGlue({ home, tables }));
  const workgroups = [{ name: "daymark-test", outputLocation: `s3://${bucket}/athena-results/` }];
  const athena = stack.use(await startAthena({ home, glue, database: duckdb, workgroups, faults }));
  const invoke = () => Promise.reject(new Error("no function here"));
  const secrets = [{ name: "read-token", arn: "arn:read-token", description: "", value: "rt_test" }];
  const secretsManager = await startSecretsManager({ home, secrets, faults });
  const services = [dynamoDb.service, athena.service, secretsManager.service];
  const s3 = await startS3({ home, buckets: [bucket], faults });
  const { url } = stack.use(await startAwsEndpoint({ port: 0, services, invoke, s3, faults }));
  setEnvironment(url);
  const handlers = {
    stream: (await import("../../src/handlers/stream.ts")).handler as unknown as Stream,
    batch: (await import("../../src/handlers/batch.ts")).handler as unknown as Batch,
    query: (await import("../../src/handlers/query.ts")).handler as unknown as Query,
  };
  const client = new DynamoDBClient({});
  stack.defer(() => client.destroy());
  const store = createTable({ client, table });
  let files = 0;
  let remaining = 900_000;

  /** Puts the stream's output into the lake, as Firehose does; each call creates a file per day. */
  async function deliver(results: readonly FirehoseResult[], table: "events" | "rejected" = "events") {
    const byDay = Map.groupBy(results, ({ metadata }) => metadata?.partitionKeys.dt ?? "none");
    for (const [day, some] of byDay) {
      const folder = join(home, "s3", bucket, table, `dt=${day}`);
      await mkdir(folder, { recursive: true });
      const lines = join(home, `lines-${++files}.json`);
      await writeFile(lines, some.map(({ data }) => Buffer.from(data, "base64").toString()).join(""));
      await writeParquet(duckdb, join(folder, `${files}.parquet`), {
        files: [lines],
        columns: columnsOf(table === "events" ? eventColumns : rejectedColumns),
      });
    }
  }

  const sql = createAthena({ client: new AthenaClient({}), workGroup: "daymark-test", database });
  return {
    faults,
    /** Runs any statement on the local Athena. */
    sql: (text: string) => sql.run({ text, params: [] }),
    sealedDays: createSealedDays(store),
    /** Makes the table look as it did before days were listed. */
    async forget(day: string) {
      const TableName = table;
      const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: key("sealed", day.slice(0, 4)),
          UpdateExpression: "DELETE #days :days",
          ExpressionAttributeNames: { "#days": "days" },
          ExpressionAttributeValues: { ":days": { SS: [day] } },
        }),
      );
      await client.send(
        new UpdateItemCommand({ TableName, Key: key("state", "rollups"), UpdateExpression: "REMOVE new_rollups" }),
      );
    },
    ledger: createDayLedger(store),
    athenaClient: new AthenaClient({}),
    client,
    table,
    store,
    home,
    deliver,
    /** Has the stream count rows, one record per array; its output is for `deliver`. */
    async stream(...requests: (readonly object[])[]) {
      const { records } = await handlers.stream({ records: requests.map((rows) => recordOf(rows)) }, {});
      return records;
    },
    /** Has the stream count these records. */
    invokeStream: (records: readonly object[]) => handlers.stream({ records: [...records] }, {}),
    /** Both: rows are counted, and put into the lake. */
    async take(...requests: (readonly object[])[]) {
      await deliver(await this.stream(...requests));
    },
    /** Removes a day's raw events, as the bucket's lifecycle does. */
    expireEvents: (day: string) => rm(join(home, "s3", bucket, "events", `dt=${day}`), { recursive: true }),
    setRemaining: (ms: number) => {
      remaining = ms;
    },
    batch: (event: unknown = {}) => handlers.batch(event, { getRemainingTimeInMillis: () => remaining }),
    /** `GET` of a path such as `/v1/metrics/clicks?from=…`. */
    get: (path: string, headers?: Record<string, string>) => ask(handlers.query, path, headers),
    /** The same from a function with an empty cache. */
    async getFromNewContainer(path: string) {
      vi.resetModules();
      return ask((await import("../../src/handlers/query.ts")).handler as unknown as Query, path);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function ask(query: Query, path: string, headers: Record<string, string> = { authorization: "Bearer rt_test" }) {
  const { statusCode: status, headers: answered = {}, body: text = "null" } = await query(toEvent(path, headers), {});
  return { status, headers: answered, body: JSON.parse(text), text };
}

function toEvent(path: string, headers: Record<string, string>): APIGatewayProxyEventV2 {
  const { pathname, search } = new URL(path, "http://localhost");
  const [, version, kind, metric] = pathname.split("/");
  const route = `GET /${version}/${kind}${metric === undefined ? "" : "/{metric}"}`;
  const event = { version: "2.0", routeKey: route, rawPath: pathname, rawQueryString: search.slice(1), headers };
  // AWS leaves out what a path does not have; others that speak its wire send null.
  return { ...event, pathParameters: metric === undefined ? null : { metric } } as unknown as APIGatewayProxyEventV2;
}
