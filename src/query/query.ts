/**
 * What the query decides: which layer answers for which day, and how the two parts make one number. A day belongs to exactly
 * one layer: to history when it is sealed and nothing came since, to its blocks otherwise. The state is read before
 * anything else, and the blocks of a sealed day live on, so that an older state still adds up.
 */
import { type HistoryRow, MOST_GROUPS } from "../athena-queries/metric-history.ts";
import { isOther, OTHER } from "../metrics/bounded-tally.ts";
import { type Dimension, HOUR, type Metric } from "../metrics/define-metric.ts";
import { fromWords } from "../metrics/distinct-sketch.ts";
import { joinKey, splitKey } from "../metrics/key.ts";
import { addInto, mergePartials, type Partial, type Tally, toNumber, toRanking } from "../metrics/merge.ts";
import { addDays, DAY_MS, daysBetween, hoursOfDay, withOffset } from "../metrics/time-bucket.ts";
import type { MetricAnswer } from "../schemas/api/answer.ts";
import { hasBlocks, type LedgerDay, type RollupState } from "../table/day-state.ts";
import { exactNumber } from "./exact-number.ts";
import { fitsParameter, isMixed, type Question } from "./question.ts";

type Range = { from: string; to: string };
type Clock = { now: number; today: string };

/** Days to read from their blocks, and the sealed range, or undefined where no rollup can have anything to say. */
export type Layers = { presentDays: string[]; history: (Range & { except: string[] }) | undefined };

/** One layer's part of an answer: values of all, by group, and by day or hour (`2026-03-01 23`, as `metric-history.ts` writes it). A distinct count without its sketch is a number. */
export type Part = {
  total: Partial | undefined;
  groups: Map<string, Partial>;
  points: Map<string, bigint>;
  /** Days of which not all values are kept apart: the total is whole, a single value's number may lack something. */
  bounded?: string[];
};

/** The open days of a question that the watermark has passed: whether their blocks are whole depends on their ledger items. */
function openDaysBefore({ from, to }: Range, { watermark = "", open }: RollupState): string[] {
  return [...open.keys()].filter((day) => day >= from && day <= to && day <= watermark);
}

/** The days of a question whose items say what is visible of them: all that rollups may not answer for. */
export function daysToRead({ from, to }: Range, state: RollupState, { today }: Pick<Clock, "today">): string[] {
  const { watermark } = state;
  const unsealed = watermark === undefined ? today : addDays(watermark, 1);
  const last = to < today ? to : today;
  const recent = daysBetween(from > unsealed ? from : unsealed, last);
  // The clock of whoever wrote may be ahead of ours, and before the first batch run marks are all there is.
  const open = [...state.open.keys()].filter((day) => day >= from && day <= to);
  return [...new Set([...recent, ...open])].sort();
}

/** Splits a question's days between the layers. `ledger` holds the items of `daysToRead`. */
export function splitDays(
  { from, to }: Range,
  state: RollupState,
  ledger: ReadonlyMap<string, LedgerDay>,
  { now, today }: Clock,
): Layers {
  const before = openDaysBefore({ from, to }, state);
  const except = before.filter((day) => hasBlocks(ledger.get(day) ?? {}, now));
  const left = new Set(before.filter((day) => !except.includes(day)));
  return {
    presentDays: daysToRead({ from, to }, state, { today }).filter((day) => !left.has(day)),
    history: sealedRange({ from, to }, state, except),
  };
}

/** Groups are asked for beyond those that are shown, because the order of close ones is known when both parts are together. */
const MOST_ASKED = 64;

export function emptyPart(): Part {
  return { total: undefined, groups: new Map(), points: new Map() };
}

/** What the rollups said, as a part. */
export function toHistory(rows: readonly HistoryRow[]): Part {
  const part = emptyPart();
  for (const { dt, key, value, sketch } of rows) {
    if (value === null) continue;
    const partial = sketch === null ? BigInt(value) : fromWords(sketch.split(" ").map(BigInt));
    if (dt !== null) part.points.set(dt, BigInt(value));
    else if (key !== null) part.groups.set(key, partial);
    else part.total = partial;
  }
  return part;
}

