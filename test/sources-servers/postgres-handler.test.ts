/**
 * The snapshot function itself: its environment, a secret by its ARN, a server behind TLS, the lake, and the status. It
 * starts itself again over the wire, as on AWS.
 */
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AthenaClient } from "@aws-sdk/client-athena";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Context } from "aws-lambda";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startAthena } from "../../local/athena/service.ts";
import { openDatabase } from "../../local/duckdb/database.ts";
import { startDynamoDb } from "../../local/dynamodb/service.ts";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../local/faults.ts";
import { startGlue } from "../../local/glue/catalog.ts";
import { createGlueService } from "../../local/glue/service.ts";
import { startS3 } from "../../local/s3/service.ts";
import { startSecretsManager } from "../../local/secrets-manager/service.ts";
import { createAthena } from "../../src/aws/athena.ts";
import { createTable } from "../../src/aws/dynamodb/table.ts";
import type { Steps } from "../../src/snapshot/take-source.ts";
import { createSnapshotStates } from "../../src/table/snapshot-states.ts";
import { type Postgres, startPostgres } from "../../tools/servers/postgres.ts";
import { keySchema } from "../aws/dynamodb/local-table.ts";

const [bucket, table] = ["daymark-test-lake", "daymark-test"];
const stack = new AsyncDisposableStack();
let server: Postgres;
let home: string;
let handler: (event: unknown, context: Context) => Promise<Steps>;
let athena: ReturnType<typeof createAthena>;
let states: ReturnType<typeof createSnapshotStates>;
/** The result of each invocation, in the order of their starts. */
const invocations: Promise<Steps>[] = [];

/** An invocation with time for one part. */
function invoke(event: unknown): Promise<Steps> {
  const getRemainingTimeInMillis = () => 30_000;
  const awsRequestId = `invocation-${invocations.length}`;
  const running = handler(event, { awsRequestId, getRemainingTimeInMillis } as Context);
  running.catch(() => {});
  invocations.push(running);
  return running;
}

