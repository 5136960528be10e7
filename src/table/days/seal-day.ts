/** How a run puts a day's rollup in place and closes the day, and what it notes about a day on the way. */
import type { Drift } from "../../metrics/digest.ts";
import { type Change, number, type Table } from "../table.ts";
import { dayKey, isAt, OPEN, STATE } from "./day-items.ts";
import type { LedgerDay, Waiting } from "./day-state.ts";

/** A rollup that is in place: its day and run, and the rows it was made from. */
export type Sealed = { day: string; run: string; seen: number; rows: number; now: number };

/** How many of the breakdowns that differ are named. */
const MOST_DRIFTED = 20;

export function sealDay(table: Table) {
  return {
    /**
     * Reserves the right to put a run's rollup in place: true unless another run is doing so, or has done so since
     * `day` was read. A reservation older than `staleAfter` ms is taken over; its holder cannot be running any more. A
     * reservation by this same run also passes: the SDK made it in an earlier attempt whose answer got lost. False,
     * too, while files of the day are being replaced, and when they were replaced since `day` was read: its rows may
     * have been counted twice.
     */
    startMove(day: LedgerDay, run: string, { now, staleAfter }: { now: number; staleAfter: number }): Promise<boolean> {
      return table.update(dayKey(day.day), {
        UpdateExpression: "SET moving = :run, moving_at = :now",
        ConditionExpression: `${day.run === undefined ? "attribute_not_exists(run)" : "run = :known"} AND (attribute_not_exists(moving) OR moving = :run OR moving_at < :stale) AND (attribute_not_exists(erasing_at) OR erasing_at < :stale) AND ${day.erasedRows === undefined ? "attribute_not_exists(erased_rows)" : "erased_rows = :erased"}`,
        ExpressionAttributeValues: {
          ":run": { S: run },
          ":now": number(now),
          ":stale": number(now - staleAfter),
          ...(day.run === undefined ? {} : { ":known": { S: day.run } }),
          ...(day.erasedRows === undefined ? {} : { ":erased": number(day.erasedRows) }),
        },
      });
    },

    /** Gives up a reservation that led to nothing. */
    async cancelMove(day: string, run: string): Promise<void> {
      await table.update(dayKey(day), {
        UpdateExpression: "REMOVE moving, moving_at",
        ConditionExpression: "moving = :run",
        ExpressionAttributeValues: { ":run": { S: run } },
      });
    },

    /** Records a rollup that is in place. False when another run has taken over the reservation. */
    recordSealed(sealed: Sealed): Promise<boolean> {
      return table.update(dayKey(sealed.day), seal(sealed));
    },

    /**
     * Closes a day: from now on its rollup answers for it. False when events came since the day was read, or when its
     * mark has moved: an older release that is still running moves only the mark.
     */
    close({ day, frontier: { version } }: LedgerDay, mark: number): Promise<boolean> {
      return table.updateAll([
        {
          Key: dayKey(day),
          UpdateExpression: "REMOVE marked",
          ConditionExpression: isAt("v", version),
          ...(version > 0 && { ExpressionAttributeValues: { ":v": number(version) } }),
        },
        {
          Key: STATE,
          UpdateExpression: "REMOVE #open",
          ConditionExpression: "#open = :mark",
          ExpressionAttributeNames: { "#open": OPEN + day },
          ExpressionAttributeValues: { ":mark": number(mark) },
        },
      ]);
    },
  };
}

/** What is noted about a day for the status. */
export function dayNotes(table: Table) {
  return {
    /**
     * Notes how many of the day's rows the lake holds while the day stays open, and how long the batch has waited for
     * the rest.
     */
    async recordWaiting(day: string, waiting: Waiting): Promise<void> {
      await table.update(dayKey(day), {
        UpdateExpression: "SET lake_rows = :rows, waiting = :waiting",
        ExpressionAttributeValues: { ":rows": number(waiting.rows), ":waiting": { S: JSON.stringify(waiting) } },
      });
    },

    /** Notes the result of comparing a day's blocks with its rollup. */
    async recordDrift(day: string, drift: readonly Drift[]): Promise<void> {
      await table.update(dayKey(day), {
        UpdateExpression: drift.length === 0 ? "SET drift = :n REMOVE drifted" : "SET drift = :n, drifted = :drifted",
        ExpressionAttributeValues: {
          ":n": number(drift.length),
          ...(drift.length > 0 && { ":drifted": { S: JSON.stringify(drift.slice(0, MOST_DRIFTED)) } }),
        },
      });
    },

    /** Records how many event ids of a day belong to several different events. */
    async recordReused(day: string, ids: number): Promise<void> {
      await table.update(dayKey(day), {
        UpdateExpression: "SET reused_ids = :ids",
        ExpressionAttributeValues: { ":ids": number(ids) },
      });
    },
  };
}

function seal({ run, seen, rows, now }: Sealed): Change {
  return {
    UpdateExpression: `SET run = :run, lake_rows = :rows, sealed_rows = :rows, sealed_seen = :seen, sealed_at = :now, first_sealed_at = if_not_exists(first_sealed_at, :now) REMOVE moving, moving_at, waiting`,
    ConditionExpression: "moving = :run",
    ExpressionAttributeValues: {
      ":run": { S: run },
      ":rows": number(rows),
      ":seen": number(seen),
      ":now": number(now),
    },
  };
}
