/**
 * The day ledger in DynamoDB: an item for each day (`pk = days`, `sk = <day>`) that names the day's visible blocks and says what
 * was seen of it, and one state item (`pk = state`, `sk = rollups`) that says how far history is sealed and which days are open.
 *
 * A block becomes visible, its rows are seen and the day's version moves in one write; the write that opens a day does the same to
 * its item and to the state at once. The batch closes a day, again in both, only if its version is still the one that the rollup
 * was made after. So whatever the batch did not see keeps the day open. Reads are strongly consistent.
 */
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  paginateQuery,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import type { Drift } from "../../metrics/digest.ts";
import type { BlockStore, NewName } from "../../table/block-store.ts";
import type { BatchRun, LedgerDay, RollupState, Waiting } from "../../table/day-state.ts";
import { DUE, jointOf, MONTH, NAMES, OLD_MONTH, OPEN, SHORT, toDay, toState } from "./day-ledger-items.ts";
import { getItems, type Item } from "./get-items.ts";
import { transactUpdates } from "./transact-updates.ts";
import { updateItem } from "./update-item.ts";

type Update = Pick<
  UpdateItemCommandInput,
  "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
> & { UpdateExpression: string };

/** A rollup that is in place: of which day and run, and the rows it was made from. */
export type Sealed = { day: string; run: string; seen: number; rows: number; now: number };

const STATE = { pk: { S: "state" }, sk: { S: "rollups" } };

/** Of the breakdowns of a day that differ these are named. */
const MOST_DRIFTED = 20;

/** More days than these are read together with those between them: of items so small, a page of a query holds thousands. */
const MOST_SINGLE_DAYS = 50;

export type DayLedger = ReturnType<typeof createDayLedger>;

