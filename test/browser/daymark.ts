/**
 * The whole of stage `local` inside a test, on free ports and in a home of its own: what `npm start` starts, with ways
 * to look at what arrived, and to take it away for a while.
 *
 * await using daymark = await startDaymark(); await page.goto(`${daymark.url}/demo`); await expect.poll(() =>
 * daymark.stored("name = 'click'")).toHaveLength(1);
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from "@aws-sdk/client-athena";
import { packageStage } from "../../local/package-stage.ts";
import { type Pipeline, startPipeline } from "../../local/start-pipeline.ts";
import type { EventColumn } from "../../src/schemas/tables/event-columns.ts";

/** A row as Athena returns it: text, or absent if null. */
type Row = { [column: string]: string };
export type StoredEvent = { [C in EventColumn]?: string };

export type Daymark = {
  url: string;
  awsUrl: string;
  /** Rows of the table `events` in the order in which they occurred: all, or those that meet a condition in SQL. */
  stored: (where?: string) => Promise<StoredEvent[]>;
  /** Any query of the lake. */
  query: (sql: string) => Promise<Row[]>;
  /** Asks the API with the read token. */
  ask: (path: string) => Promise<{ total: number; [field: string]: unknown }>;
  /** Stops it; `start` starts it again at the same address. */
  stop: () => Promise<void>;
  start: () => Promise<void>;
} & AsyncDisposable;

const root = resolve(import.meta.dirname, "../..");
const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** `env` is what serverless.yml reads of the environment. */
export async function startDaymark(env: Record<string, string> = {}): Promise<Daymark> {
  const home = await mkdtemp(join(tmpdir(), "daymark-browser-"));
  const packaged = await packageStage("local", { root, env });
  const options = { packaged, home, warn: () => {} };
  let pipeline: Pipeline | undefined = await startPipeline({ ...options, port: 0, awsPort: 0 });
  const { url, awsUrl } = pipeline;
  const athena = new AthenaClient({ endpoint: awsUrl, region: "us-east-1", credentials });
  const stop = async () => {
    await pipeline?.[Symbol.asyncDispose]();
    pipeline = undefined;
  };
  const ask = async (sql: string) => {
    await pipeline?.flush();
    return await query(athena, sql);
  };
  return {
    url,
    awsUrl,
    stop,
    query: ask,
    async start() {
      pipeline ??= await startPipeline({ ...options, port: portOf(url), awsPort: portOf(awsUrl) });
    },
    stored: (where = "true") => ask(`SELECT * FROM events WHERE ${where} ORDER BY occurred_at, event_id`),
    async ask(path) {
      const answer = await fetch(`${url}${path}`, { headers: { authorization: "Bearer rt_local" } });
      const body = await answer.json();
      if (answer.status !== 200) throw new Error(`Cannot ask ${path}: ${answer.status} ${JSON.stringify(body)}`);
      return body as { total: number };
    },
    async [Symbol.asyncDispose]() {
      athena.destroy();
      await stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function query(athena: AthenaClient, text: string): Promise<Row[]> {
  const started = await athena.send(
    new StartQueryExecutionCommand({
      QueryString: text,
      WorkGroup: "daymark-local",
      QueryExecutionContext: { Database: "daymark_local" },
    }),
  );
  const { QueryExecutionId } = started;
  for (;;) {
    const { QueryExecution } = await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const { State, StateChangeReason } = QueryExecution?.Status ?? {};
    if (State === "FAILED") throw new Error(`Cannot ask the lake: ${StateChangeReason}`);
    if (State === "SUCCEEDED") break;
    await new Promise((done) => setTimeout(done, 30));
  }
  const rows: string[][] = [];
  let NextToken: string | undefined;
  do {
    const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, ...(NextToken && { NextToken }) }));
    for (const { Data } of page.ResultSet?.Rows ?? []) rows.push((Data ?? []).map((cell) => cell.VarCharValue ?? ""));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const [columns = [], ...values] = rows;
  return values.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]).filter(([, v]) => v !== "")));
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
