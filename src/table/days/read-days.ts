/** Reads the days' items. */
import type { Item, Table } from "../table.ts";
import { DAYS, dayKey, jointOf, toDay } from "./day-items.ts";
import type { LedgerDay } from "./day-state.ts";

/**
 * More days than these are read as one range, including the days in between: the items are so small that a page of a
 * query holds thousands.
 */
const MOST_SINGLE_DAYS = 50;

export function readDays(table: Table) {
  return {
    /** The items of some days; a day that never had an event has none. */
    async getDays(days: readonly string[]): Promise<Map<string, LedgerDay>> {
      return new Map((await getDays(table, days)).map(toDay).map((item) => [item.day, item]));
    },

    /**
     * How often a batch that also adds to other days has added to each of these days: `joint` of their frontiers, and
     * nothing else.
     */
    async getJoints(days: readonly string[]): Promise<Map<string, number>> {
      return new Map((await getDays(table, days, "sk, joint")).map((item) => [item.sk?.S ?? "", jointOf(item)]));
    },

    /** The items of the days from `from` to `to`, oldest first; a day that never had an event has none. */
    async readDays(from: string, to: string): Promise<LedgerDay[]> {
      return (await table.query({ pk: DAYS, between: [from, to] })).map(toDay);
    },
  };
}

/** The items of some days. For a few days they are whole, whichever attributes are asked for. */
async function getDays(table: Table, days: readonly string[], attributes?: string): Promise<Item[]> {
  if (days.length <= MOST_SINGLE_DAYS) return await table.getMany(days.map(dayKey));
  const asked = new Set(days);
  const found = await table.query({ pk: DAYS, between: endsOf(days), ...(attributes && { attributes }) });
  return found.filter(({ sk }) => asked.has(sk?.S ?? ""));
}

function endsOf(days: readonly string[]): [from: string, to: string] {
  const sorted = days.toSorted();
  return [sorted[0] ?? "", sorted.at(-1) ?? ""];
}