/** The ledger in one table. Every method throws the SDK's errors; a condition that does not hold is a value, not an error. */
export function createDayLedger({ client, table }: { client: DynamoDBClient; table: string }) {
  const update = (key: Item, input: Update) => updateItem(client, { TableName: table, Key: key, ...input });

  /** Items of the days from one to another, oldest first: all of them, or some attributes. */
  async function queryDays([from, to]: readonly [string, string], ProjectionExpression?: string): Promise<Item[]> {
    const input = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :days AND sk BETWEEN :from AND :to",
      ExpressionAttributeValues: { ":days": { S: "days" }, ":from": { S: from }, ":to": { S: to } },
      ...(ProjectionExpression && { ProjectionExpression }),
    };
    const items: Item[] = [];
    for await (const page of paginateQuery({ client }, input)) for (const item of page.Items ?? []) items.push(item);
    return items;
  }

  /** Items of some days. Of few days they are whole, whichever attributes are asked for. */
  async function getDays(days: readonly string[], attributes?: string): Promise<Item[]> {
    if (days.length <= MOST_SINGLE_DAYS) return await getItems({ client, table }, days.map(keyOf));
    const asked = new Set(days);
    return (await queryDays(endsOf(days), attributes)).filter(({ sk }) => asked.has(sk?.S ?? ""));
  }

  return {
    /** Makes blocks visible at an instant `now` (epoch ms), all at once: see `BlockStore`. */
    addNames(names: readonly NewName[], now: number): Promise<boolean> {
      const opened = names.filter(({ rows, known }) => rows > 0 && !known.isMarked).map(({ day }) => day);
      const updates = names.map((name) => ({ Key: keyOf(name.day), ...addName(name, now) }));
      const [only] = updates;
      if (only !== undefined && updates.length === 1 && opened.length === 0)
        return updateItem(client, { TableName: table, ...only });
      const marks = opened.length === 0 ? [] : [{ Key: STATE, ...markOpen(opened) }];
      return transactUpdates({ client, table }, [...updates, ...marks]);
    },

    /** Puts a fold in the place of what it was made of: see `BlockStore`. */
    replaceNames(day: string, { folds, old, fold }: Parameters<BlockStore["replaceNames"]>[1]): Promise<boolean> {
      return update(keyOf(day), {
        UpdateExpression: "DELETE #old :old ADD #new :new, folds :one",
        ConditionExpression: isAt("folds", folds),
        ExpressionAttributeNames: { "#old": NAMES + old[0]?.[0], "#new": NAMES + fold[0] },
        ExpressionAttributeValues: {
          ":old": { SS: [...old] },
          ":new": { SS: [fold] },
          ":one": number(1),
          ...(folds > 0 && { ":folds": number(folds) }),
        },
      });
    },

    async readState(): Promise<RollupState> {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: STATE, ConsistentRead: true }));
      return toState(Item ?? {});
    },

    /** The items of some days; a day that never had an event has none. */
    async getDays(days: readonly string[]): Promise<Map<string, LedgerDay>> {
      return new Map((await getDays(days)).map(toDay).map((item) => [item.day, item]));
    },

    /** How often a batch that adds to other days too has added to each of some days: `joint` of their frontiers, and nothing else. */
    async getJoints(days: readonly string[]): Promise<Map<string, number>> {
      return new Map((await getDays(days, "sk, joint")).map((item) => [item.sk?.S ?? "", jointOf(item)]));
    },

    /** The items of the days from `from` to `to`, oldest first; days that never had an event have none. */
    async readDays(from: string, to: string): Promise<LedgerDay[]> {
      return (await queryDays([from, to])).map(toDay);
    },

    /**
     * Reserves the right to put a run's rollup in place: true unless another run is doing it or has done it since `day` was
     * read. A reservation older than `staleAfter` ms is taken over; its holder cannot be running any more.
     * The run's own is one that the SDK has made already, and whose answer got lost. While files of the day are replaced, and when
     * they were since `day` was read, its rows may have been counted twice: then false too.
     */
    startMove(day: LedgerDay, run: string, { now, staleAfter }: { now: number; staleAfter: number }): Promise<boolean> {
      return update(keyOf(day.day), {
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

    /** Notes how many rows the lake holds of a day that stays open, and how long it has been waited for. */
    async recordWaiting(day: string, waiting: Waiting): Promise<void> {
      await update(keyOf(day), {
        UpdateExpression: "SET lake_rows = :rows, waiting = :waiting",
        ExpressionAttributeValues: { ":rows": number(waiting.rows), ":waiting": { S: JSON.stringify(waiting) } },
      });
    },

    /** Notes what came of comparing a day's blocks with its rollup. */
    async recordDrift(day: string, drift: readonly Drift[]): Promise<void> {
      await update(keyOf(day), {
        UpdateExpression: drift.length === 0 ? "SET drift = :n REMOVE drifted" : "SET drift = :n, drifted = :drifted",
        ExpressionAttributeValues: {
          ":n": number(drift.length),
          ...(drift.length > 0 && { ":drifted": { S: JSON.stringify(drift.slice(0, MOST_DRIFTED)) } }),
        },
      });
    },

    /** Notes what the catalog is, and since which day. */
    async recordCatalog(catalog: NonNullable<RollupState["catalog"]>): Promise<void> {
      await update(STATE, {
        UpdateExpression: "SET #catalog = :catalog",
        ExpressionAttributeNames: { "#catalog": "catalog" },
        ExpressionAttributeValues: { ":catalog": { S: JSON.stringify(catalog) } },
      });
    },

    /** Notes how many event ids of a day stand for several events. */
    async recordReused(day: string, ids: number): Promise<void> {
      await update(keyOf(day), {
        UpdateExpression: "SET reused_ids = :ids",
        ExpressionAttributeValues: { ":ids": number(ids) },
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
        UpdateExpression: "SET #month = :run REMOVE #due, #old",
        ConditionExpression: "rollup_version = :version",
        ExpressionAttributeNames: { "#month": MONTH + month, "#due": DUE + month, "#old": OLD_MONTH + month },
        ExpressionAttributeValues: { ":run": { S: run }, ":version": number(version) },
      });
    },

    /**
     * Closes a day: from now on its rollup answers for it. False when events came since the day was read, or its mark (which an
     * older release, still running, moves instead).
     */
    close({ day, frontier: { version } }: LedgerDay, mark: number): Promise<boolean> {
      return transactUpdates({ client, table }, [
        {
          Key: keyOf(day),
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

    /** Notes that no day is left whose rollup an older release has made. */
    async recordNewRollups(): Promise<void> {
      await update(STATE, {
        UpdateExpression: "SET new_rollups = :one",
        ExpressionAttributeValues: { ":one": number(1) },
      });
    },

    /** Lets a month's rollup no longer count; it is to be made again. */
    async forgetMonth(month: string): Promise<void> {
      await update(STATE, {
        UpdateExpression: "SET #due = :one REMOVE #month",
        ExpressionAttributeNames: { "#month": MONTH + month, "#due": DUE + month },
        ExpressionAttributeValues: { ":one": number(1) },
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

/**
 * The condition holds while no fold came since the day was read, and while the block is not visible. A day that was marked as
 * open has to be so still: else the batch has closed it, and the block would be visible to nobody.
 */
function addName({ name, rows, known, isJoint }: NewName, now: number): Update {
  const isSeen = rows > 0;
  const adds = ["#names :names", ...(isSeen ? ["seen :rows", "v :one"] : []), ...(isJoint ? ["joint :one"] : [])];
  const opens = isSeen && !known.isMarked;
  return {
    UpdateExpression: `ADD ${adds.join(", ")}${isSeen ? ` SET seen_at = :now${opens ? ", marked = :one" : ""}` : ""}`,
    ConditionExpression: [
      isAt("folds", known.folds),
      "NOT contains(#names, :name)",
      ...(isSeen ? [`attribute_${opens ? "not_" : ""}exists(marked)`] : []),
    ].join(" AND "),
    ExpressionAttributeNames: { "#names": NAMES + name[0] },
    ExpressionAttributeValues: {
      ":names": { SS: [name] },
      ":name": { S: name },
      ...(known.folds > 0 && { ":folds": number(known.folds) }),
      ...((isSeen || isJoint) && { ":one": number(1) }),
      ...(isSeen && { ":rows": number(rows), ":now": number(now) }),
    },
  };
}

/** The condition that an attribute that only goes up is as it was read; it is not there while it is 0. */
function isAt(name: string, value: number): string {
  return value > 0 ? `${name} = :${name}` : `attribute_not_exists(${name})`;
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

function endsOf(days: readonly string[]): [from: string, to: string] {
  const sorted = days.toSorted();
  return [sorted[0] ?? "", sorted.at(-1) ?? ""];
}

function keyOf(day: string): Item {
  return { pk: { S: "days" }, sk: { S: day } };
}

function number(n: number): AttributeValue {
  return { N: String(n) };
}
