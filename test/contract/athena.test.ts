/**
 * What Daymark relies on in Athena, through the SDK. Runs against the local engine, or against the endpoint that
 * DAYMARK_CONTRACT_ENDPOINT names, with the workgroup, database, bucket and (empty) tables of a deployed stage given by
 * DAYMARK_CONTRACT_WORKGROUP, DAYMARK_CONTRACT_DATABASE and DAYMARK_CONTRACT_BUCKET.
 */
import { randomUUID } from "node:crypto";
import {
  AthenaClient,
  BatchGetQueryExecutionCommand,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  InvalidRequestException,
  StartQueryExecutionCommand,
  type StartQueryExecutionCommandInput,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createAthena } from "../../src/aws/athena.ts";
import * as local from "../local/athena/athena-stage.ts";

const given = process.env.DAYMARK_CONTRACT_ENDPOINT;
const workGroup = process.env.DAYMARK_CONTRACT_WORKGROUP ?? local.workGroup;
const database = process.env.DAYMARK_CONTRACT_DATABASE ?? local.database;
const bucket = process.env.DAYMARK_CONTRACT_BUCKET ?? local.bucket;
const stack = new AsyncDisposableStack();
let client: AthenaClient;
let athena: ReturnType<typeof createAthena>;

beforeAll(async () => {
  const endpoint = given ?? (await startLocal());
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new AthenaClient(given ? { endpoint } : { endpoint, region: "us-east-1", credentials });
  stack.defer(() => client.destroy());
  athena = createAthena({ client, workGroup, database });
});

afterAll(() => stack.disposeAsync());

async function startLocal(): Promise<string> {
  const stage = stack.use(await local.startAthenaStage());
  const services = [stage.athena.service];
  const invoke = () => Promise.reject(new Error("no function here"));
  return stack.use(await startAwsEndpoint({ port: 0, services, invoke, faults: stage.faults })).url;
}

const start = (QueryString: string, more: Partial<StartQueryExecutionCommandInput> = {}) =>
  client.send(
    new StartQueryExecutionCommand({
      QueryString,
      WorkGroup: workGroup,
      QueryExecutionContext: { Database: database },
      ...more,
    }),
  );
const run = (text: string, params: string[] = []) => athena.run({ text, params });

/** A day that no other run of these tests uses, earlier than any day that Daymark can have. */
const day = new Date(-Math.ceil(Math.random() * 20_000) * 86_400_000).toISOString().slice(0, 10);
const location = `s3://${bucket}/rollups/dt=${day}/run=contract-${randomUUID()}/`;

test("a query starts, ends, and gives its header and rows as texts", async () => {
  const { QueryExecutionId } = await start("SELECT 1 AS one, 'x' AS x, CAST(NULL AS varchar) AS nothing");
  await athena.waitFor(QueryExecutionId ?? "");
  const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId }));
  expect(ResultSet?.Rows).toEqual([
    { Data: [{ VarCharValue: "one" }, { VarCharValue: "x" }, { VarCharValue: "nothing" }] },
    { Data: [{ VarCharValue: "1" }, { VarCharValue: "x" }, {}] },
  ]);
  const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
  expect(QueryExecution).toMatchObject({
    StatementType: "DML",
    WorkGroup: workGroup,
    Status: { State: "SUCCEEDED", SubmissionDateTime: expect.any(Date), CompletionDateTime: expect.any(Date) },
    ResultConfiguration: { OutputLocation: `s3://${bucket}/athena-results/${QueryExecutionId}.csv` },
  });
});

test("a token names one execution, and another question under it is refused", async () => {
  const ClientRequestToken = randomUUID();
  const first = await start("SELECT 1", { ClientRequestToken });
  expect(await start("SELECT 1", { ClientRequestToken })).toMatchObject({ QueryExecutionId: first.QueryExecutionId });
  await expect(start("SELECT 2", { ClientRequestToken })).rejects.toBeInstanceOf(InvalidRequestException);
});

test("parameters take the places of question marks", async () => {
  const query = "SELECT x FROM UNNEST(ARRAY['a', 'it''s', '?']) AS t (x) WHERE x = ? OR x = ? ORDER BY x";
  expect(await run(query, ["'it''s'", "'?'"])).toEqual([{ x: "?" }, { x: "it's" }]);
});

