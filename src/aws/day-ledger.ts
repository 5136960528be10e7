/**
 * The day ledger in DynamoDB: what the stream has passed on for each day (`pk = days`, `sk = <day>`), and one state item
 * (`pk = state`, `sk = rollups`) that says how far history is sealed and which days have changed since.
 *
 * The order of writes carries the correctness. The stream adds to `seen`, and after that to the day's mark `open_<day>`; the
 * batch reads the mark first and closes the day only if the mark has not moved. So whatever the batch did not see keeps the
 * day open. Reads are strongly consistent.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { BatchRun, LedgerDay, RollupState } from "../pipeline/day-state.ts";
import { DUE, MONTH, OPEN, SHORT, toDay, toState } from "./day-ledger-items.ts";
import { forEachLimited } from "./for-each-limited.ts";
import { getItems, type Item } from "./get-items.ts";

type Update = Omit<UpdateItemCommandInput, "TableName" | "Key">;

/** What one stream batch brought: rows by day, the batch's hash and half-hour slot, and the time (epoch ms). */
export type Seen = { days: ReadonlyMap<string, number>; batch: string; slot: number; now: number };

/** A rollup that is in place: of which day and run, and the rows it was made from. */
export type Sealed = { day: string; run: string; seen: number; rows: number; now: number };

const STATE = { pk: { S: "state" }, sk: { S: "rollups" } };
const WRITES_AT_ONCE = 20;
// An update expression takes 4 KB, here about 12 bytes a day.
const MARKS_PER_UPDATE = 100;

export type DayLedger = ReturnType<typeof createDayLedger>;

/** The ledger in one table. Every method throws the SDK's errors; a condition that does not hold is a value, not an error. */
export function createDayLedger({ client, table }: { client: DynamoDBClient; table: string }) {
  const update = (key: Item, input: Update) => updateItem(client, { TableName: table, Key: key, ...input });

  return {
    /** Adds a batch's rows to the days' `seen`, each once however often the batch comes, then marks the days as open. */
    async markSeen({ days, batch, slot, now }: Seen): Promise<void> {
      await forEachLimited([...days], WRITES_AT_ONCE, ([day, rows]) =>
        update(keyOf(day), addSeen({ rows, batch, slot, now })),
      );
      const names = [...days.keys()];
      for (let at = 0; at < names.length; at += MARKS_PER_UPDATE)
        await update(STATE, markOpen(names.slice(at, at + MARKS_PER_UPDATE)));
    },

    async readState(): Promise<RollupState> {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: STATE, ConsistentRead: true }));
      return toState(Item ?? {});
    },

    /** The items of some days; a day that never had an event has none. */
    async getDays(days: readonly string[]): Promise<Map<string, LedgerDay>> {
      const items = await getItems(client, table, days.map(keyOf));
      return new Map(items.map(toDay).map((item) => [item.day, item]));
    },

    /** The items of the days from `from` to `to`, oldest first; days that never had an event have none. */
    async readDays(from: string, to: string): Promise<LedgerDay[]> {
      const input = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :days AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: { ":days": { S: "days" }, ":from": { S: from }, ":to": { S: to } },
      };
      const days: LedgerDay[] = [];
      for await (const page of paginateQuery({ client }, input)) days.push(...(page.Items ?? []).map(toDay));
      return days;
    },

    /**
     * Reserves the right to put a run's rollup in place: true unless another run is doing it or has done it since `day` was
     * read. A reservation older than `staleAfter` ms is taken over; its holder cannot be running any more.
     * The run's own is one that the SDK has made already, and whose answer got lost.
     */
    startMove(day: LedgerDay, run: string, { now, staleAfter }: { now: number; staleAfter: number }): Promise<boolean> {
      return update(keyOf(day.day), {
        UpdateExpression: "SET moving = :run, moving_at = :now",
        ConditionExpression: `${day.run === undefined ? "attribute_not_exists(run)" : "run = :known"} AND (attribute_not_exists(moving) OR moving = :run OR moving_at < :stale)`,
        ExpressionAttributeValues: {
          ":run": { S: run },
          ":now": number(now),
          ":stale": number(now - staleAfter),
          ...(day.run === undefined ? {} : { ":known": { S: day.run } }),
        },
      });
    },

    /** Gives a reservation back that came to nothing. */
    async cancelMove(day: string, run: string): Promise<void> {
      await update(keyOf(day), {
        UpdateExpression: "REMOVE moving, moving_at",
        ConditionExpression: "moving = :run",
        ExpressionAttributeValues: { ":run": { S: run } },
      });
    },

    /** Records a rollup that is in place. False when the reservation was lost meanwhile. */
    recordSealed(sealed: Sealed): Promise<boolean> {
      return update(keyOf(sealed.day), seal(sealed));
    },

    /** Notes how many rows the lake holds of a day that stays open. */
    async recordLakeRows(day: string, rows: number): Promise<void> {
      await update(keyOf(day), {
        UpdateExpression: "SET lake_rows = :rows",
        ExpressionAttributeValues: { ":rows": number(rows) },
      });
    },

    /** Makes every kept answer out of date, and the rollup of the month that the day is in. */
    async bumpVersion(day: string): Promise<void> {
      await update(STATE, {
        UpdateExpression: "ADD rollup_version :one SET #due = :one REMOVE #month",
        ExpressionAttributeNames: { "#month": MONTH + day.slice(0, 7), "#due": DUE + day.slice(0, 7) },
        ExpressionAttributeValues: { ":one": number(1) },
      });
    },

    /** Lets a run's rollup of a month count. False when any day was rolled up since `version` was read. */
    recordMonth(month: string, run: string, version: number): Promise<boolean> {
      return update(STATE, {
        UpdateExpression: "SET #month = :run REMOVE #due",
        ConditionExpression: "rollup_version = :version",
        ExpressionAttributeNames: { "#month": MONTH + month, "#due": DUE + month },
        ExpressionAttributeValues: { ":run": { S: run }, ":version": number(version) },
      });
    },

    /** Closes a day: from now on its rollup answers for it. False when events came since the mark was read. */
    close(day: string, mark: number): Promise<boolean> {
      return update(STATE, {
        UpdateExpression: "REMOVE #open",
        ConditionExpression: "#open = :mark",
        ExpressionAttributeNames: { "#open": OPEN + day },
        ExpressionAttributeValues: { ":mark": number(mark) },
      });
    },

    /** Notes that a day was sealed with rows missing (`missing` > 0), or that it is whole again (0). */
    async recordShort(day: string, missing: number): Promise<void> {
      const names = { ExpressionAttributeNames: { "#short": SHORT + day } };
      if (missing === 0) await update(STATE, { UpdateExpression: "REMOVE #short", ...names });
      else
        await update(STATE, {
          UpdateExpression: "SET #short = :missing",
          ExpressionAttributeValues: { ":missing": number(missing) },
          ...names,
        });
    },

    /** Moves the watermark, only forward. */
    async advanceWatermark(day: string): Promise<void> {
      await update(STATE, {
        UpdateExpression: "SET watermark = :day",
        ConditionExpression: "attribute_not_exists(watermark) OR watermark < :day",
        ExpressionAttributeValues: { ":day": { S: day } },
      });
    },

    async recordRun(run: BatchRun): Promise<void> {
      await update(STATE, {
        UpdateExpression: "SET last_run = :run",
        ExpressionAttributeValues: { ":run": { S: JSON.stringify(run) } },
      });
    },
  };
}

