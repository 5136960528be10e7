/**
 * One delivery stream from put to lake: log → batch → transformation → spool → object. Each step is on disk before the next
 * begins, memory holds only the batches under way, and what is left over by a crash is taken up again on opening: planned
 * objects and cut batches first, then new ones.
 */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Database } from "../../duckdb/database.ts";
import { AwsError, type Invoke } from "../../endpoint/aws-error.ts";
import type { Faults } from "../../faults.ts";
import { type Damage, describeDamage, removeLongKept } from "../../record-log/record-damage.ts";
import { openRecordLog } from "../../record-log/record-log.ts";
import { makeFolder } from "../../s3/objects.ts";
import type { Troubles } from "../../troubles.ts";
import type { StreamDescription } from "../description.ts";
import { chooseParts, type DeliveryContext, deliverPlan, planObject } from "../lake/deliver-object.ts";
import { createPace } from "../limits.ts";
import { partitionKeysOf } from "../prefix.ts";
import { fromLog, recordIdAt } from "../records.ts";
import { askFunction, type FailedOutcome, type FirehoseRecord, type Outcome } from "./ask-function.ts";
import { writeFailures } from "./failures.ts";
import { type Batch, openJournal, type Part, type Plan, reconcile } from "./journal.ts";
import { limitPartitions } from "./partitions.ts";
import { indexPath, partitionName, writeParts } from "./spool.ts";

export type StreamOptions = {
  home: string;
  stream: StreamDescription;
  invoke: Invoke;
  database: Database;
  faults: Faults;
  /** Lets one conversion run at a time, so that their memory does not add up. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Told what an owner should see. */
  warn(message: string): void;
  troubles: Troubles;
  tuning: Tuning;
};
export type Tuning = {
  /** Transformations under way at once; AWS allows 5 per shard. */
  invocations: number;
  /** Records on disk that wait for the transformation, and transformed ones that wait for delivery. Beyond: 503. */
  maxBacklogBytes: number;
  maxSpoolBytes: number;
  /** No more is taken than is transformed in this time, as fast as it lately was. Beyond: 503, before the delay grows. */
  maxDelayMs: number;
  /** Records in memory that wait to be on disk. Beyond: 503. */
  maxWaitingBytes: number;
  lingerMs: number;
  retryDelayMs: number;
  /** Partitions that may have a buffer at once. */
  activePartitions: number;
};