beforeAll(async () => {
  server = stack.use(await startPostgres());
  home = await mkdtemp(join(tmpdir(), "daymark-snapshot-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const faults = createFaults();
  const value = JSON.stringify({ username: "owner", password: "secret of the owner", ca: server.ca });
  const secrets = [
    { name: "shop", arn: "arn:aws:secretsmanager:x:1:secret:shop", description: "", value },
    { name: "visitor-salt", arn: "arn:aws:secretsmanager:x:1:secret:visitor-salt", description: "", value: "salt" },
  ];
  const secretsManager = await startSecretsManager({ home, secrets, faults });
  const dynamoDb = stack.use(await startDynamoDb({ home, tables: [{ TableName: table, ...keySchema }], faults }));
  const s3 = await startS3({ home, buckets: [bucket], faults });
  const events = {
    database: "lake",
    name: "events",
    columns: [{ name: "n", type: "bigint" }],
    partitionKeys: [],
    location: "s3://x/events/",
  };
  const glue = stack.use(await startGlue({ home, tables: [{ ...events, parameters: {} }] }));
  const duckdb = stack.use(await openDatabase({ home }));
  const workgroup = { name: "test", outputLocation: `s3://${bucket}/athena-results/` };
  const asked = stack.use(await startAthena({ home, glue, database: duckdb, workgroups: [workgroup] }));
  const services = [secretsManager.service, dynamoDb.service, createGlueService(glue, "1"), asked.service];
  const lambda = async (_: string, event: unknown) => ({ payload: await invoke(event) });
  const { url } = stack.use(
    await startAwsEndpoint({ port: 0, services, invoke: lambda, s3, faults, onError: () => {} }),
  );
  const environment = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_LAMBDA_FUNCTION_NAME: "daymark-test-snapshot",
    TABLE: table,
    DATABASE: "lake",
    TIMEZONE: "Asia/Seoul",
    LOG_LEVEL: "silent",
    LAKE_BUCKET: bucket,
    VISITOR_SALT_SECRET: "visitor-salt",
    SNAPSHOTS: JSON.stringify([
      {
        source: "shop",
        engine: "postgres",
        secret: secrets[0]?.arn,
        host: "localhost",
        port: server.port,
        database: "postgres",
        mayWrite: true,
        tables: [{ table: "public.orders", pseudonyms: ["email"] }, { table: "public.items" }],
      },
    ]),
  };
  for (const [name, text] of Object.entries(environment)) vi.stubEnv(name, text);
  const queries = new AthenaClient({});
  stack.defer(() => queries.destroy());
  athena = createAthena({ client: queries, workGroup: workgroup.name, database: "lake" });
  const client = new DynamoDBClient({});
  stack.defer(() => client.destroy());
  states = createSnapshotStates(createTable({ client, table }));
  handler = (await import("../../src/handlers/snapshot.ts")).handler as unknown as typeof handler;
});
afterAll(async () => {
  await stack.disposeAsync();
  vi.unstubAllEnvs();
});

test("what is on schedule is handed on until it is whole, and the status says what the database counted", async () => {
  const client = await server.connect();
  await client.query(`
    CREATE TABLE orders (id int, email text, total numeric(12, 2)); CREATE TABLE items (id bigint, tags text[]);
    INSERT INTO orders SELECT n, 'm' || n % 10 || '@x.kr', n FROM generate_series(1, 1000) n; INSERT INTO orders VALUES (0, NULL, 'NaN');
    INSERT INTO items SELECT n, ARRAY['a', 'b'] FROM generate_series(1, 500) n`);
  await client.end();
  expect(await invoke({})).toEqual({ shop: { handedTo: 2 } });
  await expect.poll(async () => (await states.read())[0]?.last?.holders, { timeout: 30_000 }).toBe(2);
  const [state] = await states.read();
  expect(state?.last?.tables).toEqual([
    {
      table: "public.orders",
      rows: 1001,
      checksum: expect.stringMatching(/^\d{15,}$/),
      files: 1,
      kept: { total: 1 },
      skipped: 0,
    },
    { table: "public.items", rows: 500, checksum: expect.stringMatching(/^\d{15,}$/), files: 1, kept: {}, skipped: 0 },
  ]);
  const duckdb = await (await DuckDBInstance.create()).connect();
  const glob = join(home, "s3", bucket, "snapshots/source=shop/table=public.orders/dt=*/hour=*/*.parquet");
  const read = await duckdb.runAndReadAll(
    `SELECT count(*), count(DISTINCT email), sum(total), max(_kept) FROM read_parquet('${glob}')`,
  );
  expect(read.getRowsJson()).toEqual([["1001", "10", "500500.00", '{"total":"NaN"}']]);
  duckdb.closeSync();
});

/** Rows of a question to Athena, values as text. */
const sql = async (text: string) => (await athena.run({ text, params: [] })).map((row) => Object.values(row));

test("a snapshot can be asked as a table, the last one and all of them, whatever became of its columns", async () => {
  expect(await sql("SELECT count(*), sum(total), min(_kept) FROM latest_shop_public_orders")).toEqual([
    ["1001", "500500.00", '{"total":"NaN"}'],
  ]);
  expect(
    await sql("SELECT count(DISTINCT dt), count(DISTINCT hour), count(*) FROM snapshot_shop_public_items"),
  ).toEqual([["1", "1", "500"]]);
  // The next run is of the same hour by the database's clock, so this one's files move to another.
  const [state] = await states.read();
  const { dt, hour } = { dt: "", hour: "", ...state?.last };
  const folder = join(home, "s3", bucket, `snapshots/source=shop/table=public.items/dt=${dt}`);
  await rename(join(folder, `hour=${hour}`), join(folder, `hour=${hour === "00" ? "01" : "00"}`));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  const client = await server.connect();
  await client.query(`
    ALTER TABLE items ALTER id TYPE text; ALTER TABLE items ADD price numeric(8, 2) DEFAULT 1.5; ALTER TABLE items DROP tags;
    DELETE FROM items WHERE id <> '7'; ALTER TABLE orders ALTER total TYPE numeric(14, 2); TRUNCATE orders`);
  await client.end();
  await invoke({});
  await expect.poll(async () => (await states.read())[0]?.last?.tables[1]?.rows, { timeout: 30_000 }).toBe(1);
  vi.useRealTimers();
  expect(await sql("SELECT id__2, price FROM latest_shop_public_items")).toEqual([["7", "1.50"]]);
  expect(await sql("SELECT count(*) FROM latest_shop_public_orders")).toEqual([["0"]]);
  const all =
    "SELECT hour, count(*), count(id), count(id__2), count(tags), count(price) FROM snapshot_shop_public_items";
  expect((await sql(`${all} GROUP BY hour ORDER BY count(*) DESC`)).map(([, ...counts]) => counts)).toEqual([
    ["500", "500", "0", "500", "0"],
    ["1", "0", "1", "0", "1"],
  ]);
});

test("a snapshot that is whole is not taken again within its hour", async () => {
  const [before] = await states.read();
  expect(await invoke({})).toEqual({ shop: { taken: true } });
  expect(await states.read()).toEqual([before]);
});

test("a run that fails says so, and leaves the one before", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  const client = await server.connect();
  await client.query("ALTER TABLE orders RENAME TO away");
  const [before] = await states.read();
  await expect(invoke({})).rejects.toThrow(/public.orders: it is not there/);
  const [state] = await states.read();
  expect([state?.last, state?.failed?.message]).toEqual([before?.last, expect.stringMatching(/public.orders/)]);
  await client.query("ALTER TABLE away RENAME TO orders");
  await client.end();
  vi.useRealTimers();
});

test("a certificate that nobody vouches for is refused, whatever else is right", async () => {
  const { connectPostgres } = await import("../../src/databases/postgres.ts");
  const secret = { username: "owner", password: "secret of the owner", host: "localhost", port: server.port };
  await expect(connectPostgres(JSON.stringify(secret), {})).rejects.toThrow(/certificate/);
  const elsewhere = JSON.stringify({ ...secret, ca: server.ca, host: "0.0.0.0" });
  await expect(connectPostgres(elsewhere, {})).rejects.toThrow(/altnames/);
  await expect(connectPostgres("secret of the owner", {})).rejects.toThrow(
    /^Cannot read the secret of a database: expected JSON/,
  );
});
