/** Athena with a small lake: a projected table, one with catalog partitions, and helpers that add rows to them. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type AthenaOptions, startAthena } from "../../../local/athena/service.ts";
import { openDatabase } from "../../../local/duckdb/database.ts";
import { createFaults } from "../../../local/faults.ts";
import { type GlueTable, startGlue } from "../../../local/glue/catalog.ts";

export const bucket = "test-lake";
export const database = "daymark_test";
export const workGroup = "daymark-test";

const columns = (all: Record<string, string>) => Object.entries(all).map(([name, type]) => ({ name, type }));
const table = (name: string, types: Record<string, string>, parameters: Record<string, string>): GlueTable => ({
  database,
  name,
  columns: columns(types),
  partitionKeys: columns({ dt: "string" }),
  location: `s3://${bucket}/${name}/`,
  parameters,
});
export const tables = [
  table(
    "events",
    {
      event_id: "string",
      name: "string",
      occurred_at: "timestamp",
      amount: "bigint",
      status: "int",
      is_bot: "boolean",
    },
    { "projection.enabled": "true", "projection.dt.type": "date", "projection.dt.range": "1970-01-01,NOW+1DAYS" },
  ),
  table("rollups", { metric: "string", keys: "string", value: "bigint", amount: "decimal(38,0)" }, {}),
];

export type AthenaStage = Awaited<ReturnType<typeof startAthenaStage>>;
type Options = Partial<Pick<AthenaOptions, "concurrency" | "maxActive" | "timeoutMs">>;

/** Starts it in a fresh home; `restart` stops and starts Athena and the catalog with the same home. */
export async function startAthenaStage(options: Options = {}) {
  const stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "daymark-athena-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const duckdb = stack.use(await openDatabase({ home }));
  const faults = createFaults();
  const writer = stack.use(await duckdb.connect());
  let running = await start();
  stack.defer(() => running.stop());
  let files = 0;

  async function start() {
    const own = new AsyncDisposableStack();
    const glue = own.use(await startGlue({ home, tables }));
    const workgroups = [{ name: workGroup, outputLocation: `s3://${bucket}/athena-results/` }];
    const athena = own.use(await startAthena({ home, glue, database: duckdb, workgroups, faults, ...options }));
    return { athena, glue, stop: () => own.disposeAsync() };
  }

  const path = (...parts: string[]) => join(home, "s3", bucket, ...parts);
  const call = (operation: string, input: object) =>
    running.athena.service.operations[operation]?.(input) as Promise<Answer>;

  return {
    home,
    faults,
    path,
    call,
    get athena() {
      return running.athena;
    },
    get glue() {
      return running.glue;
    },
    async restart() {
      await running.stop();
      running = await start();
    },
    /** Writes the rows of a query as one more file into a folder of the bucket. */
    async write(folder: string, query: string) {
      await mkdir(path(folder), { recursive: true });
      await writer.run(
        `COPY (${query}) TO '${path(folder, `${++files}.parquet`)}' (FORMAT parquet, COMPRESSION snappy)`,
      );
    },
    async writeBytes(folder: string, name: string, bytes: string | Uint8Array) {
      await mkdir(path(folder), { recursive: true });
      await writeFile(path(folder, name), bytes);
    },
    start: (QueryString: string, more: object = {}) =>
      call("StartQueryExecution", {
        QueryString,
        WorkGroup: workGroup,
        QueryExecutionContext: { Database: database },
        ...more,
      }).then(({ QueryExecutionId }) => QueryExecutionId),
    /** How the query ended. */
    async ended(QueryExecutionId: string) {
      for (;;) {
        const { QueryExecution } = await call("GetQueryExecution", { QueryExecutionId });
        if (!["QUEUED", "RUNNING"].includes(QueryExecution.Status.State)) return QueryExecution;
        await wait(2);
      }
    },
    /** The rows of a query, NULL as null, without the header; throws the reason if it failed. */
    async rows(query: string, parameters?: string[]) {
      const id = await this.start(query, parameters && { ExecutionParameters: parameters });
      const { Status } = await this.ended(id);
      if (Status.State !== "SUCCEEDED") throw new Error(`${Status.State} ${Status.StateChangeReason}`);
      const { ResultSet } = await call("GetQueryResults", { QueryExecutionId: id });
      const rows = ResultSet.Rows.map(({ Data }) => Data.map(({ VarCharValue }) => VarCharValue ?? null));
      return /^\s*(select|with|\()/i.test(query) ? rows.slice(1) : rows;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

type Answer = {
  QueryExecutionId: string;
  QueryExecutionIds: string[];
  QueryExecution: {
    QueryExecutionId: string;
    StatementType: string;
    Status: { State: string; StateChangeReason?: string };
    Statistics: { DataScannedInBytes: number };
    ResultConfiguration: { OutputLocation: string };
  };
  QueryExecutions: Answer["QueryExecution"][];
  ResultSet: {
    Rows: { Data: { VarCharValue?: string }[] }[];
    ResultSetMetadata: { ColumnInfo: { Name: string; Type: string }[] };
  };
  NextToken?: string;
};
