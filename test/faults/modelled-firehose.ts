/**
 * Firehose as it may behave, not as it does on a good day. Records are accepted over the wire, some of a call are
 * refused, some are accepted although the answer is lost. Batches go to the function one to five times, concurrently
 * with their neighbours, and also while an earlier call of the same batch is still running. The function's last answer
 * goes to the lake late and in any order.
 */
import { randomUUID } from "node:crypto";
import { AwsError, type AwsService } from "../../local/endpoint/aws-error.ts";
import type { FirehoseResult } from "../../src/stream/answer-batch.ts";
import type { FirehoseRecord } from "../../src/stream/read-record.ts";
import { pick, type Random } from "../../tools/random.ts";
import { idOf } from "./client-requests.ts";
import type { FaultCounts } from "./fault-counts.ts";

/** `counted` are the events of records that the function did not take for copies; known when the batch is done. */
export type FirehoseBatch = {
  records: FirehoseRecord[];
  eventIds: string[];
  attempted: boolean;
  isDone: boolean;
  counted: ReadonlySet<string>;
};
/** Runs the transformation; `writes` is how many calls to AWS it may make before it dies; unlimited if undefined. */
export type Transform = (records: FirehoseRecord[], writes?: number) => Promise<{ records: FirehoseResult[] }>;
type Options = { count: FaultCounts["add"]; transform: Transform };

const HALF_HOUR_MS = 30 * 60_000;
const slotOf = ({ records }: FirehoseBatch) =>
  Math.floor(Math.max(...records.map((record) => record.approximateArrivalTimestamp)) / HALF_HOUR_MS);

export type ModelledFirehose = ReturnType<typeof createModelledFirehose>;

