/**
 * What the day ledger stores about erasures. On a day's item: the replacement that is going on (`erasing`), the
 * erasures already applied (`erasures`), and how many rows they removed (`erased_rows`). On the state item: the plans
 * still to be carried out (`erase_<id>`).
 */

import { number, type Table } from "../table.ts";
import { dayKey, STATE } from "./day-items.ts";

const PLAN = "erase_";

export type ErasureLedger = ReturnType<typeof createErasureLedger>;

/**
 * The methods throw the SDK's errors. A condition that does not hold is a value, or means that the change was made
 * before.
 */
export function createErasureLedger(table: Table) {
  return { ...erasedDays(table), ...erasurePlans(table) };
}

/** What is stored on the items of days. */
function erasedDays(table: Table) {
  return {
    /** Marks a day, so that no rollup of it is put in place meanwhile. False while a rollup is being put in place. */
    startErasing(day: string, id: string, { now, staleAfter }: { now: number; staleAfter: number }): Promise<boolean> {
      return table.update(dayKey(day), {
        UpdateExpression: "SET erasing = :id, erasing_at = :now",
        ConditionExpression: "attribute_not_exists(moving) OR moving_at < :stale",
        ExpressionAttributeValues: { ":id": { S: id }, ":now": number(now), ":stale": number(now - staleAfter) },
      });
    },

    /** Subtracts rows from those that the day has seen and was sealed with, once per id. */
    async recordErased(day: string, id: string, rows: number): Promise<void> {
      const values = { ":minus": number(-rows), ":rows": number(rows), ":ids": { SS: [id] }, ":id": { S: id } };
      const add = "ADD seen :minus, erased_rows :rows, erasures :ids";
      const once = "(attribute_not_exists(erasures) OR NOT contains(erasures, :id))";
      const isSealed = await table.update(dayKey(day), {
        UpdateExpression: `${add} SET sealed_rows = sealed_rows - :rows, sealed_seen = sealed_seen - :rows, lake_rows = lake_rows - :rows`,
        ConditionExpression: `attribute_exists(sealed_rows) AND ${once}`,
        ExpressionAttributeValues: values,
      });
      if (isSealed) return;
      await table.update(dayKey(day), {
        UpdateExpression: add,
        ConditionExpression: `attribute_not_exists(sealed_rows) AND ${once}`,
        ExpressionAttributeValues: values,
      });
    },

    /** Removes the mark. The id stays until the plan is forgotten. */
    async endErasing(day: string, id: string): Promise<void> {
      await table.update(dayKey(day), {
        UpdateExpression: "REMOVE erasing, erasing_at",
        ConditionExpression: "erasing = :id",
        ExpressionAttributeValues: { ":id": { S: id } },
      });
    },

    /** The run that sealed a day. */
    async runOf(day: string): Promise<string | undefined> {
      return (await table.get(dayKey(day)))?.run?.S;
    },
  };
}

/** What is stored on the state item. */
function erasurePlans(table: Table) {
  return {
    /**
     * Starts an erasure that ends at `until` at the latest. False while another one is going on: two could undo each
     * other.
     */
    begin(now: number, until: number): Promise<boolean> {
      return table.update(STATE, {
        UpdateExpression: "SET erasing_until = :until",
        ConditionExpression: "attribute_not_exists(erasing_until) OR erasing_until <= :now",
        ExpressionAttributeValues: { ":until": number(until), ":now": number(now) },
      });
    },

    async end(): Promise<void> {
      await table.update(STATE, { UpdateExpression: "REMOVE erasing_until" });
    },

    /** Notes a plan, so that the next run of the batch carries it out if this run does not. */
    async notePlan(id: string, now: number): Promise<void> {
      await table.update(STATE, {
        UpdateExpression: "SET #plan = :now",
        ExpressionAttributeNames: { "#plan": PLAN + id },
        ExpressionAttributeValues: { ":now": number(now) },
      });
    },

    /** The plans still to be carried out, and when they were noted. */
    async plans(): Promise<Map<string, number>> {
      const state = (await table.get(STATE)) ?? {};
      const noted = Object.entries(state).filter(([name]) => name.startsWith(PLAN));
      return new Map(noted.map(([name, { N }]) => [name.slice(PLAN.length), Number(N)]));
    },

    async forgetPlan(id: string): Promise<void> {
      await table.update(STATE, { UpdateExpression: "REMOVE #plan", ExpressionAttributeNames: { "#plan": PLAN + id } });
    },

    /** Makes every cached answer out of date. */
    async forgetAnswers(): Promise<void> {
      await table.update(STATE, {
        UpdateExpression: "ADD rollup_version :one",
        ExpressionAttributeValues: { ":one": number(1) },
      });
    },
  };
}
