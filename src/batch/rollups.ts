/**
 * Seals days: Athena writes a run's Parquet files to a fresh folder, then the catalog's partition is pointed there.
 * First the day's events, each once; then the numbers made from these. A run that dies on the way leaves a folder that
 * no query reads, or events that are newer than the numbers; the day is then still open, or is looked at again, and the
 * next run writes both. Folders of earlier runs are removed later: see `src/batch/remove-superseded.ts`.
 */
import type { Athena } from "../athena-queries/athena.ts";
import type { EventsFrom, MarkedCopies } from "../athena-queries/daily-events.ts";
import type { RollupStatements } from "../athena-queries/rollup-statements.ts";
import type { Sql } from "../athena-queries/sql.ts";
import { AthenaQueryError } from "../errors.ts";
import type { SealedPartition, SealedTable } from "../schemas/tables/sealed-tables.ts";
import type { DayLedger } from "../table/days/day-ledger.ts";
import type { LedgerDay } from "../table/days/day-state.ts";
import type { SealedDays } from "../table/days/sealed-days.ts";

export type RollupOptions = {
  athena: Pick<Athena, "run" | "lines">;
  ledger: DayLedger;
  sealedDays: SealedDays;
  statements: RollupStatements;
};

/**
 * A day to seal, as it was read: the rows that the lake holds, where its events are, whether those marked as copies may
 * count, and its mark if it was open.
 */
export type DayToSeal = {
  day: LedgerDay;
  rows: number;
  source: EventsFrom;
  copies: MarkedCopies;
  mark: number | undefined;
};

/** Longer than a batch run can live: a reservation this old belongs to a dead run. */
const STALE_MOVE_MS = 20 * 60_000;

export type Rollups = ReturnType<typeof createRollups>;

export function createRollups(options: RollupOptions) {
  return { ...dayRollups(options), ...monthRollups(options), ...rollupFacts(options) };
}

/** What the rollups hold, and where. */
function rollupFacts({ athena, statements }: RollupOptions) {
  return {
    /** The digests of the days' rollups, by breakdown. */
    digests: (days: readonly string[]) => athena.run(statements.digests(days), { schema: statements.digestRow }),

    /** The addresses of the files that a partition now consists of. */
    async currentFiles(placed: SealedPartition): Promise<string[]> {
      const rows = await athena.run(statements.currentFiles(placed), { schema: statements.currentFile });
      return rows.map(({ path }) => path);
    },

    /** The days, or months, of a table that are in the catalog. */
    async partitions(table: SealedTable): Promise<Set<string>> {
      const lines = await athena.lines(statements.partitions(table));
      return new Set(lines.flatMap((line) => /^\w+=(.+)$/.exec(line)?.[1] ?? []));
    },
  };
}

function dayRollups(options: RollupOptions) {
  const { ledger, statements } = options;
  return {
    /**
     * Writes a day's events and its rollup, puts them in place and closes the day, in an order that keeps every query
     * right whenever this stops. False when another run is doing this or was faster, or when events came meanwhile and
     * the day stays open.
     */
    async seal({ day, rows, source, copies, mark }: DayToSeal, run: string, clock: () => number): Promise<boolean> {
      if (!(await ledger.startMove(day, run, { now: clock(), staleAfter: STALE_MOVE_MS }))) return false;
      // The rollup is made from the events that the first statements have put in place, so both count the same copies.
      await putInPlace(options, { day: day.day, run }, [
        ...statements.writeEvents(day.day, run, { source, copies }),
        ...statements.rollUp(day.day, run),
      ]);
      if (!(await ledger.recordSealed({ day: day.day, run, seen: day.seen, rows, now: clock() }))) return false;
      return mark === undefined || ledger.close(day, mark);
    },

    /**
     * Writes a rollup of an older form, whose events are gone, in the current form. False when another run is working
     * on the day.
     */
    async convert({ day }: DayToSeal, run: string, clock: () => number): Promise<boolean> {
      if (!(await ledger.startMove(day, run, { now: clock(), staleAfter: STALE_MOVE_MS }))) return false;
      await putInPlace(options, { day: day.day, run }, statements.convert(day.day, run));
      const { seen, sealedSeen = seen, sealedRows = 0 } = day;
      return ledger.recordSealed({ day: day.day, run, seen: sealedSeen, rows: sealedRows, now: clock() });
    },

    /** Puts the rollup that the ledger names back into the catalog. False when another run is working on the day. */
    async restore({ day }: DayToSeal, run: string, clock: () => number): Promise<boolean> {
      if (day.run === undefined) return false;
      if (!(await ledger.startMove(day, run, { now: clock(), staleAfter: STALE_MOVE_MS }))) return false;
      await putInPlace(options, { day: day.day, run }, statements.pointTo(day.day, day.run));
      await ledger.cancelMove(day.day, run);
      return true;
    },
  };
}

function monthRollups({ athena, ledger, sealedDays, statements }: RollupOptions) {
  return {
    /**
     * Makes a month's rollup from those of its days. False when another run is doing so, or when a day was rolled up
     * since `version` was read: then the state does not name the month, and nobody asks for it.
     */
    async rollUpMonth(
      month: string,
      run: string,
      { version, now }: { version: number; now: number },
    ): Promise<boolean> {
      if (!(await sealedDays.startMonth(month, run, { now, staleAfter: STALE_MOVE_MS }))) return false;
      try {
        for (const statement of statements.rollUpMonth(month, run)) await athena.run(statement);
      } catch (error) {
        if (error instanceof AthenaQueryError) await sealedDays.endMonth(month, run);
        throw error;
      }
      const isRecorded = await ledger.recordMonth(month, run, version);
      await sealedDays.addMonth(month);
      await sealedDays.endMonth(month, run);
      return isRecorded;
    },
  };
}

/**
 * Runs the statements that put a day in place, then records that it is there, and makes every cached answer out of
 * date.
 */
async function putInPlace(
  { athena, ledger, sealedDays }: RollupOptions,
  { day, run }: { day: string; run: string },
  all: readonly Sql[],
): Promise<void> {
  try {
    for (const statement of all) await athena.run(statement);
  } catch (error) {
    // A statement that has ended cannot take effect later, unlike one whose fate is unknown.
    if (error instanceof AthenaQueryError) await ledger.cancelMove(day, run);
    throw error;
  }
  await sealedDays.add(day);
  await ledger.bumpVersion(day);
}
