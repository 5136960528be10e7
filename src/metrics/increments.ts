/**
 * The stream's compiler: the catalog becomes a plan per event name, and the plan adds events up in memory, so that a batch of
 * thousands of events ends as one value per distinct counter. This is the hottest loop of the pipeline: every combination
 * of values gets a small number once per event (`number` below), and all metrics that share the combination count in arrays.
 */
import type { EventRow } from "../schemas/event-columns.ts";
import { MINUTES, type Section } from "./block.ts";
import { type Condition, type Dimension, listens, type Metric, setName } from "./define-metric.ts";
import { addTo, type Sketch } from "./distinct-sketch.ts";
import { joinKey } from "./key.ts";
import { minuteOf } from "./time-bucket.ts";

export type Increments = {
  /** Counts one event in its day; `live` also puts it into its minute. */
  add(row: EventRow, live: boolean): void;
  /** What was added to each day: its metrics by every combination, and their totals by the minute (`MINUTES`). */
  days(): Map<string, Section[]>;
};

/** The values that one combination of dimensions has taken in this batch, numbered in order of appearance. */
type Combination = {
  name: string;
  of: readonly Dimension[];
  /** The numbers of a single dimension's values, and the value of the event before: most often the next event has the same. */
  numbers: Map<string, number>;
  last: string | undefined;
  /** What two or more dimensions are made of, and their numbers by the numbers of the two parts. */
  parts: { front: Combination; end: Combination } | undefined;
  pairs: number[][];
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
type Day = { values: Bucket; minutes: Map<string, Bucket> };

/** An empty sum of increments for the metrics of a catalog, with minutes in the given time zone. */
export function createIncrements(catalog: readonly Metric[], timeZone: string): Increments {
  const steps = toSteps(catalog);
  const plans = new Map<string, Plan>();
  const days = new Map<string, Day>();
  let last: { day: Day; minute: string; bucket: Bucket } | undefined;

  const planFor = (name: string) => toPlan(steps, name);
  const minuteFor = (day: Day, row: EventRow): Bucket => {
    const minute = row.occurred_at.slice(0, 16);
    if (last?.minute === minute && last.day === day) return last.bucket;
    const bucket = remembered(day.minutes, minuteOf(Date.parse(`${minute}Z`), timeZone), emptyBucket);
    last = { day, minute, bucket };
    return bucket;
  };

  return {
    add(row, live) {
      const plan = remembered(plans, row.name, planFor);
      const day = remembered(days, row.day, emptyDay);
      const minute = live ? minuteFor(day, row) : undefined;
      for (const combination of plan.combinations) renumber(combination, row);
      for (const step of plan.steps) {
        if ((row.is_bot === true && !step.metric.robots) || !holdAll(step.where, row)) continue;
        addValue(day.values, step.metric, step.slots, row);
        if (minute !== undefined) addValue(minute, step.metric, step.total, row);
      }
    },
    days: () => new Map([...days].map(([day, added]) => [day, toSections(added, steps)])),
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
      numbers: new Map(),
      last: undefined,
      parts: of.length > 1 ? { front: combine(of.slice(0, -1)), end: combine(of.slice(-1)) } : undefined,
      pairs: [],
      keys: [],
      now: 0,
    }));
  let at = 0;
  return catalog.map((metric) => {
    const slots = metric.sets.map((set) => ({ metric, combination: combine(set), at: at++ }));
    return { metric, where: metric.where, slots, total: slots.slice(0, 1) };
  });
}

/** The steps for one event name, with every combination that they need, the parts before what is made of them. */
function toPlan(allSteps: readonly Step[], name: string): Plan {
  const steps = allSteps.filter(({ metric }) => listens(metric, name));
  const needed = new Set<Combination>();
  const need = (combination: Combination): void => {
    if (combination.parts !== undefined) Object.values(combination.parts).forEach(need);
    needed.add(combination);
  };
  for (const { combination } of steps.flatMap(({ slots }) => slots)) need(combination);
  return { combinations: [...needed], steps };
}

function holdAll(conditions: readonly Condition[], row: EventRow): boolean {
  for (const { column, is, than } of conditions) {
    const value = row[column];
    if (value === undefined || (is === ">=" ? value < than : value >= than)) return false;
  }
  return true;
}

/** Sets `now` to the number of the event's values. */
function renumber(combination: Combination, row: EventRow): void {
  if (combination.parts === undefined) renumberValue(combination, row);
  else renumberPair(combination, combination.parts, row);
}

function renumberValue(combination: Combination, row: EventRow): void {
  const [dimension] = combination.of;
  const value = dimension === undefined ? "" : text(row[dimension]);
  if (value === combination.last) return;
  combination.last = value;
  const known = combination.numbers.get(value);
  combination.now = known ?? give(combination, row);
  if (known === undefined) combination.numbers.set(value, combination.now);
}

function renumberPair(
  combination: Combination,
  { front, end }: NonNullable<Combination["parts"]>,
  row: EventRow,
): void {
  const numbers = slotOf(combination.pairs, front.now);
  const known = numbers[end.now];
  combination.now = known ?? give(combination, row);
  if (known === undefined) numbers[end.now] = combination.now;
}

/** Numbers a combination of values that was not met before. */
function give({ keys, of }: Combination, row: EventRow): number {
  return keys.push(joinKey(of.map((dimension) => text(row[dimension])))) - 1;
}

function text(value: string | number | boolean | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : String(value);
}

function emptyBucket(): Bucket {
  return { counts: [], sums: [], sketches: [] };
}

function emptyDay(): Day {
  return { values: emptyBucket(), minutes: new Map() };
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

function toSections({ values, minutes }: Day, steps: readonly Step[]): Section[] {
  const slots = steps.flatMap((step) => step.slots);
  const totals = steps.flatMap((step) => step.total);
  return [
    ...slots.map((slot) => toSection(slot, slot.combination.name, [["", values]])),
    ...totals.map((slot) => toSection(slot, MINUTES, minutes)),
  ];
}

/** A slot's values in one bucket, or in one for each minute, which then stands before the other values of its keys. */
function toSection({ metric, combination, at }: Slot, set: string, buckets: Iterable<[string, Bucket]>): Section {
  const section = { metric: metric.name, set, keys: [] as string[], values: [] as Section["values"][number][] };
  for (const [minute, { counts, sums, sketches }] of buckets) {
    const values = counts[at] ?? sums[at] ?? sketches[at] ?? [];
    values.forEach((value, number) => {
      const key = combination.keys[number] ?? "";
      section.keys.push(minute === "" ? key : combination.of.length === 0 ? minute : `${minute}+${key}`);
      section.values.push(value);
    });
  }
  return section;
}
