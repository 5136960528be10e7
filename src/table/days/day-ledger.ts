/**
 * The day ledger: an item for each day (`pk = days`, `sk = <day>`) that names the day's visible blocks and says what
 * was seen of it, and one state item (`pk = state`, `sk = rollups`) that says how far history is sealed and which days are open.
 *
 * A block becomes visible, its rows are seen and the day's version moves in one write; the write that opens a day does the same to
 * its item and to the state at once. The batch closes a day, again in both, only if its version is still the one that the rollup
 * was made after. So whatever the batch did not see keeps the day open. Reads are strongly consistent.
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
