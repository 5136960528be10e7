/** The day ledger's items as they are stored in DynamoDB, and how they are read into the types of the pure code. */

import type { Frontier } from "../blocks/frontier.ts";
import { type Item, type Key, keyOf } from "../table.ts";
import type { LedgerDay, RollupState } from "./day-state.ts";
import { type SourceCount, sourcesIn } from "./source-counts.ts";

export const STATE = keyOf("state", "rollups");

export const DAYS = "days";

export function dayKey(day: string): Key {
  return keyOf(DAYS, day);
}

/** Prefixes of those attributes of the state item that exist once per day, or per month. */
export const OPEN = "open_";
export const SHORT = "short_";
export const MONTH = "whole_";
export const DUE = "due_";
/** Months as an older release rolled them up, before they had tables of their own: they are due again. */
export const OLD_MONTH = "month_";
/** Prefix of the sets of a day's visible blocks, one set per tier. */
export const NAMES = "blocks_";
/** The attribute of a half hour in which an older release counted batches; its value is their ids. */
const OLD_BATCHES = /^seen_\d+$/;

/** Reads the state item, which may not exist yet. */
export function toState(item: Item): RollupState {
  return {
    rollupVersion: Number(item.rollup_version?.N ?? 0),
    open: numbersOf(item, OPEN),
    short: numbersOf(item, SHORT),
    months: new Map(namesIn(item, MONTH).map((name) => [name.slice(MONTH.length), item[name]?.S ?? ""])),
    dueMonths: new Set(
      [DUE, OLD_MONTH].flatMap((prefix) => namesIn(item, prefix).map((name) => name.slice(prefix.length))),
    ),
    ...(item.new_rollups === undefined ? {} : { hasNewRollups: true }),
    ...(item.catalog?.S === undefined ? {} : { catalog: JSON.parse(item.catalog.S) }),
    ...(item.watermark?.S === undefined ? {} : { watermark: item.watermark.S }),
    ...(item.last_run?.S === undefined ? {} : { lastRun: JSON.parse(item.last_run.S) }),
  };
}

function numbersOf(item: Item, prefix: string): Map<string, number> {
  return new Map(namesIn(item, prefix).map((name) => [name.slice(prefix.length), Number(item[name]?.N)]));
}

function namesIn(item: Item, prefix: string): string[] {
  return Object.keys(item)
    .filter((name) => name.startsWith(prefix))
    .sort();
}

/** Reads a day's item. */
export function toDay(item: Item): LedgerDay {
  const optional = {
    seenAt: item.seen_at?.N,
    robots: item.robots?.N,
    lakeRows: item.lake_rows?.N,
    sealedRows: item.sealed_rows?.N,
    sealedSeen: item.sealed_seen?.N,
    firstSealedAt: item.first_sealed_at?.N,
    sealedAt: item.sealed_at?.N,
    reusedIds: item.reused_ids?.N,
    drift: item.drift?.N,
    erasedRows: item.erased_rows?.N,
    erasingAt: item.erasing_at?.N,
  };
  const known = Object.entries(optional).flatMap(([name, n]) => (n === undefined ? [] : [[name, Number(n)]]));
  const sources = sourcesIn(item);
  return {
    day: item.sk?.S ?? "",
    seen: Number(item.seen?.N ?? 0),
    ...Object.fromEntries(known),
    frontier: toFrontier(item, sources),
    ...(sources.length > 0 && { sources }),
    ...(item.waiting?.S === undefined ? {} : { waiting: JSON.parse(item.waiting.S) }),
    ...(item.drifted?.S === undefined ? {} : { drifted: JSON.parse(item.drifted.S) }),
    ...(item.run?.S === undefined ? {} : { run: item.run.S }),
    ...(item.moving?.S === undefined ? {} : { moving: { run: item.moving.S, at: Number(item.moving_at?.N) } }),
  };
}

/** How many of a day's blocks come from batches that also add to other days. */
export function jointOf(item: Item): number {
  return Number(item.joint?.N ?? 0);
}

/** The visible blocks that a day's item names. */
function toFrontier(item: Item, sources: readonly SourceCount[]): Frontier {
  const sets = Object.entries(item);
  return {
    names: sets.flatMap(([name, { SS }]) => (name.startsWith(NAMES) ? (SS ?? []) : [])),
    folds: Number(item.folds?.N ?? 0),
    version: Number(item.v?.N ?? 0),
    joint: jointOf(item),
    isMarked: item.marked !== undefined,
    oldBatches: sets.flatMap(([name, { SS }]) => (OLD_BATCHES.test(name) ? (SS ?? []) : [])),
    ...(sources.length > 0 && { lastSeen: new Map(sources.map(({ source, at }) => [source, at])) }),
  };
}

/**
 * The condition that an attribute which only increases is unchanged since it was read. The attribute is absent while it
 * is 0.
 */
export function isAt(name: string, value: number): string {
  return value > 0 ? `${name} = :${name}` : `attribute_not_exists(${name})`;
}
