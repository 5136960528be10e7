/**
 * How much one address may send with one app's key: so many events and bytes a minute. What it has left fills up all the time, as
 * a bucket does; a request passes as long as there is something left, and may take more than that. A warm function knows the
 * requests that it has had itself: with n of them at once, an address can have n times as much, so this bounds what one sender
 * costs, not how fast it is.
 */
import { createCache } from "../cache.ts";

export type BudgetLimits = { events: number; bytes: number };
export type Spender = { app: string; address: string };
/** `isFirst` for the first refusal since the address was last let in. */
export type Refusal = { retryAfterSeconds: number; isFirst: boolean };
type Level = { events: number; bytes: number; at: number; isRefused: boolean };

const MINUTE_MS = 60_000;
/** Addresses that are remembered, twice as many at most; one that is forgotten has its whole budget again. */
const CACHED = 5000;

/** A limit of 0 is none. Instants are in epoch ms. */
export function createBudget(limits: BudgetLimits) {
  const levels = createCache<Level>(CACHED);

  /** Takes up a request of so many bytes, or says why not. */
  function take(spender: Spender, bytes: number, now: number): Refusal | undefined {
    const level = levelOf(spender, now);
    const waitMs = Math.max(untilFilled(level.events, limits.events), untilFilled(level.bytes, limits.bytes));
    const isFirst = waitMs > 0 && !level.isRefused;
    level.isRefused = waitMs > 0;
    if (waitMs > 0) return { retryAfterSeconds: Math.ceil(waitMs / 1000), isFirst };
    level.bytes -= bytes;
    return undefined;
  }

  /** Takes the events of a request that was taken up. */
  function spend(spender: Spender, events: number, now: number): void {
    levelOf(spender, now).events -= events;
  }

  function levelOf({ app, address }: Spender, now: number): Level {
    const key = `${app} ${address}`;
    const level = levels.get(key) ?? { ...limits, at: now, isRefused: false };
    // A clock that is put back fills nothing, and is followed.
    const minutes = Math.max(0, now - level.at) / MINUTE_MS;
    level.events = Math.min(limits.events, level.events + minutes * limits.events);
    level.bytes = Math.min(limits.bytes, level.bytes + minutes * limits.bytes);
    level.at = now;
    levels.set(key, level);
    return level;
  }

  return { take, spend };
}

/** How long until something is left, in ms: 0 when there is. */
function untilFilled(left: number, limit: number): number {
  return limit === 0 || left > 0 ? 0 : ((1 - left) / limit) * MINUTE_MS;
}
