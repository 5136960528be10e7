/**
 * Counts requests that are refused before any of their events is looked at. Every few seconds the counts are reported
 * by reason, source and app, so that an attack shows up in the status but costs next to nothing: a thousand refusals a second
 * cause one small record.
 */
import { HttpError } from "../errors.ts";
import { dayOf } from "../metrics/time-bucket.ts";
import type { SourceName } from "../schemas/event-source.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";
import { lineOf, packRecords } from "./pack-records.ts";
import { rejectedRow } from "./rejected-row.ts";

/** The app whose key a request came with, "" as long as it is not known, and its source if it is not an app or a server itself. */
export type Known = { app: string; source?: SourceName | undefined };
type Refused = Known & { reason: string; requests: number };
type Options = {
  /** Puts records of rejected rows on their stream; false when they could not be stored. */
  keep: (records: readonly Uint8Array[]) => Promise<boolean>;
  /** Epoch ms. */
  clock: () => number;
  timezone: string;
};

/** The status page's name for a refusal, by its HTTP status. */
const reasons = new Map([
  [400, "unreadable"],
  [401, "key"],
  [403, "origin"],
  [413, "size"],
  [429, "rate"],
]);
const EVERY_MS = 5_000;

/**
 * Counts for one warm function. When the function ends, counts of the last few seconds that were not reported yet are
 * lost.
 */
export function createRefusals({ keep, clock, timezone }: Options) {
  const waiting = new Map<string, Refused>();
  let toldAt = Number.NEGATIVE_INFINITY;

  function add({ requests, ...of }: Refused): void {
    const key = `${of.reason} ${of.source} ${of.app}`;
    const before = waiting.get(key)?.requests ?? 0;
    waiting.set(key, { ...of, requests: before + requests });
  }

  async function tell(): Promise<void> {
    const now = clock();
    // Math.abs, so that a clock that was set back does not stop the reports.
    if (waiting.size === 0 || Math.abs(now - toldAt) < EVERY_MS) return;
    toldAt = now;
    const told = [...waiting.values()];
    waiting.clear();
    const isStored = await keep(packRecords(told.map((one) => lineOf(JSON.stringify(noteOf(one, now, timezone))))));
    if (!isStored) told.forEach(add);
  }

  return {
    /** Runs `answer`, which says in `known` whose request it is, and counts the request if it is refused. */
    async watch<T>(answer: (known: Known) => Promise<T>): Promise<T> {
      const known: Known = { app: "" };
      try {
        return await answer(known);
      } catch (error) {
        const reason = error instanceof HttpError ? reasons.get(error.status) : undefined;
        if (reason !== undefined) add({ ...known, reason, requests: 1 });
        throw error;
      } finally {
        await tell();
      }
    },
  };
}

/** A rejected row that holds counts and no event. */
function noteOf({ reason, app, source, requests }: Refused, now: number, timezone: string): RejectedRow {
  const facts = { app, source, receivedAt: new Date(now).toISOString(), day: dayOf(now, timezone) };
  const error = { path: reason, message: `Refused ${requests} requests before reading any of their events` };
  return { ...rejectedRow("", undefined, [error], facts), requests };
}
