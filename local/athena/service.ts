/**
 * Athena on this machine: its wire operations on top of DuckDB and the lake's folders. Queries are started, polled and
 * read in pages, as on AWS; run.ts defines what a statement does, executions.ts keeps the list.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
 */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Database } from "../duckdb/database.ts";
import { AwsError, type AwsService } from "../endpoint/aws-error.ts";
import { createFaults, type Faults } from "../faults.ts";
import type { Glue } from "../glue/catalog.ts";
import { s3Path } from "../s3/objects.ts";
import { catalogOperations, type Workgroup } from "./catalog.ts";
import { type Execution, type Executions, openExecutions, type Question } from "./executions.ts";
import { AthenaFailure } from "./failure.ts";
import { bindParameters } from "./parameters.ts";
import { type ColumnInfo, readResults } from "./results.ts";
import { type Context, runStatement, statementTypes } from "./run.ts";
import { parseStatement } from "./statement.ts";
import { createTables } from "./tables.ts";

export type AthenaOptions = {
  home: string;
  glue: Glue;
  database: Database;
  workgroups: Workgroup[];
  faults?: Faults;
  /** How many queries run at the same time; and how many may wait or run before further ones are refused. */
  concurrency?: number;
  maxActive?: number;
  /** After this time a query is stopped: 30 minutes, as on AWS. */
  timeoutMs?: number;
};
export type Athena = { service: AwsService; sweep(): Promise<void> } & AsyncDisposable;

const startInput = z.object({
  QueryString: z.string().optional(),
  ClientRequestToken: z.string().optional(),
  ExecutionParameters: z.array(z.string()).optional(),
  QueryExecutionContext: z.object({ Database: z.string().optional() }).optional(),
  WorkGroup: z.string().optional(),
});
type StartInput = z.output<typeof startInput>;
const resultsInput = z.object({
  QueryExecutionId: z.string(),
  MaxResults: z.number().optional(),
  NextToken: z.string().optional(),
});
const idInput = z.object({ QueryExecutionId: z.string() });
const idsInput = z.object({ QueryExecutionIds: z.array(z.string()) });
const listInput = z.object({ MaxResults: z.int().min(0).max(50).default(50) });

const maxQueryLength = 262_144;
const keepMs = 24 * 3_600_000;
const sweepEveryMs = 3_600_000;

/** Starts Athena: views for the catalog's tables, and the list of earlier executions. */
export async function startAthena(options: AthenaOptions): Promise<Athena> {
  const { home, glue, database, faults = createFaults(), concurrency = 2, maxActive = 200 } = options;
  await rm(join(home, "athena", "unload"), { recursive: true, force: true });
  using connection = await database.connect();
  const tables = await createTables(connection, { home, glue });
  const context: Context = { home, glue, tables, database, faults };
  const folder = join(home, "athena", "executions");
  const executions = await openExecutions({ folder, concurrency, maxActive });

  async function start(wire: unknown): Promise<object> {
    const input = readInput(startInput, wire);
    const question = checkStart(input, options.workgroups);
    const token = checkToken(input.ClientRequestToken);
    const work = (execution: Execution, signal: AbortSignal) => run(context, execution, signal, options.timeoutMs);
    await faults.check("athena.start", { query: question.query });
    const { id } = await executions.start(question, token, kindOf(question), work);
    return { QueryExecutionId: id };
  }

  async function sweep(): Promise<void> {
    await executions.forget(Date.now() - keepMs);
    await Promise.all(options.workgroups.map(({ outputLocation }) => deleteOldFiles(s3Path(home, outputLocation))));
  }

  const sweeper = setInterval(
    () => void sweep().catch((error) => console.error("Cannot sweep results:", error)),
    sweepEveryMs,
  );
  sweeper.unref();
  return {
    sweep,
    service: {
      target: "AmazonAthena",
      operations: {
        ...catalogOperations(glue, options.workgroups, (name) => findWorkgroup(options.workgroups, name)),
        StartQueryExecution: start,
        GetQueryResults: (input) => results(input, executions, context),
        ...executionOperations(executions),
      },
    },
    async [Symbol.asyncDispose]() {
      clearInterval(sweeper);
      await executions[Symbol.asyncDispose]();
    },
  };
}

