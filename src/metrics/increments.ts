/**
 * The stream's compiler: the catalog becomes a plan per event name, and the plan adds events up in memory, so that a batch of
 * thousands of events ends as one increment per distinct counter. This is the hottest loop of the pipeline: every combination
 * of values gets a small number once per event (`number` below), and all metrics that share the combination count in arrays.
 */
import type { EventRow } from "../schemas/event-columns.ts";
import { type Condition, type Dimension, listens, type Metric, setName } from "./define-metric.ts";
import { addTo, type Sketch } from "./distinct-sketch.ts";
import { joinKey } from "./key.ts";
import type { Partial } from "./merge.ts";
import { minuteOf } from "./time-bucket.ts";

/** What one batch adds to one counter. `bucket` is a day, or a local minute for the live view. */
export type Increment = { bucket: string; metric: string; set: string; key: string; value: Partial };

export type Increments = {
  /** Counts one event in its day; `live` also puts it into its minute. */
  add(row: EventRow, live: boolean): void;
  days(): Increment[];
  minutes(): Increment[];
};

/** The values that one combination of dimensions has taken in this batch, numbered in order of appearance. */
type Combination = {
  name: string;
  of: readonly Dimension[];
  parts: readonly Combination[];
  numbers: Map<string | number, number>;
  keys: string[];
  /** The number of the event that is being added. */
  now: number;
};

/** A metric by one combination: where its values stand in a bucket. */
type Slot = { metric: Metric; combination: Combination; at: number };
/** `total` is the first slot alone: all that the live minutes keep. */
type Step = { metric: Metric; where: readonly Condition[]; slots: readonly Slot[]; total: readonly Slot[] };
type Plan = { combinations: readonly Combination[]; steps: readonly Step[] };

/** Values by slot, then by the number of the combination's values. */
type Bucket = { counts: number[][]; sums: bigint[][]; sketches: Sketch[][] };

/** An empty sum of increments for the metrics of a catalog, with minutes in the given time zone. */
export function createIncrements(catalog: readonly Metric[], timeZone: string): Increments {
  const steps = toSteps(catalog);
  const plans = new Map<string, Plan>();
  const days = new Map<string, Bucket>();
  const minutes = new Map<string, Bucket>();
  const localMinutes = new Map<string, string>();

  const minuteFor = (row: EventRow) =>
    remembered(localMinutes, row.occurred_at.slice(0, 16), (minute) => minuteOf(Date.parse(`${minute}Z`), timeZone));

  return {
    add(row, live) {
      const plan = remembered(plans, row.name, (name) => toPlan(steps, name));
      const day = remembered(days, row.day, emptyBucket);
      const minute = live ? remembered(minutes, minuteFor(row), emptyBucket) : undefined;
      for (const combination of plan.combinations) combination.now = numberOf(combination, row);
      for (const step of plan.steps) {
        if ((row.is_bot === true && !step.metric.robots) || !step.where.every((c) => holds(c, row))) continue;
        addValue(day, step.metric, step.slots, row);
        if (minute !== undefined) addValue(minute, step.metric, step.total, row);
      }
    },
    days: () => flatten(days, steps),
    minutes: () => flatten(minutes, steps),
  };
}

function remembered<K, V>(map: Map<K, V>, key: K, make: (key: K) => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  map.set(key, made);
  return made;
}

function toSteps(catalog: readonly Metric[]): Step[] {
  const combinations = new Map<string, Combination>();
  const combine = (of: readonly Dimension[]): Combination =>
    remembered(combinations, setName(of), (name) => ({
      name,
      of,
      parts: of.length > 1 ? of.map((dimension) => combine([dimension])) : [],
      numbers: new Map(),
      keys: [],
      now: 0,
    }));
  let at = 0;
  return catalog.map((metric) => {
    const slots = metric.sets.map((set) => ({ metric, combination: combine(set), at: at++ }));
    return { metric, where: metric.where, slots, total: slots.slice(0, 1) };
  });
}

