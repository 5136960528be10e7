/**
 * The day ledger: one item per day (`pk = days`, `sk = <day>`), which names the day's visible blocks and how many rows
 * were seen; and one state item (`pk = state`, `sk = rollups`), which says how far history is sealed and which days are
 * open.
 *
 * One write makes a block visible, adds its rows to `seen` and moves the day's version. The write that opens a day does
 * so in the day's item and in the state item at once. The batch closes a day, again in both items, only if the version
 * is still the one that the rollup started from. So anything that the batch did not see keeps the day open. Reads are
 * strongly consistent.
 */
import type { Table } from "../table.ts";
import { readDays } from "./read-days.ts";
import { monthsOf, rollupState } from "./rollup-state.ts";
import { dayNotes, sealDay } from "./seal-day.ts";
import { visibleBlocks } from "./visible-blocks.ts";

export type DayLedger = ReturnType<typeof createDayLedger>;

/** The ledger in the table. */
export function createDayLedger(table: Table) {
  return {
    ...visibleBlocks(table),
    ...readDays(table),
    ...sealDay(table),
    ...dayNotes(table),
    ...rollupState(table),
    ...monthsOf(table),
  };
}
