/**
 * What an invocation does: the schedule starts a run for each source; a baton continues a run. A failure is noted for
 * the status, and the invocation is repeated. A run whose holder was lost starts again, at another instant.
 */
import * as z from "zod/mini";
import type { Reporter } from "../reporter.ts";
import type { SnapshotSource } from "../schemas/snapshot-source.ts";
import type { FailedSnapshot, FinishedSnapshot, SnapshotState } from "../schemas/tables/snapshot-state.ts";
import { SnapshotGone } from "./engines/postgres-session.ts";
import { type Baton, baton } from "./run.ts";
import type { OpenSource, Step, Surroundings } from "./surroundings.ts";

/** `{}` from the schedule, `{"source"}` to start one source, or a baton. */
const request = z.union([baton, z.object({ source: z.string() }), z.object({})]);

type Claims = Pick<Surroundings, "claim" | "isClaimed" | "release">;
/** This invocation: its id, which a retry shares, and the time that it has left, in ms. */
type Invocation = Pick<Surroundings, "invocation" | "remaining">;

/** What Lambda says about an invocation. */
export const invocationOf = (context: { awsRequestId: string; getRemainingTimeInMillis(): number }): Invocation => ({
  invocation: context.awsRequestId,
  remaining: () => context.getRemainingTimeInMillis(),
});

export type SnapshotOptions = Omit<Surroundings, "remaining" | "startNext" | "invocation" | keyof Claims> &
  Pick<Reporter, "log" | "metric"> & {
    sources: readonly SnapshotSource[];
    connect(source: SnapshotSource): Promise<OpenSource & AsyncDisposable>;
    /** Starts this function again, in an invocation of its own. */
    start(event: object): Promise<void>;
    states: {
      read(): Promise<SnapshotState[]>;
      finish(source: string, snapshot: FinishedSnapshot): Promise<void>;
      fail(source: string, failed: FailedSnapshot): Promise<void>;
    } & Claims;
  };

/** What became of an invocation, by source. */
export type Steps = Record<string, Step | { started: true }>;

export function createSnapshot(options: SnapshotOptions) {
  const { sources, start } = options;
  return async (event: unknown, invocation: Invocation): Promise<Steps> => {
    const asked = request.parse(event);
    const name = "source" in asked ? asked.source : undefined;
    const found = sources.filter(({ source }) => name === undefined || source === name);
    if (name !== undefined && found.length === 0)
      throw new TypeError(`Cannot take a snapshot of "${name}": there is no such source`);
    const [only, ...others] = found;
    if (only === undefined) return {};
    // Each of several sources gets the whole time of an invocation.
    for (const { source } of others) await start({ source });
    const step = await take(only, baton.safeParse(asked).data, { ...options, ...invocation });
    return {
      [only.source]: step,
      ...Object.fromEntries(others.map(({ source }) => [source, { started: true } as const])),
    };
  };
}

type Taking = SnapshotOptions & Invocation;

async function take(settings: SnapshotSource, from: Baton | undefined, options: Taking): Promise<Step> {
  const { log, metric, states, clock } = options;
  const { source } = settings;
  try {
    const before = (await states.read()).find((state) => state.source === source)?.last;
    // A complete snapshot is never replaced: what a new run finds in the folder of its hour is from runs that failed.
    if (from === undefined && isOfThisHour(before, options)) return { taken: true };
    const step = await takeOrBegin(settings, from, options);
    if ("busy" in step) log.warn("Another invocation is taking a snapshot", { source });
    if (!("finished" in step)) return step;
    await states.finish(source, step.finished);
    const emptied = emptiedTables(before, step.finished);
    if (emptied.length > 0) metric("SnapshotEmptied", { source, tables: emptied });
    log.info("A snapshot is whole", { source, run: step.finished.run, emptied });
    return step;
  } catch (error) {
    metric("SnapshotFailed", { source });
    const message = error instanceof Error ? error.message : String(error);
    await states.fail(source, { at: clock(), message: message.slice(0, 500) });
    throw error;
  }
}

function isOfThisHour(last: FinishedSnapshot | undefined, { partitionOf, clock }: Taking): boolean {
  const { dt, hour } = partitionOf(clock());
  return last?.dt === dt && last.hour === hour;
}

/** Tables that have no rows, and had some before: all may be well, or a table is not filled any more. */
export function emptiedTables(before: FinishedSnapshot | undefined, now: FinishedSnapshot): string[] {
  const full = new Set(before?.tables.filter(({ rows }) => rows > 0).map(({ table }) => table));
  return now.tables.filter(({ table, rows }) => rows === 0 && full.has(table)).map(({ table }) => table);
}

async function takeOrBegin(settings: SnapshotSource, from: Baton | undefined, options: Taking): Promise<Step> {
  try {
    return await takeOnce(settings, from, options);
  } catch (error) {
    if (!(error instanceof SnapshotGone)) throw error;
    options.log.warn("A run begins anew", { source: settings.source, error });
    return await takeOnce(settings, undefined, options);
  }
}

async function takeOnce(settings: SnapshotSource, from: Baton | undefined, options: Taking): Promise<Step> {
  await using source = await options.connect(settings);
  return await source.take(settings, from, { ...options, ...options.states, startNext: options.start });
}
