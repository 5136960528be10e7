/**
 * Runs a statement on Athena: starts it, waits for it, reads its pages. Athena returns text, with the types separately.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
 */
import { setTimeout as wait } from "node:timers/promises";
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  type GetQueryExecutionOutput,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";

/** `type` is Athena's: `varchar`, `bigint`, `decimal(38,0)`… */
export type Column = { name: string; type: string };
/** Null is SQL's NULL. */
export type Row = (string | null)[];
export type Result = { columns: Column[]; rows: AsyncIterable<Row> };
export type Statement = { text: string; params: string[] };
/** The query's progress: QUEUED or RUNNING, and the seconds since it began. */
export type Progress = (state: string, seconds: number) => void;
export type Finished = { id: string; seconds: number; bytes: number; hasHeader: boolean };

/** The query ended without a result; the message is Athena's reason. */
export class QueryFailed extends Error {
  override readonly name = "QueryFailed";
}

const firstWaitMs = 50;
const longestWaitMs = 1000;
const pageRows = 1000;

/**
 * Runs a statement to its end. Throws QueryFailed, or what the SDK throws; if `signal` aborts, the query is stopped.
 */
export async function runQuery(
  client: AthenaClient,
  stage: string,
  { text, params }: Statement,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Finished> {
  const { QueryExecutionId: id = "" } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: text,
      WorkGroup: `daymark-${stage}`,
      QueryExecutionContext: { Database: `daymark_${stage}`.replaceAll("-", "_") },
      ...(params.length > 0 && { ExecutionParameters: params }),
    }),
  );
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 1.5, longestWaitMs)) {
    const { QueryExecution: execution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
    const { State: state = "", StateChangeReason: reason } = execution?.Status ?? {};
    if (state === "SUCCEEDED") return { id, seconds: seconds(), ...describe(execution) };
    if (state === "FAILED" || state === "CANCELLED") throw new QueryFailed(reason ?? state);
    progress(state, seconds());
    await wait(waitMs, undefined, { signal }).catch(() => stop(client, id));
  }
}

async function stop(client: AthenaClient, id: string): Promise<never> {
  await client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
  throw new QueryFailed("Stopped");
}

function describe(execution: GetQueryExecutionOutput["QueryExecution"]): { bytes: number; hasHeader: boolean } {
  const { StatementType, SubstatementType, Statistics } = execution ?? {};
  return {
    bytes: Statistics?.DataScannedInBytes ?? 0,
    // Only queries return the column names as the first row; SHOW does not.
    hasHeader: StatementType === "DML" && SubstatementType !== "UNLOAD",
  };
}

/** The columns and rows of a query that has succeeded; rows are fetched as they are read. */
export async function readResult(client: AthenaClient, { id, hasHeader }: Finished): Promise<Result> {
  const page = (token?: string) =>
    client.send(
      new GetQueryResultsCommand({
        QueryExecutionId: id,
        MaxResults: pageRows,
        ...(token !== undefined && { NextToken: token }),
      }),
    );
  const first = await page();
  const info = first.ResultSet?.ResultSetMetadata?.ColumnInfo ?? [];
  const columns = info.map(({ Name = "", Type = "varchar", Precision = 38, Scale = 0 }) => ({
    name: Name,
    type: Type === "decimal" ? `decimal(${Precision},${Scale})` : Type,
  }));

  async function* readRows(): AsyncGenerator<Row> {
    let skip = hasHeader ? 1 : 0;
    for (let answer = first; ; answer = await page(answer.NextToken)) {
      for (const { Data = [] } of (answer.ResultSet?.Rows ?? []).slice(skip))
        yield columns.map((_, index) => Data[index]?.VarCharValue ?? null);
      skip = 0;
      if (answer.NextToken === undefined) return;
    }
  }
  return { columns, rows: readRows() };
}
