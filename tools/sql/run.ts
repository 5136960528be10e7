/** The sql command as a function from the command line, the environment and the standard streams to the exit code. */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readFile, rename, rm } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AthenaClient } from "@aws-sdk/client-athena";
import { readArguments, type SqlOptions, UsageError, usage } from "./args.ts";
import { explain } from "./explain.ts";
import { type TextFormat, writers } from "./formats.ts";
import { writeParquetFile } from "./parquet.ts";
import { type Finished, type Progress, type Result, type Row, readResult, runQuery } from "./query.ts";

export type Io = {
  stdin: NodeJS.ReadableStream;
  out: Writable;
  err(text: string): void;
  terminal?: { columns: number } | undefined;
  signal: AbortSignal;
};

/** Runs one statement. Returns 0 if its rows are written, 1 if it failed, 2 for an invalid command line. */
export async function runSql(args: string[], env: NodeJS.ProcessEnv, io: Io): Promise<0 | 1 | 2> {
  try {
    const options = readArguments(args, env);
    if (options === "help") io.out.write(usage);
    else return await runOne(options, env, io);
    return 0;
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : error}\n`);
    if (error instanceof UsageError) io.err(`\n${usage}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function runOne(options: SqlOptions, env: NodeJS.ProcessEnv, io: Io): Promise<0 | 1> {
  const text = await readStatement(options, io.stdin);
  const client = createClient(options, env);
  const shown = createProgress(io);
  try {
    const statement = { text, params: options.params };
    const finished = await runQuery(client, options.stage, statement, { progress: shown.show, signal: io.signal });
    shown.erase();
    const rows = await write(await readResult(client, finished), options, io.out);
    io.err(`${summary(finished, rows, options)}\n`);
    return 0;
  } catch (error) {
    shown.erase();
    io.err(explain(error, { ...options, text }));
    return 1;
  } finally {
    client.destroy();
  }
}

async function readStatement({ text, file }: SqlOptions, stdin: Io["stdin"]): Promise<string> {
  const statement = text ?? (file === undefined ? await readAll(stdin) : await readFile(file, "utf8"));
  if (statement.trim() !== "") return statement.trimEnd();
  throw new UsageError("Cannot run: there is no statement, neither in the command nor in --file nor on standard input");
}

async function readAll(stream: Io["stdin"]): Promise<string> {
  if ("isTTY" in stream && stream.isTTY) return "";
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** Stage `local` needs no account: it accepts any credentials and region. */
function createClient({ stage, url }: SqlOptions, env: NodeJS.ProcessEnv): AthenaClient {
  const endpoint = url === undefined ? {} : { endpoint: url };
  if (stage !== "local") return new AthenaClient(endpoint);
  const credentials = env.AWS_ACCESS_KEY_ID ? {} : { credentials: { accessKeyId: "local", secretAccessKey: "local" } };
  return new AthenaClient({ ...endpoint, region: env.AWS_REGION || "us-east-1", ...credentials });
}

/** A line on a terminal that shows the state of the query, and disappears when it has ended. */
function createProgress({ err, terminal }: Io): { show: Progress; erase(): void } {
  let isShown = false;
  return {
    show(state, seconds) {
      if (terminal === undefined) return;
      isShown = true;
      err(`\r\x1b[K${`${state.toLowerCase()} ${seconds.toFixed(1)} s`.slice(0, terminal.columns - 1)}`);
    },
    erase() {
      if (isShown) err("\r\x1b[K");
      isShown = false;
    },
  };
}

/** Writes the rows to their destination; returns how many there were. A file is written completely or not at all. */
async function write(result: Result, { format, output }: SqlOptions, out: Writable): Promise<number> {
  if (output === undefined) return await writeText(result, format === "parquet" ? "csv" : format, out, false);
  const temporary = `${output}.${randomUUID()}.tmp`;
  try {
    const rows =
      format === "parquet"
        ? await writeParquetFile(result, temporary)
        : await writeText(result, format, createWriteStream(temporary), true);
    await rename(temporary, output);
    return rows;
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
}

async function writeText(result: Result, format: TextFormat, to: Writable, end: boolean): Promise<number> {
  let count = 0;
  async function* counted(): AsyncGenerator<Row> {
    for await (const row of result.rows) {
      count++;
      yield row;
    }
  }
  await pipeline(Readable.from(writers[format]({ ...result, rows: counted() })), to, { end });
  return count;
}

function summary({ seconds, bytes }: Finished, rows: number, { output }: SqlOptions): string {
  const where = output === undefined ? "" : `${output}: `;
  return `${where}${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}, ${byteText(bytes)} read, ${seconds.toFixed(1)} s`;
}

function byteText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
