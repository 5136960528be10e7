/**
 * The state item, which says how far history is sealed, which days are open, and which months are rolled up as a whole.
 */
import { monthOf } from "../../metrics/time-bucket.ts";
import { number, type Table } from "../table.ts";
import { DUE, MONTH, OLD_MONTH, SHORT, STATE, toState } from "./day-items.ts";
import type { BatchRun, RollupState } from "./day-state.ts";

export function rollupState(table: Table) {
  return {
    readState: async (): Promise<RollupState> => toState((await table.get(STATE)) ?? {}),

    /** Notes that a day was sealed with rows missing (`missing` > 0), or that it is whole again (0). */
    async recordShort(day: string, missing: number): Promise<void> {
      const names = { ExpressionAttributeNames: { "#short": SHORT + day } };
      if (missing === 0) await table.update(STATE, { UpdateExpression: "REMOVE #short", ...names });
      else
        await table.update(STATE, {
          UpdateExpression: "SET #short = :missing",
          ExpressionAttributeValues: { ":missing": number(missing) },
          ...names,
        });
    },

    /** Moves the watermark, only forward. */
    async advanceWatermark(day: string): Promise<void> {
      await table.update(STATE, {
        UpdateExpression: "SET watermark = :day",
        ConditionExpression: "attribute_not_exists(watermark) OR watermark < :day",
        ExpressionAttributeValues: { ":day": { S: day } },
      });
    },

    async recordRun(run: BatchRun): Promise<void> {
      await table.update(STATE, {
        UpdateExpression: "SET last_run = :run",
        ExpressionAttributeValues: { ":run": { S: JSON.stringify(run) } },
      });
    },
    /** Notes a hash of the catalog, since which day it is so, and its metrics. */
    async recordCatalog(catalog: NonNullable<RollupState["catalog"]>): Promise<void> {
      await table.update(STATE, {
        UpdateExpression: "SET #catalog = :catalog",
        ExpressionAttributeNames: { "#catalog": "catalog" },
        ExpressionAttributeValues: { ":catalog": { S: JSON.stringify(catalog) } },
      });
    },

    /** Notes that no rollup made by an older release is left. */
    async recordNewRollups(): Promise<void> {
      await table.update(STATE, {
        UpdateExpression: "SET new_rollups = :one",
        ExpressionAttributeValues: { ":one": number(1) },
      });
    },
  };
}

/** Which months' rollups count, and what makes every cached answer out of date. */
export function monthsOf(table: Table) {
  return {
    /** Makes every cached answer out of date, and the rollup of the month that contains the day. */
    async bumpVersion(day: string): Promise<void> {
      await table.update(STATE, {
        UpdateExpression: "ADD rollup_version :one SET #due = :one REMOVE #month",
        ExpressionAttributeNames: { "#month": MONTH + monthOf(day), "#due": DUE + monthOf(day) },
        ExpressionAttributeValues: { ":one": number(1) },
      });
    },

    /** Makes a run's rollup of a month count. False when any day was rolled up since `version` was read. */
    recordMonth(month: string, run: string, version: number): Promise<boolean> {
      return table.update(STATE, {
        UpdateExpression: "SET #month = :run REMOVE #due, #old",
        ConditionExpression: "rollup_version = :version",
        ExpressionAttributeNames: { "#month": MONTH + month, "#due": DUE + month, "#old": OLD_MONTH + month },
        ExpressionAttributeValues: { ":run": { S: run }, ":version": number(version) },
      });
    },

    /** Makes a month's rollup no longer count; the month is due again. */
    async forgetMonth(month: string): Promise<void> {
      await table.update(STATE, {
        UpdateExpression: "SET #due = :one REMOVE #month",
        ExpressionAttributeNames: { "#month": MONTH + month, "#due": DUE + month },
        ExpressionAttributeValues: { ":one": number(1) },
      });
    },
  };
}
