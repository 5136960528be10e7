/**
 * How many days an import has under way at once. Firehose takes 500 partitions with a buffer at a time, and puts what is of
 * more days aside, after it was counted: nothing tells the sender. So a day holds a place from its first request until its
 * buffer must have been delivered, and a new day waits until there is a place.
 * https://docs.aws.amazon.com/firehose/latest/dev/buffering.html
 */
import { setTimeout as wait } from "node:timers/promises";

export type DayPace = {
  /** Resolves when a request with events of this day may be sent; one at a time. The place is held until `sent`. */
  enter(day: string): Promise<void>;
  /** The request was answered: from now on the day's buffer is delivered within the window. */
  sent(day: string): void;
};
export type DayPaceOptions = {
  /** Days at once, and how long (ms) a day's buffer may take until it is delivered. */
  days: number;
  windowMs: number;
  /** Days that an import before this one sent to, and when (epoch ms). */
  recent?: ReadonlyMap<string, number>;
  clock?: () => number;
  pause?: (ms: number) => Promise<unknown>;
  /** Told before each wait how long it is going to be, in ms. */
  onWait?: (ms: number) => void;
};

/** What leaves room for the stage's other events: today's, late ones, and days that end while others begin. */
export const DAYS_AT_ONCE = 400;
/** Firehose's delay may be 1.5 times the interval, and the function before it may have been slow. */
const SLACK_MS = 30_000;

/** How long a day's place is held, for a stage that buffers so long. */
export function windowOf(lakeBufferSeconds: number): number {
  return 2 * lakeBufferSeconds * 1000 + SLACK_MS;
}

/** A pace that holds at most `days` days at once. */
export function createDayPace(options: DayPaceOptions): DayPace {
  const { days, windowMs, recent, clock = Date.now, pause = wait, onWait = () => {} } = options;
  const places = new Map<string, { requests: number; until: number }>();
  for (const [day, at] of recent ?? []) places.set(day, { requests: 0, until: at + windowMs });

  return {
    async enter(day) {
      for (let place = places.get(day); place === undefined; place = places.get(day)) {
        const ms = timeUntilPlace();
        if (ms === 0) places.set(day, { requests: 0, until: 0 });
        else {
          onWait(ms);
          await pause(ms);
        }
      }
      const place = places.get(day);
      if (place !== undefined) place.requests++;
    },
    sent(day) {
      const place = places.get(day);
      if (place === undefined) return;
      place.requests--;
      place.until = clock() + windowMs;
    },
  };

  /** 0 when there is a place; else how long until one may be free. What is under way is looked at again soon. */
  function timeUntilPlace(): number {
    const now = clock();
    let next = Number.POSITIVE_INFINITY;
    for (const [day, { requests, until }] of places) {
      if (requests === 0 && until <= now) places.delete(day);
      else next = Math.min(next, requests > 0 ? 100 : until - now);
    }
    return places.size < days ? 0 : Math.max(1, next);
  }
}