/** What the blocks said, as a part: `tallies` are a day's values by key of the question's combination. */
export function toRealtime(tallies: ReadonlyMap<string, Tally>, question: Question): Part {
  const part = emptyPart();
  // Most keys come on most days.
  const known = new Map<string, string | undefined>();
  const groupKnown = (key: string): string | undefined => {
    if (!known.has(key)) known.set(key, groupOf(key, question));
    return known.get(key);
  };
  const hourAt = question.set.indexOf(HOUR);
  for (const [day, tally] of tallies) {
    let ofDay: Partial | undefined;
    const hours = new Map<string, Partial>();
    let isBounded = false;
    for (const [key, value] of tally) {
      isBounded ||= isOther(key);
      const group = groupKnown(key);
      if (group === undefined) continue;
      ofDay = addInto(ofDay, value);
      const hour = hourAt < 0 ? undefined : splitKey(key, question.set.length)[hourAt];
      if (hour !== undefined) hours.set(hour, addInto(hours.get(hour), value));
      if (question.by.length > 0 && group !== OTHER) part.groups.set(group, addInto(part.groups.get(group), value));
    }
    if (ofDay !== undefined) part.total = addInto(part.total, ofDay);
    if (hourAt < 0) part.points.set(day, toNumber(ofDay));
    for (const [hour, value] of hours) part.points.set(`${day} ${hour}`, toNumber(value));
    if (isBounded) part.bounded = [...(part.bounded ?? []), day];
  }
  return part;
}

/**
 * Groups of the present that have a history which Athena's answer leaves out: the group, because there are more than it gives, or
 * the sketch to merge the present into, because it gives those of the largest alone. They have to be asked for by name, as many
 * as can be among the largest when both parts are together.
 */
export function groupsLeftOut(question: Question, history: Part, realtime: Part): string[] {
  const { metric, limit } = question;
  const isCut = history.groups.size >= MOST_GROUPS[metric.value.kind];
  const smallest = isCut ? smallestOf(history.groups) : 0n;
  const lacking = [...realtime.groups].filter(([key, present]) => lacks(history.groups.get(key), present, isCut));
  const enough = toRanking([...history.groups, ...realtime.groups])[limit - 1]?.value ?? 0n;
  const most = lacking.map(([key, present]): [string, bigint] => {
    const sealed = history.groups.get(key);
    return [key, (sealed === undefined ? smallest : toNumber(sealed)) + toNumber(present)];
  });
  return toRanking(most.filter(([key, value]) => value >= enough && fitsParameter(key)))
    .slice(0, limit + MOST_ASKED)
    .map(({ key }) => key);
}

/** Whether what is known of a group's history cannot be added to its present. */
function lacks(sealed: Partial | undefined, present: Partial, isCut: boolean): boolean {
  return sealed === undefined ? isCut : typeof sealed !== typeof present;
}

function smallestOf(groups: ReadonlyMap<string, Partial>): bigint {
  return toRanking(groups).at(-1)?.value ?? 0n;
}

/** The whole key that a question asks for, when its filters name every value; it can then be read alone. */
export function keyAsked({ set, where }: Question): string | undefined {
  const values = set.flatMap((dimension) => where[dimension] ?? []);
  return values.length === set.length ? joinKey(values) : undefined;
}

/** The answer of both parts together. A distinct count's realtime part is what the present adds to the sealed estimate. */
export function toAnswer(
  question: Question,
  { history, realtime }: { history: Part; realtime: Part },
  {
    now,
    timezone,
    watermark,
    lacking = [],
    partial = [],
  }: {
    now: number;
    timezone: string;
    watermark: string | undefined;
    lacking?: readonly string[];
    partial?: readonly string[];
  },
): MetricAnswer {
  const { metric, from, to, by, series } = question;
  const total = toNumber(sum(history.total, realtime.total));
  const sealed = toNumber(history.total);
  const numbers = isMixed(metric, question.where)
    ? { total: null, history: null, realtime: null }
    : { total: exactNumber(total), history: exactNumber(sealed), realtime: exactNumber(total - sealed) };
  return {
    metric: metric.name,
    from,
    to,
    timezone,
    sealed_through: watermark ?? null,
    ...numbers,
    ...(series
      ? { series: toSeries(question, new Map([...history.points, ...realtime.points]), { now, timezone }) }
      : {}),
    ...(by.length > 0
      ? withOther(toGroups(question, history, realtime), metric, numbers.total === null ? undefined : total)
      : {}),
    ...(realtime.bounded && { bounded_days: realtime.bounded }),
    ...(partial.length > 0 && { partial_days: [...partial] }),
    ...toIncomplete(lacking),
  };
}