test("a start is refused when a token, a parameter or a workgroup is not as it has to be", async () => {
  await expect(start("SELECT 1", { ClientRequestToken: "short" })).rejects.toThrow();
  await expect(start("SELECT 1 WHERE 'a' = ?", { ExecutionParameters: [`'${"x".repeat(1100)}'`] })).rejects.toThrow();
  await expect(start("SELECT 1", { WorkGroup: `no-${randomUUID()}` })).rejects.toBeInstanceOf(InvalidRequestException);
});

test("a query that cannot be understood is FAILED with a reason", async () => {
  await expect(run("SELECT * FROM there_is_no_such_table")).rejects.toThrow(/FAILED: .*does not exist/);
  await expect(run("SELECT nonsense FROM (SELECT 1 AS x)")).rejects.toThrow(/FAILED: /);
});

test("results are refused before the end and after a failure, and for an id that is not known", async () => {
  const failed = await start("SELECT * FROM there_is_no_such_table");
  const QueryExecutionId = failed.QueryExecutionId ?? "";
  await athena.waitFor(QueryExecutionId).catch(() => {});
  const results = (id: string) => client.send(new GetQueryResultsCommand({ QueryExecutionId: id }));
  await expect(results(QueryExecutionId)).rejects.toBeInstanceOf(InvalidRequestException);
  await expect(results(randomUUID())).rejects.toBeInstanceOf(InvalidRequestException);
});

test("a query that is stopped is CANCELLED", async () => {
  const numbers = "UNNEST(sequence(1, 3000))";
  const slow = `SELECT count(*) FROM ${numbers} a (x), ${numbers} b (y), ${numbers} c (z) WHERE x + y * z = 7`;
  const { QueryExecutionId } = await start(slow);
  await client.send(new StopQueryExecutionCommand({ QueryExecutionId }));
  await expect(athena.waitFor(QueryExecutionId ?? "")).rejects.toMatchObject({ state: "CANCELLED" });
});

test("results come in pages", async () => {
  const rows = await run("SELECT x FROM UNNEST(sequence(1, 2500)) AS t (x) ORDER BY x");
  expect(rows.map(({ x }) => x)).toEqual(Array.from({ length: 2500 }, (_, i) => String(i + 1)));
});

test("several executions are described at once", async () => {
  const ids = await Promise.all([start("SELECT 1"), start("SELECT 2")]);
  const QueryExecutionIds = ids.map(({ QueryExecutionId }) => QueryExecutionId ?? "");
  const { QueryExecutions } = await client.send(new BatchGetQueryExecutionCommand({ QueryExecutionIds }));
  expect(QueryExecutions?.map(({ QueryExecutionId }) => QueryExecutionId).sort()).toEqual(QueryExecutionIds.sort());
});

test("UNLOAD into a fresh folder, then a partition that points there, is what a query reads", async () => {
  const rows = "SELECT 'contract' AS metric, 'a' AS keys, CAST(7 AS bigint) AS value";
  const unload = (to: string) => `UNLOAD (${rows}) TO '${to}' WITH (format = 'PARQUET', compression = 'SNAPPY')`;
  const total = () => run("SELECT sum(value) AS value FROM rollups WHERE dt = ? AND metric = 'contract'", [`'${day}'`]);
  await run(unload(location));
  expect(await total()).toEqual([{ value: null }]);
  await expect(run(unload(location))).rejects.toThrow("HIVE_PATH_ALREADY_EXISTS");
  await run(`ALTER TABLE rollups ADD IF NOT EXISTS PARTITION (dt = '${day}') LOCATION '${location}'`);
  expect(await total()).toEqual([{ value: "7" }]);
  const moved = `${location.slice(0, -1)}-2/`;
  await run(`ALTER TABLE rollups PARTITION (dt = '${day}') SET LOCATION '${moved}'`);
  expect(await total()).toEqual([{ value: null }]);
  await run(unload(moved));
  expect(await total()).toEqual([{ value: "7" }]);
  await run(`ALTER TABLE rollups DROP IF EXISTS PARTITION (dt = '${day}')`);
  expect(await total()).toEqual([{ value: null }]);
});
