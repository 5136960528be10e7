/**
 * One delivery stream from put to lake: log → batch → transformation → spool → object. Each step is on disk before the
 * next one begins, memory holds only the batches under way, and what a crash left is resumed on opening: planned
 * objects and cut batches first, then new ones. next-step.ts decides which step is next.
 */
import { deliverPlan, planObject } from "../lake/deliver-object.ts";
import { createPace } from "../limits.ts";
import type { FirehoseRecord } from "./ask-function.ts";
import type { Counts, StreamContext, StreamOptions } from "./context.ts";
import { cutBatch, readBatch } from "./cut-batch.ts";
import { createFlush } from "./flush.ts";
import { type Limits, nextStep, type Step, spooledBytes } from "./next-step.ts";
import { openFolder } from "./open-folder.ts";
import { createPartitions } from "./partitions.ts";
import { begin, end, fail, firstProgress } from "./progress.ts";
import { backlogBytes, createPut, type Put } from "./put-records.ts";
import { type TransformContext, transformBatch } from "./transform-batch.ts";

export type StreamStatus = Counts & {
  /** At present: bytes not yet transformed, batches under way, bytes transformed but not yet in the lake. */
  backlogBytes: number;
  batches: number;
  spooledBytes: number;
  /** CloudWatch's PartitionCount. */
  partitions: number;
  lastError?: string;
};
export type Stream = {
  put: Put;
  /** Brings everything that was accepted before into the lake. Rejects with the last error after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  status(): StreamStatus;
} & AsyncDisposable;

const mebibyte = 1 << 20;

/** Opens the stream and resumes what was left. */
export async function openStream(options: StreamOptions): Promise<Stream> {
  const stopping = new AbortController();
  const folder = await openFolder(options, stopping.signal);
  let lastError: string | undefined;
  const context: StreamContext = {
    ...options,
    ...folder,
    limits: limitsOf(options),
    progress: firstProgress(folder.journal.state, performance.now()),
    counts: { records: 0, rows: 0, failedRecords: 0, exceedingRecords: 0, failedDocuments: 0 },
    signal: stopping.signal,
    noteError(error) {
      lastError = error instanceof Error ? error.message : String(error);
    },
  };
  const pace = createPace();
  const partitions = createPartitions(context);
  const { flush, look } = createFlush(
    context,
    () => steps.advance(),
    () => lastError,
  );
  const steps = runSteps({ ...context, pace, partitions }, look);
  steps.advance();
  const { log, journal } = folder;
  return {
    put: createPut(context, pace, steps.advance),
    flush,
    status: () => ({
      ...context.counts,
      backlogBytes: backlogBytes(context),
      batches: journal.state.batches.length,
      spooledBytes: spooledBytes(journal.state),
      partitions: partitions.active().size,
      ...(lastError === undefined ? {} : { lastError }),
    }),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await steps.ended();
      await log[Symbol.asyncDispose]();
      await journal[Symbol.asyncDispose]();
    },
  };
}

/** Starts each step when it may start, until the stream stops; `onChange` is called whenever something has changed. */
function runSteps(context: TransformContext, onChange: () => void) {
  const { log, journal, progress, limits, signal, tuning } = context;
  const running = new Set<Promise<void>>();
  const take = createTake(context);
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer));

  return {
    advance,
    async ended() {
      while (running.size > 0) await Promise.all(running);
    },
  };

  /** Starts everything that can be started now, and sets a timer for the rest. */
  function advance(): void {
    if (signal.aborted) return;
    clearTimeout(timer);
    for (;;) {
      const now = performance.now();
      const step = nextStep({ state: journal.state, end: log.end, progress }, now, limits);
      if (step.type === "wait") {
        if (step.until < Number.POSITIVE_INFINITY) timer = setTimeout(advance, Math.max(1, step.until - now));
        break;
      }
      start(step, now);
    }
    onChange();
  }

  function start(step: Step, now: number): void {
    begin(progress, step, now, journal.state);
    const onEnd = () => end(progress, step);
    const onError = (error: unknown) => {
      context.noteError(error);
      fail(progress, step, performance.now() + tuning.retryDelayMs);
    };
    const done = take(step)
      .then(onEnd, onError)
      .finally(() => {
        running.delete(done);
        advance();
      });
    running.add(done);
  }
}

/** Carries out a step. What was read for a cut is kept for the transformation that follows it. */
function createTake(context: TransformContext): (step: Step) => Promise<void> {
  const justRead = new Map<number, FirehoseRecord[]>();
  return async (step) => {
    if (step.type === "cut") {
      const { batch, records } = await cutBatch(context);
      justRead.set(batch.id, records);
    } else if (step.type === "transform") {
      const { batch } = step;
      const records = justRead.get(batch.id) ?? (await readBatch(context, batch));
      justRead.delete(batch.id);
      await transformBatch(batch, records, context);
    } else if (step.type === "plan") {
      await planObject(step.parts, context);
    } else {
      const { rows, failed } = await context.exclusive(() => deliverPlan(step.plan, context));
      context.counts.rows += rows;
      context.counts.failedDocuments += failed;
    }
  };
}

function limitsOf({ stream: { processor, lake }, tuning }: StreamOptions): Limits {
  return {
    bytes: Math.floor((processor?.bufferSizeInMBs ?? 1) * mebibyte),
    intervalMs: (processor?.bufferIntervalInSeconds ?? 0) * 1000,
    lakeBytes: lake.sizeInMBs * mebibyte,
    lakeIntervalMs: lake.intervalInSeconds * 1000,
    invocations: tuning.invocations,
    maxSpoolBytes: tuning.maxSpoolBytes,
  };
}
