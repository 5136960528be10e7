/**
 * Turns what each layer says about a question into a part of the answer: Athena's rows for the rollups, the values of
 * each day for the blocks.
 */
import type { HistoryRow } from "../athena-queries/metric-history.ts";
import { isOther, OTHER } from "../metrics/bounded-tally.ts";
import { type Dimension, HOUR } from "../metrics/define-metric.ts";
import { fromWords } from "../metrics/distinct-sketch.ts";
import { joinKey, splitKey } from "../metrics/key.ts";
import { addInto, type Tally, type Value } from "../metrics/merge.ts";
import { bucketOf } from "../metrics/time-bucket.ts";
import type { Question } from "./question.ts";

/**
 * One layer's part of an answer: the total, the values by group, and the values by hour (`2026-03-01 23`), day, week or
 * month, named as in `metric-history.ts`. A distinct count without its sketch is a number.
 */
export type LayerPart = {
  total: Value | undefined;
  groups: Map<string, Value>;
  points: Map<string, Value>;
  /** Days whose smaller values were added up: the total is exact, but a single value's number may be too low. */
  bounded?: string[];
};

export function emptyPart(): LayerPart {
  return { total: undefined, groups: new Map(), points: new Map() };
}

/** The rollups' part, from Athena's rows. */
export function toHistory(rows: readonly HistoryRow[]): LayerPart {
  const part = emptyPart();
  for (const { dt, key, value, sketch } of rows) {
    if (value === null) continue;
    const partial = sketch === null ? BigInt(value) : fromWords(sketch.split(" ").map(BigInt));
    if (dt !== null) part.points.set(dt, partial);
    else if (key !== null) part.groups.set(key, partial);
    else part.total = partial;
  }
  return part;
}

/** The blocks' part: `tallies` are each day's values, by key of the question's breakdown. */
export function toRealtime(
  tallies: ReadonlyMap<string, Tally>,
  question: Pick<Question, "where" | "by" | "breakdown" | "bucket">,
): LayerPart {
  const part = emptyPart();
  // Most keys occur on most days.
  const known = new Map<string, string | undefined>();
  const groupKnown = (key: string): string | undefined => {
    if (!known.has(key)) known.set(key, groupOf(key, question));
    return known.get(key);
  };
  const hourAt = question.breakdown.indexOf(HOUR);
  for (const [day, tally] of tallies) {
    let ofDay: Value | undefined;
    const hours = new Map<string, Value>();
    let isBounded = false;
    for (const [key, value] of tally) {
      isBounded ||= isOther(key);
      const group = groupKnown(key);
      if (group === undefined) continue;
      ofDay = addInto(ofDay, value);
      const hour = hourAt < 0 ? undefined : splitKey(key, question.breakdown.length)[hourAt];
      if (hour !== undefined) hours.set(hour, addInto(hours.get(hour), value));
      if (question.by.length > 0 && group !== OTHER) part.groups.set(group, addInto(part.groups.get(group), value));
    }
    if (ofDay !== undefined) part.total = addInto(part.total, ofDay);
    if (hourAt < 0 && question.bucket === undefined) part.points.set(day, ofDay ?? 0n);
    else if (hourAt < 0 && question.bucket !== undefined && ofDay !== undefined) {
      const point = bucketOf(day, question.bucket);
      part.points.set(point, addInto(part.points.get(point), ofDay));
    }
    for (const [hour, value] of hours) part.points.set(`${day} ${hour}`, value);
    if (isBounded) part.bounded = [...(part.bounded ?? []), day];
  }
  return part;
}

/** The complete key that a question asks for, if its filters name every value; only that key must then be read. */
export function keyAsked({ breakdown, where }: Pick<Question, "breakdown" | "where">): string | undefined {
  const values = breakdown.flatMap((dimension) => where[dimension] ?? []);
  return values.length === breakdown.length ? joinKey(values) : undefined;
}

/**
 * The group that a key's value belongs to; `OTHER` for values that were added up; undefined if the filters exclude it.
 */
function groupOf(
  key: string,
  { breakdown, where, by }: Pick<Question, "breakdown" | "where" | "by">,
): string | undefined {
  const values = splitKey(key, breakdown.length);
  const others = isOther(key) ? key.split("+").map((part) => part === OTHER) : undefined;
  const matches = (dimension: Dimension, i: number) =>
    where[dimension] === undefined || (where[dimension] === values[i] && others?.[i] !== true);
  if (!breakdown.every(matches)) return undefined;
  const isGroup = values.map((_, i) => by.some((dimension) => dimension === breakdown[i]));
  if (others?.some((isOne, i) => isOne && isGroup[i])) return OTHER;
  return joinKey(values.filter((_, i) => isGroup[i]));
}
