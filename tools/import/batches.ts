/**
 * Gathers lines into requests. A request's batch id is derived from its events' ids, so the same lines in the same
 * requests are recognised as a repeat. progress.ts remembers where the requests begin; `cutAt` asks it.
 */
import { timedUuidFrom, uuidFrom } from "../../src/schemas/stable-uuid.ts";
import type { ImportedLine } from "./events.ts";

// Below the server's 500 events and 1 MiB.
const MAX_EVENTS = 500;
const MAX_BYTES = 1_000_000;

// Lines in all requests that are not full yet: a few MB. The limit keeps an unordered file from filling memory.
const MAX_WAITING = 50_000;

export type Batch = { id: string; body: string; lines: ImportedLine[] };
/** A batch with lines of one day. */
export type DayBatch = Batch & { day: string };
export type Batcher = { add(line: ImportedLine): Batch | undefined; end(): Batch | undefined };
/** A batcher for each day; `add` and `end` return the batches that are complete. */
export type DayBatcher = { add(day: string, line: ImportedLine): DayBatch[]; end(): DayBatch[] };

/**
 * Gathers lines by day. A day's requests contain the same lines whenever the file is read, even after it has grown: a
 * batcher ends a request that is not full only after a certain number of lines, and at the end of the file, which
 * `cutAt` remembers.
 */
export function createDayBatcher(cutAt: (firstId: string) => number | undefined, maxWaiting = MAX_WAITING): DayBatcher {
  const batchers = new Map<string, Batcher>();
  let waiting = 0;
  const toBatches = (day: string, batch: Batch | undefined): DayBatch[] => {
    if (batch === undefined) return [];
    waiting -= batch.lines.length;
    return [{ ...batch, day }];
  };
  const end = () => {
    const batches = [...batchers].flatMap(([day, batcher]) => toBatches(day, batcher.end()));
    batchers.clear();
    return batches;
  };
  return {
    add(day, line) {
      const batcher = batchers.get(day) ?? createBatcher(cutAt);
      batchers.set(day, batcher);
      const full = toBatches(day, batcher.add(line));
      waiting++;
      return waiting < maxWaiting ? full : [...full, ...end()];
    },
    end,
  };
}

/**
 * Gathers lines. `add` returns the batch that is full without the new line, if any; `end` returns the last one. `cutAt`
 * returns how many events a batch beginning with this id must have, if that is known.
 */
export function createBatcher(cutAt: (firstId: string) => number | undefined): Batcher {
  let lines: ImportedLine[] = [];
  let bytes = 0;
  let size = MAX_EVENTS;
  return {
    add(line) {
      const added = Buffer.byteLength(line.json) + 1;
      const isFull = lines.length >= size || (lines.length > 0 && bytes + added > MAX_BYTES);
      const batch = isFull ? toBatch(lines) : undefined;
      if (isFull || lines.length === 0) {
        [lines, bytes] = [[], 0];
        size = cutAt(line.id) ?? MAX_EVENTS;
      }
      lines.push(line);
      bytes += added;
      return batch;
    },
    end() {
      const batch = lines.length === 0 ? undefined : toBatch(lines);
      lines = [];
      return batch;
    },
  };
}

export function toBatch(lines: ImportedLine[]): Batch {
  const ids = lines.map((line) => line.id);
  const instant = lines.find((line) => line.instant !== undefined)?.instant;
  const id = instant === undefined ? uuidFrom("import", ...ids) : timedUuidFrom(instant, "import", ...ids);
  return { id, body: `{"batch_id":"${id}","events":[${lines.map((line) => line.json).join(",")}]}`, lines };
}