function addSeen({ rows, batch, slot, now }: { rows: number } & Omit<Seen, "days">): Update {
  return {
    UpdateExpression: "ADD seen :rows, #slot :batches SET seen_at = :now REMOVE #old",
    ConditionExpression: "attribute_not_exists(#slot) OR NOT contains(#slot, :batch)",
    ExpressionAttributeNames: { "#slot": `seen_${slot}`, "#old": `seen_${slot - 2}` },
    ExpressionAttributeValues: {
      ":rows": number(rows),
      ":batches": { SS: [batch] },
      ":batch": { S: batch },
      ":now": number(now),
    },
  };
}

function markOpen(days: readonly string[]): Update {
  return {
    UpdateExpression: `ADD ${days.map((_, i) => `#d${i} :one`).join(", ")}`,
    ExpressionAttributeNames: Object.fromEntries(days.map((day, i) => [`#d${i}`, OPEN + day])),
    ExpressionAttributeValues: { ":one": number(1) },
  };
}

function seal({ run, seen, rows, now }: Sealed): Update {
  return {
    UpdateExpression: `SET run = :run, lake_rows = :rows, sealed_rows = :rows, sealed_seen = :seen, sealed_at = :now, first_sealed_at = if_not_exists(first_sealed_at, :now) REMOVE moving, moving_at`,
    ConditionExpression: "moving = :run",
    ExpressionAttributeValues: {
      ":run": { S: run },
      ":rows": number(rows),
      ":seen": number(seen),
      ":now": number(now),
    },
  };
}

/** True when the update was made, false when its condition did not hold. */
async function updateItem(client: DynamoDBClient, input: UpdateItemCommandInput): Promise<boolean> {
  try {
    await client.send(new UpdateItemCommand(input));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function keyOf(day: string): Item {
  return { pk: { S: "days" }, sk: { S: day } };
}

function number(n: number): AttributeValue {
  return { N: String(n) };
}