/** The steps for one event name, with every combination that they need, single dimensions before those made of them. */
function toPlan(allSteps: readonly Step[], name: string): Plan {
  const steps = allSteps.filter(({ metric }) => listens(metric, name));
  const needed = new Set<Combination>();
  for (const { combination } of steps.flatMap(({ slots }) => slots)) {
    for (const part of combination.parts) needed.add(part);
    needed.add(combination);
  }
  return { combinations: [...needed].sort((a, b) => a.of.length - b.of.length), steps };
}

function holds({ column, is, than }: Condition, row: EventRow): boolean {
  const value = row[column];
  return value !== undefined && (is === ">=" ? value >= than : value < than);
}

function numberOf(combination: Combination, row: EventRow): number {
  const [first, second, ...rest] = combination.parts;
  if (first === undefined || second === undefined) return numberOfValue(combination, row);
  let id: number | string = first.now * 2 ** 26 + second.now;
  for (const part of rest) id = `${id}+${part.now}`;
  return combination.numbers.get(id) ?? give(combination, id, row);
}

function numberOfValue(combination: Combination, row: EventRow): number {
  const [dimension] = combination.of;
  const value = dimension === undefined ? "" : text(row[dimension]);
  return combination.numbers.get(value) ?? give(combination, value, row);
}

/** Numbers a combination of values that was not met before. */
function give(combination: Combination, id: string | number, row: EventRow): number {
  const number = combination.keys.length;
  combination.numbers.set(id, number);
  combination.keys.push(joinKey(combination.of.map((dimension) => text(row[dimension]))));
  return number;
}

function text(value: string | number | boolean | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : String(value);
}

function emptyBucket(): Bucket {
  return { counts: [], sums: [], sketches: [] };
}

function addValue(bucket: Bucket, { value }: Metric, slots: readonly Slot[], row: EventRow): void {
  if (value.kind === "count") addCount(bucket.counts, slots);
  else if (value.kind === "sum") addSum(bucket.sums, slots, BigInt(row[value.column] ?? 0));
  else if (value.of === "visitor") addDistinct(bucket.sketches, slots, row.visitor_register, row.visitor_rank);
  else addDistinct(bucket.sketches, slots, row.user_register, row.user_rank);
}

function addCount(counts: number[][], slots: readonly Slot[]): void {
  for (const { at, combination } of slots) {
    const values = slotOf(counts, at);
    values[combination.now] = (values[combination.now] ?? 0) + 1;
  }
}

function addSum(sums: bigint[][], slots: readonly Slot[], addend: bigint): void {
  for (const { at, combination } of slots) {
    const values = slotOf(sums, at);
    values[combination.now] = (values[combination.now] ?? 0n) + addend;
  }
}

/** An event without the id has no coordinates and is in no set. */
function addDistinct(sketches: Sketch[][], slots: readonly Slot[], register?: number, rank?: number): void {
  if (register === undefined || rank === undefined) return;
  for (const { at, combination } of slots) {
    const values = slotOf(sketches, at);
    let sketch = values[combination.now];
    if (sketch === undefined) {
      sketch = new Map();
      values[combination.now] = sketch;
    }
    addTo(sketch, { register, rank });
  }
}

function slotOf<V>(slots: V[][], at: number): V[] {
  const known = slots[at];
  if (known !== undefined) return known;
  const made: V[] = [];
  slots[at] = made;
  return made;
}

function flatten(buckets: Map<string, Bucket>, steps: readonly Step[]): Increment[] {
  const slots = steps.flatMap((step) => step.slots);
  return [...buckets].flatMap(([bucket, values]) => slots.flatMap((slot) => incrementsOf(bucket, values, slot)));
}

function incrementsOf(
  bucket: string,
  { counts, sums, sketches }: Bucket,
  { metric, combination, at }: Slot,
): Increment[] {
  const values: readonly (number | bigint | Sketch | undefined)[] = counts[at] ?? sums[at] ?? sketches[at] ?? [];
  return values.flatMap((value, number) => {
    if (value === undefined) return [];
    const partial: Partial = typeof value === "number" ? BigInt(value) : value;
    return [
      { bucket, metric: metric.name, set: combination.name, key: combination.keys[number] ?? "", value: partial },
    ];
  });
}
