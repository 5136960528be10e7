/**
 * Firehose's throttling: a stream takes so many records, requests and bytes per second, and answers "Slow down." to the
 * rest. Off unless a stream has limits. In addition, this machine accepts no more than it can transform within a
 * limited time.
 */
import type { StreamLimits } from "./description.ts";

export type Throttle = {
  /** How many of these records (stored sizes) the stream takes now, from the first on. */
  take(sizes: readonly number[], now: number): number;
};

/** One bucket per limit, each holding one second's worth. */
export function createThrottle(limits: StreamLimits | undefined): Throttle | undefined {
  if (!limits) return undefined;
  const requests = createBucket(limits.requestsPerSecond);
  const records = createBucket(limits.recordsPerSecond);
  const bytes = createBucket(limits.bytesPerSecond);
  return {
    take(sizes, now) {
      for (const bucket of [requests, records, bytes]) bucket.refill(now);
      if (!requests.take(1)) return 0;
      let taken = 0;
      while (taken < sizes.length && records.has(1) && bytes.has(sizes[taken] ?? 0)) {
        records.take(1);
        bytes.take(sizes[taken++] ?? 0);
      }
      return taken;
    },
  };
}

function createBucket(perSecond = Number.POSITIVE_INFINITY) {
  let left = perSecond;
  let filledAt: number | undefined;
  return {
    refill(now: number) {
      if (perSecond === Number.POSITIVE_INFINITY) return;
      left = Math.min(perSecond, left + ((now - (filledAt ?? now)) / 1000) * perSecond);
      filledAt = now;
    },
    has: (amount: number) => left >= amount,
    take(amount: number): boolean {
      if (left < amount) return false;
      left -= amount;
      return true;
    },
  };
}

export type Pace = {
  /** Reports how long a number of bytes took, and how much was processed in other batches at the same time. */
  took(bytes: number, ms: number, atOnce?: number): void;
  /** How many bytes can be processed in a time, at the recent speed; at least `leastBacklogBytes`. */
  bytesIn(ms: number): number;
};

const leastBacklogBytes = 16 << 20;
/** The time of a smaller batch is mostly the overhead of a call. */
const leastMeasuredBytes = 256 << 10;
const weightOfLatest = 0.3;

/**
 * Measures how fast batches are transformed, including failed attempts; nothing is known before the first large batch.
 */
export function createPace(): Pace {
  let bytesPerMs: number | undefined;
  return {
    took(bytes, ms, atOnce = 1) {
      if (bytes < leastMeasuredBytes) return;
      const latest = (bytes * atOnce) / Math.max(ms, 1);
      bytesPerMs = bytesPerMs === undefined ? latest : bytesPerMs + (latest - bytesPerMs) * weightOfLatest;
    },
    bytesIn: (ms) => Math.max(leastBacklogBytes, (bytesPerMs ?? Number.POSITIVE_INFINITY) * ms),
  };
}
