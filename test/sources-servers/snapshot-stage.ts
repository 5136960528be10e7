/** A snapshot with a real server, a local S3 and DuckDB: for starting invocations, and reading what they wrote. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { DuckDBInstance } from "@duckdb/node-api";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../local/faults.ts";
import { startS3 } from "../../local/s3/service.ts";
import { createS3Objects } from "../../src/aws/s3-objects.ts";
import { createSnapshotFiles } from "../../src/aws/snapshot-files.ts";
import type { SnapshotSource } from "../../src/schemas/snapshot-source.ts";
import type { LakeTable } from "../../src/snapshot/lake-tables.ts";
import type { Baton, SnapshotRun } from "../../src/snapshot/run.ts";
import type { Catalog } from "../../src/snapshot/show-tables.ts";
import type { Step, Surroundings } from "../../src/snapshot/surroundings.ts";
import { createSnapshotStates } from "../../src/table/snapshot-states.ts";
import { connectSource } from "../../src/wiring/connect-source.ts";
import { startTable } from "../aws/dynamodb/local-table.ts";

const bucket = "daymark-test-lake";

type Server = { port: number; ca: string };

export async function startSnapshotStage(
  server: Server,
  reader = { username: "owner", password: "secret of the owner" },
) {
  const stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "daymark-snapshot-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const faults = createFaults();
  const s3 = await startS3({ home, buckets: [bucket], faults });
  const invoke = () => Promise.reject(new Error("no function here"));
  const { url } = stack.use(await startAwsEndpoint({ port: 0, services: [], invoke, s3, faults }));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new S3Client({ endpoint: url, region: "us-east-1", credentials, forcePathStyle: true });
  stack.defer(() => client.destroy());
  const objects = createS3Objects({ client, bucket });
  const files = createSnapshotFiles({ client, objects });
  const runs = new Map<string, string>();
  let [runsMade, invocationsMade] = [0, 0];
  const tables = new Map<string, LakeTable>();
  const catalog: Catalog = {
    find: async (name) => {
      const { columns, from } = tables.get(name) ?? {};
      return columns && { columns, from };
    },
    put: async (table) => void tables.set(table.name, table),
  };
  const dynamoDb = stack.use(await startTable());
  const states = createSnapshotStates(dynamoDb.store);
  const secret = JSON.stringify({
    ...reader,
    host: "localhost",
    port: server.port,
    ca: server.ca,
  });

  /** One invocation with `remaining` time. The next holder is started as Lambda does it, in parallel. */
  async function invocation(
    settings: SnapshotSource,
    baton: Baton | undefined,
    {
      remaining = () => 900_000,
      onNext = async (_: Baton) => {},
      id = `invocation-${++invocationsMade}`,
      clock = () => Date.now(),
    }: { remaining?: () => number; onNext?: (baton: Baton) => Promise<void>; id?: string; clock?: () => number },
  ): Promise<Step> {
    await using source = await connectSource(settings, async () => secret);
    const around: Surroundings = {
      upload: files.upload,
      place: files.place,
      catalog,
      readRun: async (source, run) => JSON.parse(runs.get(`${source} ${run}`) ?? "null") ?? undefined,
      keepRun: async (run: SnapshotRun) => void runs.set(`${run.source} ${run.run}`, JSON.stringify(run)),
      startNext: onNext,
      remaining,
      invocation: id,
      ...states,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      clock,
      newRun: () => `run-${++runsMade}`,
      partitionOf: () => ({ dt: "2026-11-26", hour: "09" }),
      readPseudonymKey: async () => "key",
    };
    return await source.take(settings, baton, around);
  }

  return {
    invocation,
    objects,
    tables,
    /** Asks DuckDB about the files of a table, written as `$`. */
    async ask(table: string, question: string): Promise<unknown[][]> {
      const duckdb = await DuckDBInstance.create();
      const connection = await duckdb.connect();
      const glob = join(home, "s3", bucket, `snapshots/source=shop/table=${table}/dt=*/hour=*/*.parquet`);
      const answer = await connection.runAndReadAll(question.replaceAll("$", `read_parquet('${glob}')`));
      connection.closeSync();
      return answer.getRowsJS();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