export function createModelledFirehose({ count, transform }: Options) {
  let random: Random = Math.random;
  let isCalm = true;
  let uncut: FirehoseRecord[] = [];
  const batches: FirehoseBatch[] = [];
  let lake: FirehoseResult[] = [];
  let arrivals = 0;
  let lastSlot = 0;
  const ghosts = new Set<Promise<unknown>>();

  async function putRecordBatch({ Records: records }: { Records: { Data: string }[] }): Promise<object> {
    const fault = isCalm ? 1 : random();
    if (fault < 0.1) throw refused("ThrottlingException", "firehose: call throttled");
    if (fault < 0.15) throw refused("ServiceUnavailableException", "firehose: call refused");
    const refusedOnes = fault < 0.35 ? chooseSome(records.length) : new Set<number>();
    const answers = records.map(({ Data }, index) => (refusedOnes.has(index) ? refusal : accept(Data)));
    if (refusedOnes.size > 0)
      count(`firehose: partial failure (${refusedOnes.size === records.length ? "all" : "some"})`);
    if (fault > 0.35 && fault < 0.45) throw refused("ConnectionLost", "firehose: put succeeded, answer lost");
    return { FailedPutCount: refusedOnes.size, Encrypted: false, RequestResponses: answers };
  }

  function accept(data: string): object {
    // Arrival times of repeated puts differ: an attempt takes longer than a millisecond, here as on AWS.
    const record = { recordId: randomUUID(), approximateArrivalTimestamp: Date.now() + arrivals++, data };
    uncut.push(record);
    return { RecordId: record.recordId };
  }

  function refused(code: string, kind: string): AwsError {
    count(kind);
    return new AwsError(code, "Slow down.", { status: code === "ThrottlingException" ? 400 : 503 });
  }

  function chooseSome(length: number): Set<number> {
    const some = Array.from({ length }, (_, index) => index).filter(() => random() < 0.5);
    return new Set(some.length > 0 ? some : [Math.floor(random() * length)]);
  }

  /** Turns what has arrived into batches: any split, over the equivalent of AWS's shards. */
  function cut(): void {
    const shards: [FirehoseRecord[], FirehoseRecord[]] = [[], []];
    for (const record of uncut) pick(random, shards).push(record);
    uncut = [];
    for (const shard of shards) {
      while (shard.length > 0) {
        batches.push(toBatch(shard.splice(0, isCalm ? shard.length : 1 + Math.floor(random() * 5))));
      }
    }
  }

  /** Gives a batch to the function 1 to 5 times; it may remain unfinished, and then comes again at a later turn. */
  async function attempt(batch: FirehoseBatch, mustEnd: boolean): Promise<void> {
    batch.attempted = true;
    const tries = isCalm ? 1 : 1 + Math.floor(random() ** 4 * 5);
    let answer: FirehoseResult[] | undefined;
    for (let i = 0; i < tries; i++) answer = (await call(batch.records)) ?? answer;
    for (let i = 0; answer === undefined && mustEnd; i++) {
      answer = (await transform(batch.records).catch(passOver(i)))?.records;
    }
    if (answer === undefined || batch.isDone) return;
    batch.isDone = true;
    batch.counted = new Set(answer.filter(({ data }) => !isCopy(data)).flatMap(eventIdsOf));
    if (tries > 1) count(`firehose: batch delivered ${tries} times`);
    lake.push(...answer);
  }

  async function call(records: FirehoseRecord[]): Promise<FirehoseResult[] | undefined> {
    const fault = isCalm ? 1 : random();
    if (fault < 0.05) return void count("function: throws at once");
    if (fault < 0.2) {
      count("function: dies after k of its calls to AWS");
      await transform(records, Math.floor(random() * 25)).catch(() => {});
      return undefined;
    }
    if (fault < 0.28) {
      count("function: times out while it still runs");
      const ghost = transform(records, Math.floor(random() * 40)).catch(() => {});
      ghosts.add(ghost.finally(() => ghosts.delete(ghost)));
      return undefined;
    }
    const answer = await transform(records).catch(() => undefined);
    if (answer === undefined) return void count("function: fails because DynamoDB does");
    if (fault < 0.34) return void count("function: has done all, answer lost");
    return answer.records;
  }

  /** A batch that was begun must end before the function gets one that arrived an hour later (docs/reliability.md). */
  async function endOlder(slot: number): Promise<void> {
    const older = batches.filter((batch) => batch.attempted && !batch.isDone && slotOf(batch) <= slot - 2);
    for (const batch of older) await attempt(batch, true);
    if (slot !== lastSlot) await Promise.all(ghosts);
    lastSlot = slot;
  }

  const service: AwsService = { target: "Firehose_20150804", operations: { PutRecordBatch: putRecordBatch } };
  return {
    service,
    /** From now on faults come from `source`; there are none if `calm`. */
    setFaults(source: Random, calm: boolean) {
      [random, isCalm] = [source, calm];
    },
    /** One turn of the function: some batches, some of them at the same time. */
    async transform({ all = false } = {}): Promise<void> {
      await Promise.all(ghosts);
      if (all || isCalm || random() < 0.85) cut();
      const due = batches.filter(({ isDone }) => !isDone && (all || isCalm || random() < 0.8));
      due.sort((a, b) => slotOf(a) - slotOf(b));
      for (let [first] = due; first !== undefined; [first] = due) {
        const slot = slotOf(first);
        const near = due.filter((batch) => slotOf(batch) <= slot + 1).length;
        const together = due.splice(0, isCalm ? 1 : 1 + Math.floor(random() * Math.min(3, near)));
        if (together.length > 1) count("firehose: neighbouring batches at once", together.length);
        await endOlder(Math.max(...together.map(slotOf)));
        await Promise.all(together.map((batch) => attempt(batch, all)));
      }
      if (all || isCalm || random() < 0.5) await Promise.all(ghosts);
    },
    /** Returns what waits for the lake, some of it or all; the caller puts it there. */
    takeForLake(all: boolean): FirehoseResult[] {
      const some = lake.filter(() => all || random() < 0.6);
      if (some.length < lake.length) count("firehose: delivers later than its neighbours");
      lake = lake.filter((result) => !some.includes(result));
      return some;
    },
    /** Everything that was accepted; records that are in no batch yet form the last one. */
    batches: (): readonly FirehoseBatch[] => [...batches, toBatch(uncut)],
  };

  function passOver(attempts: number) {
    return (error: unknown) => {
      if (attempts > 20) throw error;
      return undefined;
    };
  }
}

function toBatch(records: FirehoseRecord[]): FirehoseBatch {
  return { records, eventIds: records.flatMap(eventIdsOf), attempted: false, isDone: false, counted: new Set() };
}

/** Whether the function has marked a record as a copy of one that counts. */
function isCopy(data: string): boolean {
  return Buffer.from(data, "base64").toString().startsWith('{"is_copy":true');
}

/** The ids of the events in a record, or in what the function made of it. */
export function eventIdsOf({ data }: { data: string }): string[] {
  const lines = Buffer.from(data, "base64").toString().trim().split("\n");
  return lines.map((line) => idOf(JSON.parse(line)));
}

const refusal = { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." };
