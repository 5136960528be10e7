/**
 * How much one address may send with one app's key: so many events and bytes a minute. The budget refills continuously,
 * like a bucket. A request passes as long as anything is left, and may overdraw. A warm function knows only the
 * requests that it handled itself: with n functions at once, an address can send n times as much. So this bounds what
 * one sender costs, not how fast it is.
 */
import { createCache } from "../cache.ts";

export type BudgetLimits = { events: number; bytes: number };
export type Spender = { app: string; address: string };
/** `isFirst` marks the first refusal since the address last passed. */
export type Refusal = { retryAfterSeconds: number; isFirst: boolean };
type Level = { events: number; bytes: number; at: number; isRefused: boolean };

const MINUTE_MS = 60_000;
/** How many addresses are remembered (at most twice as many); one that is forgotten has its whole budget again. */
const CACHED = 5000;

/** A limit of 0 means no limit. Instants are in epoch ms. */
export function createBudget(limits: BudgetLimits) {
  const levels = createCache<Level>(CACHED);

  /** Charges a request of so many bytes, or returns why not. */
  function take(spender: Spender, bytes: number, now: number): Refusal | undefined {
    const level = levelOf(spender, now);
    const waitMs = Math.max(untilFilled(level.events, limits.events), untilFilled(level.bytes, limits.bytes));
    const isFirst = waitMs > 0 && !level.isRefused;
    level.isRefused = waitMs > 0;
    if (waitMs > 0) return { retryAfterSeconds: Math.ceil(waitMs / 1000), isFirst };
    level.bytes -= bytes;
    return undefined;
  }

  /** Charges the events of a request that passed. */
  function spend(spender: Spender, events: number, now: number): void {
    levelOf(spender, now).events -= events;
  }

  function levelOf({ app, address }: Spender, now: number): Level {
    const key = `${app} ${address}`;
    const level = levels.get(key) ?? { ...limits, at: now, isRefused: false };
    // A clock that is set back refills nothing; the new time is taken over.
    const minutes = Math.max(0, now - level.at) / MINUTE_MS;
    level.events = Math.min(limits.events, level.events + minutes * limits.events);
    level.bytes = Math.min(limits.bytes, level.bytes + minutes * limits.bytes);
    level.at = now;
    levels.set(key, level);
    return level;
  }

  return { take, spend };
}

/** How long until something is left, in ms; 0 if there is something now. */
function untilFilled(left: number, limit: number): number {
  return limit === 0 || left > 0 ? 0 : ((1 - left) / limit) * MINUTE_MS;
}