export type StreamStatus = {
  /** Since the start. */
  records: number;
  rows: number;
  failedRecords: number;
  failedDocuments: number;
  /** Now: bytes not yet transformed, batches under way, bytes transformed but not yet in the lake. */
  backlogBytes: number;
  batches: number;
  spooledBytes: number;
  /** What CloudWatch calls PartitionCount, and, of `failedRecords`, those for which it says PartitionCountExceeded. */
  partitions: number;
  exceedingRecords: number;
  lastError?: string;
};
export type Stream = {
  /** Stores records (as `readRecords` gives them) and resolves with their ids when they are on disk. */
  put(stored: readonly Buffer[]): Promise<string[]>;
  /** Brings everything that was accepted before into the lake. Rejects with the last error after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  status(): StreamStatus;
} & AsyncDisposable;

const mebibyte = 1 << 20;
/** For so long after the last put that failed it is said to be failing. */
const putTroubleMs = 5_000;
/** A record costs more on the way to the function than its data: ids and times. Keeps events below Lambda's 6 MB. */
const maxRecordsPerBatch = 10_000;

/** Opens the stream and takes up what was left. */
export async function openStream(options: StreamOptions): Promise<Stream> {
  const { home, stream, faults, tuning } = options;
  const folder = join(home, "firehose", stream.name);
  const spool = join(folder, "spool");
  await mkdir(spool, { recursive: true });
  await makeFolder(spool);
  const damages: Damage[] = [];
  const onDamage = (damage: Damage): void => {
    damages.push(damage);
    options.troubles.set(`damage ${damage.file} ${damage.offset}`, {
      kind: "damage",
      summary: `Of what waits for delivery to ${stream.name} ${damage.size} bytes ${damage.isTail ? "at the end are not whole" : "are damaged"}; the log says where`,
      detail: `Delivery stream ${stream.name}: ${describeDamage(damage)}`,
    });
  };
  const onPartDamage = (path: string): void =>
    options.troubles.set(`damage ${path}`, {
      kind: "damage",
      summary: `Of what waits for delivery to ${stream.name} a file is damaged; its whole records are delivered, the others are with its errors`,
      detail: `Delivery stream ${stream.name}: ${path} is damaged; what is whole of it is delivered, the rest is under format-conversion-failed`,
    });
  const log = await openRecordLog({ folder: join(folder, "records"), lingerMs: tuning.lingerMs, onDamage });
  const journal = await openJournal(join(folder, "journal"), undefined, onDamage);
  if (journal.state.cut > log.end) tellOfShortLog(options, journal.state.cut - log.end);
  const reconciled = reconcile(journal.state, log);
  if (!isDeepStrictEqual(reconciled, journal.state)) await journal.record({ type: "snapshot", state: reconciled });
  const known = [...journal.state.parts, ...journal.state.plans.flatMap(({ parts }) => parts)];
  await removeOrphans(spool, known, damages.length > 0 ? join(folder, "set-aside") : undefined);
  const aside = ["set-aside", "records/damaged", "journal/damaged"].map((name) => join(folder, name));
  const sweep = () => removeLongKept(aside, Date.now()).catch(() => {}); // what cannot be removed today can be tomorrow
  await sweep();
  const delivery: DeliveryContext = {
    home,
    stream,
    database: options.database,
    faults,
    journal,
    spool,
    onDamage: onPartDamage,
  };
  const limits = bufferLimits(stream);
  const keys = stream.dynamicPartitioning ? partitionKeysOf(stream.prefix) : [];

  const counts = { records: 0, rows: 0, failedRecords: 0, exceedingRecords: 0, failedDocuments: 0 };
  const stopping = new AbortController();
  const sweeping = setInterval(sweep, 86_400_000).unref();
  stopping.signal.addEventListener("abort", () => clearInterval(sweeping));
  const running = new Set<Promise<void>>();
  /** Batches that an earlier process cut: nothing new goes to the function before they are done. */
  const leftOver = new Set(journal.state.batches.map(({ id }) => id));
  const started = new Set<number>();
  const spooledAt = new Map<string, number>();
  /** Partitions of batches that are just being spooled. */
  const reserved = new Map<number, Set<string>>();
  const listeners = new Set<() => void>();
  const pace = createPace();
  let transforming = 0;
  let cutting = false;
  let delivering = false;
  let flushing = 0;
  let bufferOpenedAt = performance.now();
  let deliverAfter = 0;
  let isFailing = false;
  let isFailingToPut = false;
  let forgetPut: NodeJS.Timeout | undefined;
  let lastError: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  advance();

  return {
    async put(stored) {
      if (stopping.signal.aborted || log.waitingBytes > tuning.maxWaitingBytes || backlog() > maxBacklog())
        throw slowDown();
      const wasEmpty = log.end === journal.state.cut;
      const positions = await log.append(stored).catch((cause) => {
        fail(cause);
        tellOfPut(cause);
        throw slowDown(cause);
      });
      if (isFailingToPut) tellOfPut(undefined);
      if (wasEmpty) bufferOpenedAt = Math.max(bufferOpenedAt, performance.now());
      counts.records += stored.length;
      if (wasEmpty || (log.end - journal.state.cut >= limits.bytes && canCut())) advance();
      return positions.map(recordIdAt);
    },
    flush,
    status: () => ({
      ...counts,
      backlogBytes: backlog(),
      batches: journal.state.batches.length,
      spooledBytes: spooled(),
      partitions: activePartitions().size,
      ...(lastError === undefined ? {} : { lastError }),
    }),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      clearTimeout(timer);
      clearTimeout(forgetPut);
      while (running.size > 0) await Promise.all(running);
      await log[Symbol.asyncDispose]();
      await journal[Symbol.asyncDispose]();
    },
  };

  /** Starts whatever can be started now, and sets the clock for the rest. */
  function advance(): void {
    if (stopping.signal.aborted) return;
    clearTimeout(timer);
    timer = undefined;
    for (const batch of journal.state.batches) {
      if (transforming < tuning.invocations && !started.has(batch.id)) start(completeBatch(batch));
    }
    if (isCutDue()) start(cutBatch());
    if (!delivering && hasDelivery()) start(deliverAll());
    for (const listener of listeners) listener();
    const delay = nextDelay();
    if (delay !== undefined) timer = setTimeout(advance, delay);
  }

  function start(work: Promise<void>): void {
    const done: Promise<void> = work.catch(fail).finally(() => {
      running.delete(done);
      advance();
    });
    running.add(done);
  }

  function fail(error: unknown): void {
    lastError = error instanceof Error ? error.message : String(error);
  }

  function tellOfPut(cause: unknown): void {
    clearTimeout(forgetPut);
    isFailingToPut = cause !== undefined;
    // Nobody may try again while the health says that it is of no use.
    if (isFailingToPut) forgetPut = setTimeout(tellOfPut, putTroubleMs, undefined);
    const detail = `Delivery stream ${stream.name} takes nothing: ${cause instanceof Error ? cause.message : cause}`;
    const summary = `${stream.name} takes nothing: ${codeIn(cause) ?? "it cannot be written"}`;
    options.troubles.set(`put ${stream.name}`, isFailingToPut ? { kind: "unwritable", summary, detail } : undefined);
  }

  function canCut(): boolean {
    if (cutting || leftOver.size > 0 || log.end === journal.state.cut) return false;
    return transforming < tuning.invocations && spooled() < tuning.maxSpoolBytes;
  }

  function isCutDue(): boolean {
    if (!canCut()) return false;
    if (flushing > 0 || log.end - journal.state.cut >= limits.bytes) return true;
    return performance.now() >= bufferOpenedAt + limits.intervalMs;
  }

  function nextDelay(): number | undefined {
    const times = journal.state.parts.map((part) => dueAt(part));
    if (journal.state.plans.length > 0) times.push(deliverAfter);
    let next = delivering || times.length === 0 ? Number.POSITIVE_INFINITY : Math.max(deliverAfter, Math.min(...times));
    if (canCut()) next = Math.min(next, bufferOpenedAt + limits.intervalMs);
    return next === Number.POSITIVE_INFINITY ? undefined : Math.max(1, next - performance.now());
  }

  /** Decides what the next batch is, writes that down, and gives it to the function. */
  async function cutBatch(): Promise<void> {
    cutting = true;
    const { nextBatch: id, cut: from } = journal.state;
    const openedAt = performance.now();
    try {
      const { records, next } = await log.read(from, { bytes: limits.bytes, count: maxRecordsPerBatch });
      const batch: Batch = { id, from, to: next };
      started.add(id);
      await journal.record({ type: "cut", batch });
      await faults.check("firehose.cut", { stream: stream.name });
      bufferOpenedAt = openedAt;
      start(completeBatch(batch, records.map(fromLog)));
    } catch (error) {
      fail(error);
      await pause();
      started.delete(id);
    } finally {
      cutting = false;
    }
  }

  /** Transforms a batch and spools what became of it, as often as it takes: only a stop leaves it for the next start. */
  async function completeBatch(batch: Batch, read?: FirehoseRecord[]): Promise<void> {
    started.add(batch.id);
    transforming++;
    try {
      const records = read ?? (await log.read(batch.from, { to: batch.to })).records.map(fromLog);
      const startedAt = performance.now();
      const outcomes = await transformWhileKept(records);
      pace.took(batch.to - batch.from, performance.now() - startedAt, transforming);
      let isAgain = leftOver.has(batch.id);
      while (!(await spoolOutcomes(batch, outcomes, isAgain))) {
        isAgain = true;
        await pause();
      }
      leftOver.delete(batch.id);
      started.delete(batch.id);
      await faults.check("firehose.checkpoint.after", { stream: stream.name, step: "transformed" });
      await log.truncateBefore(journal.state.batches[0]?.from ?? journal.state.cut);
    } catch (error) {
      fail(error);
      await pause();
      started.delete(batch.id);
    } finally {
      transforming--;
    }
  }

  /** What fails while the disk keeps nothing is not the records' fault: it is tried again until it does. */
  async function transformWhileKept(records: readonly FirehoseRecord[]): Promise<Outcome[]> {
    for (;;) {
      const outcomes = await transform(records);
      if (!outcomes.some(({ result }) => result === "failed")) return outcomes;
      await options.troubles.check();
      if (!options.troubles.all.some(({ kind }) => kind !== "damage")) return outcomes;
      await pause();
    }
  }

  function transform(records: readonly FirehoseRecord[]): Outcome[] | Promise<Outcome[]> {
    const { processor } = stream;
    // All of them were damaged.
    if (records.length === 0) return [];
    if (!processor) return records.map((record) => ({ result: "ok", record, data: record.data, keys: {} }));
    const context = { stream: stream.name, functionName: processor.functionName };
    return askFunction(records, {
      streamArn: stream.arn,
      functionName: processor.functionName,
      numberOfRetries: processor.numberOfRetries,
      keys,
      invoke: options.invoke,
      before: () => faults.check("firehose.transform.before", context),
      after: () => faults.check("firehose.transform.after", context),
      retryDelayMs: tuning.retryDelayMs,
      signal: stopping.signal,
    });
  }

  async function spoolOutcomes(batch: Batch, transformed: readonly Outcome[], isAgain: boolean): Promise<boolean> {
    try {
      const outcomes = withinPartitions(batch, transformed);
      const parts = await writeParts(
        spool,
        batch.id,
        outcomes.filter((one) => one.result === "ok"),
      );
      const failed = outcomes.filter((one) => one.result === "failed");
      await writeFailures({ batch, at: outcomes[0]?.record.arrival ?? 0, failed, isAgain }, { home, stream });
      await faults.check("firehose.checkpoint", { stream: stream.name, step: "transformed" });
      await journal.record({ type: "transformed", batch: batch.id, parts });
      for (const { file } of parts) spooledAt.set(file, performance.now());
      reserved.delete(batch.id);
      noteFailures(failed);
      return true;
    } catch (error) {
      fail(error);
      return false;
    }
  }

  /** Fails what exceeds the limit on partitions, and reserves those of the rest until they are in the journal. */
  function withinPartitions(batch: Batch, outcomes: readonly Outcome[]): readonly Outcome[] {
    if (!stream.dynamicPartitioning) return outcomes;
    reserved.delete(batch.id);
    const limited = limitPartitions(outcomes, activePartitions(), tuning.activePartitions);
    reserved.set(batch.id, limited.active);
    return limited.outcomes;
  }

  /**
   * The partitions with a buffer that is not delivered. AWS delivers all that are due at the same time, this machine one after
   * the other: one that is due is only active when it cannot be delivered.
   */
  function activePartitions(): Set<string> {
    const { parts, plans } = journal.state;
    const undelivered = isFailing ? [...parts, ...plans.flatMap((plan) => plan.parts)] : parts;
    const names = new Set(undelivered.map(({ keys }) => partitionName(keys)));
    const now = performance.now();
    if (!isFailing) for (const part of parts) if (dueAt(part) <= now) names.delete(partitionName(part.keys));
    for (const more of reserved.values()) for (const name of more) names.add(name);
    return names;
  }

  function noteFailures(failed: readonly FailedOutcome[]): void {
    const exceeding = failed.filter(({ errorType }) => errorType === "activePartitionExceeded").length;
    counts.failedRecords += failed.length;
    counts.exceedingRecords += exceeding;
    if (exceeding === 0) return;
    options.warn(
      `Delivery stream ${stream.name} has ${tuning.activePartitions} active partitions, the most that Firehose allows: ${exceeding} records of other days are counted, but went to the error prefix (activePartitionExceeded) instead of the lake`,
    );
  }

  function dueAt(part: Part): number {
    return flushing > 0 ? 0 : (spooledAt.get(part.file) ?? 0) + limits.lakeIntervalMs;
  }

  function isDue(group: readonly Part[]): boolean {
    const now = performance.now();
    return group.some((part) => dueAt(part) <= now) || sumBytes(group) >= limits.lakeBytes;
  }

  function nextParts(): Part[] | undefined {
    return chooseParts(journal.state.parts, isDue, limits.lakeBytes);
  }

  function hasDelivery(): boolean {
    return performance.now() >= deliverAfter && (journal.state.plans.length > 0 || nextParts() !== undefined);
  }

  /** Delivers what is due. What fails is tried again later, and does not keep the rest waiting. */
  async function deliverAll(): Promise<void> {
    delivering = true;
    const failed = new Set<string>();
    while (!stopping.signal.aborted) {
      const plan = journal.state.plans.find(({ id }) => !failed.has(id));
      const parts = plan ? undefined : nextParts();
      if (!plan && !parts) break;
      try {
        if (plan) await deliver(plan);
        else if (parts) await planObject(parts, delivery);
        if (failed.size === 0) isFailing = false;
      } catch (error) {
        fail(error);
        deliverAfter = performance.now() + tuning.retryDelayMs;
        isFailing = true;
        if (!plan) break;
        failed.add(plan.id);
      }
    }
    delivering = false;
  }

  async function deliver(plan: Plan): Promise<void> {
    const { rows, failed } = await options.exclusive(() => deliverPlan(plan, delivery));
    counts.rows += rows;
    counts.failedDocuments += failed;
    for (const { file } of plan.parts) spooledAt.delete(file);
  }

  async function flush(timeoutMs: number): Promise<void> {
    const end = log.end;
    const deadline = AbortSignal.timeout(timeoutMs);
    flushing++;
    try {
      await until(() => journal.state.cut >= end, deadline);
      const last = journal.state.nextBatch;
      const isOld = ({ batch }: Part) => batch < last;
      await until(() => !journal.state.batches.some(({ id }) => id < last), deadline);
      await until(() => {
        const { parts, plans } = journal.state;
        return !parts.some(isOld) && !plans.some((plan) => plan.parts.some(isOld));
      }, deadline);
    } finally {
      flushing--;
    }
  }

  function until(isDone: () => boolean, deadline: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        listeners.delete(check);
        deadline.removeEventListener("abort", onDeadline);
      };
      const onDeadline = (): void => {
        stop();
        reject(new Error(`Cannot flush ${stream.name} in time: ${lastError ?? "it is still under way"}`));
      };
      const check = (): void => {
        if (!isDone()) return;
        stop();
        resolve();
      };
      listeners.add(check);
      deadline.addEventListener("abort", onDeadline);
      advance();
    });
  }

  /** Before trying again; rejects at once when the stream stops. */
  function pause(): Promise<void> {
    return wait(tuning.retryDelayMs, undefined, { signal: stopping.signal });
  }

  function backlog(): number {
    return log.end - (journal.state.batches[0]?.from ?? journal.state.cut);
  }

  function maxBacklog(): number {
    return Math.min(tuning.maxBacklogBytes, pace.bytesIn(tuning.maxDelayMs));
  }

  function spooled(): number {
    return sumBytes(journal.state.parts) + journal.state.plans.reduce((sum, { parts }) => sum + sumBytes(parts), 0);
  }
}

