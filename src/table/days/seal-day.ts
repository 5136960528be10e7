/** How a run puts a day's rollup in place and closes the day, and what it notes of a day on the way. */
import type { Drift } from "../../metrics/digest.ts";
import { type Change, number, type Table } from "../table.ts";
import { dayKey, isAt, OPEN, STATE } from "./day-items.ts";
import type { LedgerDay, Waiting } from "./day-state.ts";

/** A rollup that is in place: of which day and run, and the rows it was made from. */
export type Sealed = { day: string; run: string; seen: number; rows: number; now: number };

/** Of the breakdowns of a day that differ these are named. */
const MOST_DRIFTED = 20;

export function sealDay(table: Table) {
  return {
    /**
     * Reserves the right to put a run's rollup in place: true unless another run is doing it or has done it since `day` was
     * read. A reservation older than `staleAfter` ms is taken over; its holder cannot be running any more.
     * The run's own is one that the SDK has made already, and whose answer got lost. While files of the day are replaced, and when
     * they were since `day` was read, its rows may have been counted twice: then false too.
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

    /** Gives a reservation back that came to nothing. */
    async cancelMove(day: string, run: string): Promise<void> {
      await table.update(dayKey(day), {
        UpdateExpression: "REMOVE moving, moving_at",
        ConditionExpression: "moving = :run",
        ExpressionAttributeValues: { ":run": { S: run } },
      });
    },

    /** Records a rollup that is in place. False when the reservation was lost meanwhile. */
    recordSealed(sealed: Sealed): Promise<boolean> {
      return table.update(dayKey(sealed.day), seal(sealed));
    },

    /**
     * Closes a day: from now on its rollup answers for it. False when events came since the day was read, or its mark (which an
     * older release, still running, moves instead).
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

/** What the status tells of a day. */
export function dayNotes(table: Table) {
  return {
    /** Notes how many rows the lake holds of a day that stays open, and how long it has been waited for. */
    async recordWaiting(day: string, waiting: Waiting): Promise<void> {
      await table.update(dayKey(day), {
        UpdateExpression: "SET lake_rows = :rows, waiting = :waiting",
        ExpressionAttributeValues: { ":rows": number(waiting.rows), ":waiting": { S: JSON.stringify(waiting) } },
      });
    },

    /** Notes what came of comparing a day's blocks with its rollup. */
    async recordDrift(day: string, drift: readonly Drift[]): Promise<void> {
      await table.update(dayKey(day), {
        UpdateExpression: drift.length === 0 ? "SET drift = :n REMOVE drifted" : "SET drift = :n, drifted = :drifted",
        ExpressionAttributeValues: {
          ":n": number(drift.length),
          ...(drift.length > 0 && { ":drifted": { S: JSON.stringify(drift.slice(0, MOST_DRIFTED)) } }),
        },
      });
    },

    /** Notes how many event ids of a day stand for several events. */
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
