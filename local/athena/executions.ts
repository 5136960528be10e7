/**
 * The list of query executions: which wait, which run, and how each ended. It is stored on disk, one small file per
 * execution, so that after a crash a token still finds the execution it started, and one that was running is known to
 * have failed.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { AwsError } from "../endpoint/aws-error.ts";
import { AthenaFailure, toAthenaFailure } from "./failure.ts";
import type { ColumnInfo } from "./results.ts";

export type State = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";
/** The input of StartQueryExecution, without the token. */
export type Question = {
  query: string;
  parameters: string[];
  database: string | undefined;
  workGroup: string;
  outputLocation: string;
};
export type Execution = Question & {
  id: string;
  token?: string;
  state: State;
  reason?: string;
  errorCode?: string;
  /** Milliseconds of the clock. */
  submittedAt: number;
  startedAt?: number;
  completedAt?: number;
  /** DML, DDL or UTILITY, and which: SELECT, UNLOAD… */
  type: string;
  subtype: string;
  outputFile: string;
  /** For an UNLOAD: the object that lists the files it has written. */
  manifest?: string;
  columns: ColumnInfo[];
  scannedBytes: number;
};
/** Does the work and fills in columns and bytes. `signal` tells it to stop. */
export type Work = (execution: Execution, signal: AbortSignal) => Promise<void>;
export type ExecutionsOptions = { folder: string; concurrency: number; maxActive: number };

export type Executions = {
  /** Starts a question, or finds the execution that this token has started. */
  start(
    question: Question,
    token: string | undefined,
    about: Pick<Execution, "type" | "subtype">,
    work: Work,
  ): Promise<Execution>;
  get(id: string): Execution;
  list(): Execution[];
  stop(id: string): void;
  /** Forgets executions that ended before `before` (by the clock); returns their ids. */
  forget(before: number): Promise<string[]>;
} & AsyncDisposable;

type Running = { stop: AbortController; done: Promise<void> };

const isDone = ({ state }: Execution): boolean => state !== "QUEUED" && state !== "RUNNING";

/** Opens the list in `folder`. */
export async function openExecutions({ folder, concurrency, maxActive }: ExecutionsOptions): Promise<Executions> {
  await mkdir(folder, { recursive: true });
  const all = await readAll(folder);
  const byToken = new Map([...all.values()].flatMap((one) => (one.token ? [[one.token, one.id] as const] : [])));
  const active = new Map<string, Running>();
  const run = createRun(folder, concurrency);

  function drop({ id, token }: Execution): void {
    all.delete(id);
    if (token !== undefined) byToken.delete(token);
  }

  return {
    async start(question, token, about, work) {
      const known = token === undefined ? undefined : all.get(byToken.get(token) ?? "");
      if (known) return sameQuestion(known, question);
      if (active.size >= maxActive)
        throw new AwsError(
          "TooManyRequestsException",
          "You have exceeded the limit for the number of queries you can run concurrently",
        );
      const execution = newExecution(question, token, about);
      all.set(execution.id, execution);
      if (token !== undefined) byToken.set(token, execution.id);
      const stop = new AbortController();
      const saved = save(folder, execution);
      const done = saved
        .then(
          () => run(execution, work, stop.signal),
          () => drop(execution),
        )
        .finally(() => active.delete(execution.id));
      active.set(execution.id, { stop, done });
      await saved;
      return execution;
    },
    get: (id) => all.get(id) ?? missing(id),
    list: () => [...all.values()].toReversed(),
    stop(id) {
      const execution = all.get(id);
      // A waiting execution ends at once, without waiting for its turn.
      if (execution?.state === "QUEUED") end(execution, new AthenaFailure("CANCELLED", "Query cancelled"));
      active.get(id)?.stop.abort();
    },
    async forget(before) {
      const old = [...all.values()].filter((one) => isDone(one) && one.submittedAt < before);
      for (const execution of old) {
        drop(execution);
        await rm(join(folder, `${execution.id}.json`), { force: true });
      }
      return old.map(({ id }) => id);
    },
    async [Symbol.asyncDispose]() {
      for (const { stop } of active.values()) stop.abort();
      await Promise.all([...active.values()].map(({ done }) => done));
    },
  };
}

function missing(id: string): never {
  throw new AwsError("InvalidRequestException", `QueryExecution ${id} was not found`);
}

/** Runs executions, some at a time, and saves how they ended. */
function createRun(folder: string, concurrency: number) {
  const slots = createSlots(concurrency);
  return async (execution: Execution, work: Work, stop: AbortSignal): Promise<void> => {
    // A catalog statement does not wait behind queries that read files.
    const leave = execution.type === "DDL" ? () => {} : await slots.enter();
    await complete(execution, work, stop).finally(leave);
    // Losing the list costs little: questions are then asked again.
    await save(folder, execution).catch((error: unknown) => console.error("Cannot keep a query execution:", error));
  };
}

/** Does the work of an execution and records how it ended. */
async function complete(execution: Execution, work: Work, stop: AbortSignal): Promise<void> {
  try {
    stop.throwIfAborted();
    execution.startedAt = Date.now();
    await work(execution, stop);
    stop.throwIfAborted();
    execution.state = "SUCCEEDED";
  } catch (error) {
    end(execution, stop.aborted ? new AthenaFailure("CANCELLED", "Query cancelled") : toAthenaFailure(error));
  } finally {
    execution.completedAt = Date.now();
  }
}

function newExecution(
  question: Question,
  token: string | undefined,
  about: Pick<Execution, "type" | "subtype">,
): Execution {
  const id = randomUUID();
  return {
    ...question,
    ...about,
    ...(token !== undefined && { token }),
    id,
    state: "QUEUED",
    submittedAt: Date.now(),
    outputFile: `${question.outputLocation.replace(/\/?$/, "/")}${id}.${about.type === "DML" ? "csv" : "txt"}`,
    columns: [],
    scannedBytes: 0,
  };
}

function sameQuestion(known: Execution, question: Question): Execution {
  const { query, parameters, database, workGroup, outputLocation } = known;
  if (isDeepStrictEqual({ query, parameters, database, workGroup, outputLocation }, { ...question })) return known;
  throw new AwsError("InvalidRequestException", "Idempotent parameters do not match");
}

function end(execution: Execution, failure: AthenaFailure): void {
  execution.state = failure.code === "CANCELLED" ? "CANCELLED" : "FAILED";
  execution.reason = failure.code === "CANCELLED" ? failure.message : `${failure.code}: ${failure.message}`;
  execution.errorCode = failure.code;
}

async function save(folder: string, execution: Execution): Promise<void> {
  const path = join(folder, `${execution.id}.json`);
  await writeFile(`${path}.tmp`, JSON.stringify(execution));
  await rename(`${path}.tmp`, path);
}

async function readAll(folder: string): Promise<Map<string, Execution>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const all = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as Execution),
  );
  for (const execution of all.filter((one) => !isDone(one)))
    end(execution, new AthenaFailure("GENERIC_INTERNAL_ERROR", "The query was interrupted: Athena has been restarted"));
  return new Map(all.sort((a, b) => a.submittedAt - b.submittedAt).map((one) => [one.id, one]));
}

/** Lets at most `count` run at once; the others wait in line. */
function createSlots(count: number) {
  const line: (() => void)[] = [];
  let free = count;
  const leave = () => {
    const next = line.shift();
    if (next) next();
    else free++;
  };
  return {
    async enter(): Promise<() => void> {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => line.push(resolve));
      return leave;
    },
  };
}
