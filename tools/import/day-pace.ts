/**
 * How many days an import sends at once. Firehose buffers up to 500 partitions at a time and sets aside the records of
 * further days; this happens after they were counted, and the sender is not told. So a day holds a slot from its first
 * request until its buffer must have been delivered, and a new day waits for a free slot.
 * https://docs.aws.amazon.com/firehose/latest/dev/buffering.html
 */
import { setTimeout as wait } from "node:timers/promises";

export type DayPace = {
  /** Resolves when a request with events of this day may be sent; one call at a time. The slot is held until `sent`. */
  enter(day: string): Promise<void>;
  /** The request was answered: the day's buffer will be delivered within the window that begins now. */
  sent(day: string): void;
};
export type DayPaceOptions = {
  /** The maximum number of days at once, and how long (ms) it may take until a day's buffer is delivered. */
  days: number;
  windowMs: number;
  /** Days that an earlier import sent to, and when (epoch ms). */
  recent?: ReadonlyMap<string, number>;
  clock?: () => number;
  pause?: (ms: number) => Promise<unknown>;
  /** Called before each wait with its length in ms. */
  onWait?: (ms: number) => void;
};

/** Leaves room for the stage's other events: today's, late ones, and days that end while others begin. */
export const DAYS_AT_ONCE = 400;
/** Firehose's delay may be 1.5 times the interval, and the function before it may have been slow. */
const SLACK_MS = 30_000;

/** How long a day's slot is held, for a stage with this buffering time. */
export function windowOf(lakeBufferSeconds: number): number {
  return 2 * lakeBufferSeconds * 1000 + SLACK_MS;
}

/** A pace that allows at most `days` days at once. */
export function createDayPace(options: DayPaceOptions): DayPace {
  const { days, windowMs, recent, clock = Date.now, pause = wait, onWait = () => {} } = options;
  const slots = new Map<string, { requests: number; until: number }>();
  for (const [day, at] of recent ?? []) slots.set(day, { requests: 0, until: at + windowMs });

  return {
    async enter(day) {
      for (let slot = slots.get(day); slot === undefined; slot = slots.get(day)) {
        const ms = timeUntilSlot();
        if (ms === 0) slots.set(day, { requests: 0, until: 0 });
        else {
          onWait(ms);
          await pause(ms);
        }
      }
      const slot = slots.get(day);
      if (slot !== undefined) slot.requests++;
    },
    sent(day) {
      const slot = slots.get(day);
      if (slot === undefined) return;
      slot.requests--;
      slot.until = clock() + windowMs;
    },
  };

  /** 0 if a slot is free; otherwise how long until one may be. Requests that are under way are checked again soon. */
  function timeUntilSlot(): number {
    const now = clock();
    let next = Number.POSITIVE_INFINITY;
    for (const [day, { requests, until }] of slots) {
      if (requests === 0 && until <= now) slots.delete(day);
      else next = Math.min(next, requests > 0 ? 100 : until - now);
    }
    return slots.size < days ? 0 : Math.max(1, next);
  }
}