/** What is asked of executions that were started. */
function executionOperations(executions: Executions): AwsService["operations"] {
  const find = (input: unknown): Execution => executions.get(readInput(idInput, input).QueryExecutionId);
  return {
    GetQueryExecution: async (input) => ({ QueryExecution: describe(find(input)) }),
    BatchGetQueryExecution: async (input) => {
      const { QueryExecutionIds: ids } = readInput(idsInput, input);
      const QueryExecutions = executions.list().flatMap((one) => (ids.includes(one.id) ? [describe(one)] : []));
      return { QueryExecutions, UnprocessedQueryExecutionIds: [] };
    },
    StopQueryExecution: async (input) => {
      executions.stop(find(input).id);
      return {};
    },
    ListQueryExecutions: async (input) => {
      const { MaxResults } = readInput(listInput, input);
      const latest = executions.list().slice(0, MaxResults);
      return { QueryExecutionIds: latest.map(({ id }) => id) };
    },
  };
}

/** A page of a query's results. */
async function results(wire: unknown, executions: Executions, { home, faults }: Context): Promise<object> {
  const input = readInput(resultsInput, wire);
  const execution = executions.get(input.QueryExecutionId);
  const max = input.MaxResults ?? 1000;
  if (!Number.isInteger(max) || max < 1 || max > 1000) throw invalid("MaxResults must be between 1 and 1000");
  requireSuccess(execution);
  await faults.check("athena.results", { id: execution.id });
  const { rows, next } =
    execution.columns.length === 0
      ? { rows: [], next: undefined }
      : await readResults(s3Path(home, execution.outputFile), offsetOf(input.NextToken), max);
  return {
    UpdateCount: 0,
    ResultSet: { Rows: rows, ResultSetMetadata: { ColumnInfo: execution.columns.map(columnInfo) } },
    ...(next !== undefined && { NextToken: Buffer.from(String(next)).toString("base64url") }),
  };
}

async function run(
  context: Context,
  execution: Execution,
  signal: AbortSignal,
  timeoutMs = 30 * 60_000,
): Promise<void> {
  const { faults } = context;
  await faults.check("athena.queue", { id: execution.id });
  signal.throwIfAborted();
  execution.state = "RUNNING";
  try {
    await faults.check("athena.run", { id: execution.id, subtype: execution.subtype });
    const text = bindParameters(execution.query, execution.parameters);
    const both = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    await runStatement(context, parseStatement(text), { execution, signal: both });
  } catch (error) {
    // An injected fault: the query fails with its code, which may be CANCELLED.
    throw error instanceof AwsError ? new AthenaFailure(error.code, error.message, { cause: error }) : error;
  }
}

/** The wire input, checked against the types that the operation declares. */
function readInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  throw new AwsError("SerializationException", z.prettifyError(read.error));
}

function checkStart(input: StartInput, workgroups: Workgroup[]): Question {
  const { QueryString: query = "", ExecutionParameters: parameters = [], WorkGroup: workGroup = "primary" } = input;
  if (query === "" || query.length > maxQueryLength)
    throw invalid(`QueryString must have length between 1 and ${maxQueryLength}`);
  if (input.ExecutionParameters && parameters.length === 0) throw invalid("ExecutionParameters must not be empty");
  for (const parameter of parameters)
    if (parameter.length < 1 || parameter.length > 1024)
      throw invalid("Each of ExecutionParameters must have length between 1 and 1024");
  const known = findWorkgroup(workgroups, workGroup);
  if (!known) throw invalid(`WorkGroup ${workGroup} is not found.`);
  const database = input.QueryExecutionContext?.Database?.toLowerCase();
  return { query, parameters, database, workGroup, outputLocation: known.outputLocation };
}

