/**
 * Calls Athena: starts a query under a token, polls until it has ended, and reads its pages. Sending a token again
 * finds the query that it started, so a retry costs nothing and an UNLOAD never runs twice.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
 */
import { setTimeout as wait } from "node:timers/promises";
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import type { AthenaRow, RowSchema } from "../athena-queries/athena.ts";
import type { Sql } from "../athena-queries/sql.ts";
import { AthenaQueryError } from "../errors.ts";

type Sender = Pick<AthenaClient, "send">;
export type AthenaOptions = {
  client: Sender;
  workGroup: string;
  database: string;
  /** How long to wait between two polls; the last value repeats. */
  waitsMs?: readonly number[];
  /** Milliseconds, by the clock that callers use for `until`. */
  clock?: () => number;
};
export type QueryState = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
export type QueryStatus = { state: QueryState; reason: string | undefined };

// Short, so that a short query need not wait for the next poll, then longer, so that long queries do not use up the
// account's 100 polls a second.
const defaultWaitsMs = [25, 50, 100, 200, 400, 700, 1000];
const pageSize = 1000;

/** Athena, in one workgroup and one database. */
export function createAthena(options: AthenaOptions) {
  const { client } = options;
  const start = (query: Sql, token?: string) => startQuery(query, options, token);
  const waitFor = (id: string, until?: number) => waitForQuery(id, options, until);

  /** All rows of a query that has succeeded, checked by `schema` if given. */
  async function results(id: string): Promise<AthenaRow[]>;
  async function results<T>(id: string, schema: RowSchema<T>): Promise<T[]>;
  async function results<T>(id: string, schema?: RowSchema<T>): Promise<(AthenaRow | T)[]> {
    const rows: (AthenaRow | T)[] = [];
    for await (const row of readRows(id, client)) rows.push(schema ? schema.parse(row) : row);
    return rows;
  }

  /** Starts a query, waits for it, and returns its rows. */
  async function run(query: Sql, options?: { token?: string }): Promise<AthenaRow[]>;
  async function run<T>(query: Sql, options: { token?: string; schema: RowSchema<T> }): Promise<T[]>;
  async function run<T>(query: Sql, { token, schema }: { token?: string; schema?: RowSchema<T> } = {}) {
    const id = await start(query, token);
    await waitFor(id);
    return schema ? await results(id, schema) : await results(id);
  }

  /** Runs a statement that shows something, and returns its lines; such a result is not a table and has no header. */
  async function lines(query: Sql): Promise<string[]> {
    const id = await start(query);
    await waitFor(id);
    const all: string[] = [];
    for await (const values of readValues(id, client)) all.push(values[0] ?? "");
    return all;
  }

  /** Asks Athena to cancel a query, which may still end otherwise. */
  async function stop(id: string): Promise<void> {
    await client.send(new StopQueryExecutionCommand({ QueryExecutionId: id }));
  }

  return { start, poll: (id: string) => pollQuery(id, client), waitFor, results, stop, run, lines };
}

/** Starts a query and returns its id. The same `token` (32 to 128 characters) returns the same id. */
async function startQuery({ text, params }: Sql, options: AthenaOptions, token?: string): Promise<string> {
  const { client, workGroup, database } = options;
  const { QueryExecutionId: id } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: text,
      WorkGroup: workGroup,
      QueryExecutionContext: { Database: database },
      ...(params.length > 0 && { ExecutionParameters: [...params] }),
      ...(token !== undefined && { ClientRequestToken: token }),
    }),
  );
  if (id === undefined) throw new Error("Cannot start an Athena query: the answer has no id");
  return id;
}

/** The state of a query. */
async function pollQuery(id: string, client: Sender): Promise<QueryStatus> {
  const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId: id }));
  const { State: state, StateChangeReason: reason } = QueryExecution?.Status ?? {};
  if (state === undefined) throw new Error(`Cannot poll Athena query ${id}: the answer has no state`);
  return { state, reason };
}

/**
 * Waits until a query has succeeded; false if it has not by the instant `until`. Throws an AthenaQueryError if it
 * failed.
 */
async function waitForQuery(
  id: string,
  { client, waitsMs = defaultWaitsMs, clock = Date.now }: AthenaOptions,
  until = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  for (let look = 0; ; look++) {
    const { state, reason } = await pollQuery(id, client);
    if (state === "SUCCEEDED") return true;
    if (state === "FAILED" || state === "CANCELLED") throw new AthenaQueryError(id, { state, reason });
    const left = until - clock();
    if (left <= 0) return false;
    await wait(Math.min(waitsMs[Math.min(look, waitsMs.length - 1)] ?? 0, left));
  }
}

/** The first row of the first page is the header. */
async function* readRows(id: string, client: Sender): AsyncGenerator<AthenaRow> {
  let names: string[] | undefined;
  for await (const values of readValues(id, client)) {
    if (names) yield Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
    else names = values.map((name) => name ?? "");
  }
}

async function* readValues(id: string, client: Sender): AsyncGenerator<(string | null)[]> {
  let token: string | undefined;
  do {
    const page = await client.send(
      new GetQueryResultsCommand({
        QueryExecutionId: id,
        MaxResults: pageSize,
        ...(token !== undefined && { NextToken: token }),
      }),
    );
    for (const { Data = [] } of page.ResultSet?.Rows ?? []) yield Data.map(({ VarCharValue }) => VarCharValue ?? null);
    token = page.NextToken;
  } while (token !== undefined);
}