function bufferLimits({ processor, lake }: StreamDescription) {
  return {
    bytes: Math.floor((processor?.bufferSizeInMBs ?? 1) * mebibyte),
    intervalMs: (processor?.bufferIntervalInSeconds ?? 0) * 1000,
    lakeBytes: lake.sizeInMBs * mebibyte,
    lakeIntervalMs: lake.intervalInSeconds * 1000,
  };
}

/** The log ends before what was cut from it: its end is gone, or it is that of a home which was copied in use. */
function tellOfShortLog({ stream, troubles }: StreamOptions, bytes: number): void {
  const detail = `Delivery stream ${stream.name}: the log of its records ends ${bytes} bytes before what was taken from it: batches in between are gone, unless they were transformed`;
  troubles.set(`short log ${stream.name}`, {
    kind: "damage",
    summary: `The log of ${stream.name} lacks ${bytes} bytes`,
    detail,
  });
}

/** What a crash left in the spool that no entry of the journal knows; where entries are damaged, it may be what they knew, and is kept. */
async function removeOrphans(spool: string, parts: readonly Part[], keptIn: string | undefined): Promise<void> {
  const known = new Set(parts.flatMap(({ file }) => [file, indexPath(file)]));
  if (keptIn !== undefined) await mkdir(keptIn, { recursive: true });
  for (const name of await readdir(spool)) {
    if (known.has(name)) continue;
    if (keptIn === undefined) await rm(join(spool, name), { force: true });
    else await rename(join(spool, name), join(keptIn, name));
  }
}

function sumBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What the system calls an error, from whatever holds it: ENOSPC, EIO. */
function codeIn(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return "code" in error && typeof error.code === "string" ? error.code : codeIn(error.cause);
}

function slowDown(cause?: unknown): AwsError {
  return new AwsError("ServiceUnavailableException", "Slow down.", { status: 503, cause });
}