/** Groups of a count or a sum, and what of the total is in none of them: beyond the limit, or no longer kept apart. */
function withOther(
  groups: Ranked[],
  metric: Metric,
  total: bigint | undefined,
): Pick<MetricAnswer, "groups" | "other"> {
  const listed = groups.map(({ key, value, names }) => ({ ...named(key, names), value: exactNumber(value) }));
  if (total === undefined || metric.value.kind === "distinct") return { groups: listed };
  const other = groups.reduce((left, { value }) => left - value, total);
  return { groups: listed, ...(other !== 0n && { other: exactNumber(other) }) };
}

/** Days whose rollup was made before the breakdown was kept: their numbers are not in the answer until they are rolled up again. */
function toIncomplete(
  lacking: readonly string[],
): Pick<MetricAnswer, "incomplete_from" | "incomplete_days" | "rebuild"> {
  const [from, to] = [lacking[0], lacking.at(-1)];
  if (from === undefined || to === undefined) return {};
  return { incomplete_from: from, incomplete_days: lacking.length, rebuild: { from, to } };
}

function sealedRange(
  { from, to }: Range,
  { watermark, rollupVersion }: RollupState,
  except: string[],
): Layers["history"] {
  if (watermark === undefined || rollupVersion === 0) return undefined;
  const last = to < watermark ? to : watermark;
  // 0 or less where the range begins after the watermark.
  const days = (Date.parse(last) - Date.parse(from)) / DAY_MS + 1;
  return except.length < days ? { from, to: last, except } : undefined;
}

/** The group that a value's key belongs to, `OTHER` when it stands for several, or undefined when the filters leave it out. */
function groupOf(key: string, { set, where, by }: Question): string | undefined {
  const values = splitKey(key, set.length);
  const others = isOther(key) ? key.split("+").map((part) => part === OTHER) : undefined;
  const matches = (dimension: Dimension, i: number) =>
    where[dimension] === undefined || (where[dimension] === values[i] && others?.[i] !== true);
  if (!set.every(matches)) return undefined;
  const isGroup = values.map((_, i) => by.some((dimension) => dimension === set[i]));
  if (others?.some((isOne, i) => isOne && isGroup[i])) return OTHER;
  return joinKey(values.filter((_, i) => isGroup[i]));
}

function merge(known: Partial | undefined, value: Partial): Partial {
  return known === undefined ? value : mergePartials(known, value);
}

function sum(a: Partial | undefined, b: Partial | undefined): Partial | undefined {
  return b === undefined ? a : merge(a, b);
}

/** A group whose sketch was not asked for cannot be among the largest: the larger part stands for it, so that it keeps its place. */
function sumOfGroup(sealed: Partial | undefined, present: Partial): Partial {
  if (sealed === undefined || typeof sealed === typeof present) return merge(sealed, present);
  return toNumber(sealed) > toNumber(present) ? sealed : present;
}

/** A day is in one layer, so the points of both need no merging. */
function toSeries({ set, from, to }: Question, points: ReadonlyMap<string, bigint>, clock: HourClock) {
  const days = daysBetween(from, to);
  if (set.includes(HOUR)) return days.flatMap((day) => toHours(day, points, clock));
  return days.map((day) => ({ day, value: exactNumber(points.get(day) ?? 0n) }));
}

type HourClock = { now: number; timezone: string };

/** The hours of a day that have begun. The clock of whoever counted may be ahead of ours. */
function toHours(day: string, points: ReadonlyMap<string, bigint>, { now, timezone }: HourClock) {
  return hoursOfDay(day, timezone).flatMap((start, hour) => {
    const value = points.get(`${day} ${hour}`);
    if (value === undefined && start > now) return [];
    return [{ day, hour: withOffset(start, timezone), value: exactNumber(value ?? 0n) }];
  });
}

type Ranked = { key: string; value: bigint; names: readonly Dimension[] };

function toGroups({ set, by, limit }: Question, history: Part, realtime: Part): Ranked[] {
  const names = set.filter((dimension) => by.includes(dimension));
  const groups = new Map(history.groups);
  for (const [key, present] of realtime.groups) groups.set(key, sumOfGroup(groups.get(key), present));
  return toRanking(groups)
    .slice(0, limit)
    .map((group) => ({ ...group, names }));
}

/** One value stands for itself; of several the key keeps them apart, and each is named beside it. */
function named(key: string, names: readonly string[]) {
  const values = splitKey(key, names.length);
  if (values.length === 1) return { key: values[0] ?? "" };
  return { key, values: Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""])) };
}
