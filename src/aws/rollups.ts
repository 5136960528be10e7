/**
 * Seals days: Athena writes a run's Parquet files into a fresh folder, then the catalog's partition is pointed there. First the
 * day's events, each once, then the numbers made from these. A run that dies on its way leaves a folder that no query reads, or
 * events that are newer than the numbers; the day is then still open, or looked at again, and the next run writes both. Folders
 * of earlier runs stay, in a bucket where nothing but the catalog tells live files from dead ones.
 */
import type { EventSource } from "../athena-queries/daily-events.ts";
import type { RollupStatements } from "../athena-queries/rollup-statements.ts";
import type { LedgerDay } from "../pipeline/day-state.ts";
import { type Athena, AthenaQueryError } from "./athena.ts";
import type { DayLedger } from "./day-ledger.ts";

type Options = { athena: Athena; ledger: DayLedger; statements: RollupStatements };

/** A day to seal as it was read, the rows that the lake holds of it, where its events are, and the mark it had if it was open. */
export type DayToSeal = { day: LedgerDay; rows: number; source: EventSource; mark: number | undefined };

/** Longer than a batch run can live: a reservation that old belongs to a dead one. */
const STALE_MOVE_MS = 20 * 60_000;
const DAYS_PER_COUNT = 400;
/** When more days cannot be counted it is Athena that fails, and not a file here or there. */
const MOST_UNCOUNTED = 32;

/** Rows by day, a day without any is absent; and the days of which Athena could not say, each with its error. */
export type CountedRows = { rows: Map<string, number>; uncounted: Map<string, AthenaQueryError> };

export type Rollups = ReturnType<typeof createRollups>;

export function createRollups({ athena, ledger, statements }: Options) {
  return {
    /** Counts the lake's rows of days. */
    async countRows(days: readonly string[]): Promise<CountedRows> {
      const counted: CountedRows = { rows: new Map(), uncounted: new Map() };
      for (let at = 0; at < days.length; at += DAYS_PER_COUNT)
        await count(days.slice(at, at + DAYS_PER_COUNT), counted);
      return counted;
    },

    /**
     * Writes a day's events and its rollup, puts them in place and closes the day, in the order that keeps every query right
     * whenever this stops. False when another run is at it or was faster, or when events came meanwhile and the day stays open.
     */
    async seal({ day, rows, source, mark }: DayToSeal, run: string, clock: () => number): Promise<boolean> {
      if (!(await ledger.startMove(day, run, { now: clock(), staleAfter: STALE_MOVE_MS }))) return false;
      await write(day.day, run, source);
      await ledger.bumpVersion(day.day);
      if (!(await ledger.recordSealed({ day: day.day, run, seen: day.seen, rows, now: clock() }))) return false;
      return mark === undefined || ledger.close(day, mark);
    },

    /** Makes a month's rollup from those of its days. False when a day was rolled up since `version` was read. */
    async rollUpMonth(month: string, run: string, version: number): Promise<boolean> {
      for (const statement of statements.rollUpMonth(month, run)) await athena.run(statement);
      return ledger.recordMonth(month, run, version);
    },
  };

  /** A damaged file fails the query of all days: they are halved until it is alone. */
  async function count(days: readonly string[], counted: CountedRows): Promise<void> {
    try {
      const rows = await athena.run(statements.countRows(days), { schema: statements.countedRow });
      for (const row of rows) counted.rows.set(row.dt, row.rows);
    } catch (error) {
      if (!(error instanceof AthenaQueryError) || counted.uncounted.size >= MOST_UNCOUNTED) throw error;
      const half = days.length >> 1;
      if (half === 0) for (const day of days) counted.uncounted.set(day, error);
      else for (const some of [days.slice(0, half), days.slice(half)]) await count(some, counted);
    }
  }

  /** The rollup is made from the events that the first statements have put in place: both count the same copies. */
  async function write(day: string, run: string, source: EventSource): Promise<void> {
    try {
      for (const statement of statements.writeEvents(day, run, source)) await athena.run(statement);
      for (const statement of statements.rollUp(day, run)) await athena.run(statement);
    } catch (error) {
      // A statement that has ended cannot take effect later, as one could of which nothing is known.
      if (error instanceof AthenaQueryError) await ledger.cancelMove(day, run);
      throw error;
    }
  }
}
