/**
 * Requests that are refused before an event of theirs is looked at. They are counted by reason and app and told every few seconds, so
 * that an attack is seen in the status and costs next to nothing: whoever is refused a thousand times a second causes one small record.
 */
import { HttpError } from "../errors.ts";
import { dayOf } from "../metrics/time-bucket.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";
import { packRecords } from "./pack-records.ts";
import { rejectedRow } from "./rejected-row.ts";

/** Whose key a request came with, "" while that is not known. */
export type Known = { app: string };
type Refused = { reason: string; app: string; requests: number };
type Options = {
  /** Puts records of rejected rows on their stream; false when they could not be kept. */
  keep: (records: readonly Uint8Array[]) => Promise<boolean>;
  /** Epoch ms. */
  clock: () => number;
  timezone: string;
};

/** What the status calls a refusal, by its HTTP status. */
const reasons = new Map([
  [400, "unreadable"],
  [401, "key"],
  [403, "origin"],
  [413, "size"],
  [429, "rate"],
]);
const EVERY_MS = 5_000;

/** Counts for one warm function. What it has not told yet when it ends, a few seconds' worth, is not counted. */
export function createRefusals({ keep, clock, timezone }: Options) {
  const waiting = new Map<string, Refused>();
  let toldAt = Number.NEGATIVE_INFINITY;

  function add({ reason, app, requests }: Refused): void {
    const key = `${reason} ${app}`;
    const before = waiting.get(key)?.requests ?? 0;
    waiting.set(key, { reason, app, requests: before + requests });
  }

  async function tell(): Promise<void> {
    const now = clock();
    // A clock that was put back is followed.
    if (waiting.size === 0 || Math.abs(now - toldAt) < EVERY_MS) return;
    toldAt = now;
    const told = [...waiting.values()];
    waiting.clear();
    const isKept = await keep(packRecords(told.map((one) => JSON.stringify(noteOf(one, now, timezone)))));
    if (!isKept) told.forEach(add);
  }

  return {
    /** Has a request answered, which says in `known` whose it is, and counts it when it is refused. */
    async watch<T>(answer: (known: Known) => Promise<T>): Promise<T> {
      const known: Known = { app: "" };
      try {
        return await answer(known);
      } catch (error) {
        const reason = error instanceof HttpError ? reasons.get(error.status) : undefined;
        if (reason !== undefined) add({ reason, app: known.app, requests: 1 });
        throw error;
      } finally {
        await tell();
      }
    },
  };
}

/** A rejected row without an event. */
function noteOf({ reason, app, requests }: Refused, now: number, timezone: string): RejectedRow {
  const facts = { app, receivedAt: new Date(now).toISOString(), day: dayOf(now, timezone) };
  const error = { path: reason, message: `Refused ${requests} requests before reading any of their events` };
  return { ...rejectedRow("", undefined, [error], facts), requests };
}
