/**
 * Firehose's throttling: a stream takes so many records, requests and bytes a second, and answers "Slow down." to the rest.
 * Off unless a stream has limits.
 */
import type { StreamLimits } from "./firehose-description.ts";

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