/** Every account has the workgroup `primary`; here it is the stage's own. */
function findWorkgroup(workgroups: Workgroup[], wanted: string): Workgroup | undefined {
  return workgroups.find(({ name }) => name === wanted) ?? (wanted === "primary" ? workgroups[0] : undefined);
}

function checkToken(token: string | undefined): string | undefined {
  if (token !== undefined && (token.length < 32 || token.length > 128))
    throw invalid("ClientRequestToken must have length between 32 and 128");
  return token;
}

/** The kind of a statement, for the list; an invalid text fails when it runs, as on AWS. */
function kindOf({ query }: Question): { type: string; subtype: string } {
  try {
    return statementTypes[parseStatement(query).kind];
  } catch {
    return { type: "UTILITY", subtype: "UNKNOWN" };
  }
}

function requireSuccess({ state }: Execution): void {
  if (state === "QUEUED" || state === "RUNNING") throw invalid(`Query has not yet finished. Current state: ${state}`);
  if (state !== "SUCCEEDED") throw invalid(`Query did not finish successfully. Final query state: ${state}`);
}

function offsetOf(token: string | undefined): number {
  const offset = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (Number.isSafeInteger(offset) && offset >= 0) return offset;
  throw invalid("NextToken is malformed");
}

/** What Athena reports for types without an explicit precision: their maximum. */
const precisions: Record<string, number> = {
  varchar: 2_147_483_647,
  tinyint: 3,
  smallint: 5,
  integer: 10,
  bigint: 19,
  float: 17,
  double: 17,
  timestamp: 3,
};

function columnInfo({ Name, Type, Precision = precisions[Type] ?? 0, Scale = 0 }: ColumnInfo): object {
  return {
    CatalogName: "hive",
    SchemaName: "",
    TableName: "",
    Name,
    Label: Name,
    Type,
    Precision,
    Scale,
    Nullable: "UNKNOWN",
    CaseSensitive: Type === "varchar",
  };
}

const seconds = (ms: number): number => ms / 1000;

function describe(execution: Execution): object {
  const { id, query, state, reason, errorCode, submittedAt, startedAt, completedAt, parameters } = execution;
  return {
    QueryExecutionId: id,
    Query: query,
    StatementType: execution.type,
    SubstatementType: execution.subtype,
    ResultConfiguration: { OutputLocation: execution.outputFile },
    QueryExecutionContext: { Database: execution.database },
    WorkGroup: execution.workGroup,
    EngineVersion: { SelectedEngineVersion: "AUTO", EffectiveEngineVersion: "Athena engine version 3" },
    ...(parameters.length > 0 && { ExecutionParameters: parameters }),
    Status: {
      State: state,
      SubmissionDateTime: seconds(submittedAt),
      ...(reason !== undefined && { StateChangeReason: reason }),
      ...(completedAt !== undefined && { CompletionDateTime: seconds(completedAt) }),
      // Whose fault it was: 1 means the system's, 2 the user's.
      ...(state === "FAILED" && {
        AthenaError: {
          ErrorCategory: errorCode === "GENERIC_INTERNAL_ERROR" ? 1 : 2,
          ErrorMessage: reason,
          Retryable: false,
        },
      }),
    },
    Statistics: {
      DataScannedInBytes: execution.scannedBytes,
      ...(execution.manifest !== undefined && { DataManifestLocation: execution.manifest }),
      ...(completedAt !== undefined && {
        EngineExecutionTimeInMillis: completedAt - (startedAt ?? completedAt),
        QueryQueueTimeInMillis: (startedAt ?? completedAt) - submittedAt,
        TotalExecutionTimeInMillis: completedAt - submittedAt,
      }),
    },
  };
}

/**
 * Does what the bucket's lifecycle rule does, by the machine's clock, which is also where files get their times from.
 */
async function deleteOldFiles(folder: string): Promise<void> {
  const limit = performance.timeOrigin + performance.now() - keepMs;
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const written = (await stat(path).catch(() => undefined))?.mtimeMs;
    if (written !== undefined && written < limit) await rm(path, { force: true });
  }
}

function invalid(message: string): AwsError {
  return new AwsError("InvalidRequestException", message);
}
