/**
 * The stream's compiler. It turns the catalog into a plan for each event name, and the plan adds events up in memory,
 * so that thousands of events of a batch become one value for each counter. This is the hottest loop of the pipeline:
 * each combination of values gets a small number once per event (`numbers` and `pairs` below), and all metrics that
 * share the breakdown count in arrays under that number.
 */
import type { EventRow } from "../schemas/tables/event-columns.ts";
import { MINUTES, type Section } from "./block.ts";
import { breakdownName, type Condition, type Dimension, HOUR, listens, type Metric } from "./define-metric.ts";
import { addTo, CODES, type Sketch, toCode } from "./distinct-sketch.ts";
import { joinKey } from "./key.ts";
import { hourOf, minuteOf, startOfDay } from "./time-bucket.ts";

export type Increments = {
  /** Counts one event in its day; if `live`, also in its minute. */
  add(row: EventRow, live: boolean): void;
  /** What was added to each day: its metrics by every breakdown, and their totals by minute (`MINUTES`). */
  days(): Map<string, Section[]>;
};

type DimensionValue = EventRow[Exclude<Dimension, typeof HOUR>];
/** There is no previous event. */
const NOTHING = Symbol("nothing");

/** The values of one breakdown's dimensions in this batch, numbered in order of appearance. */
type Breakdown = {
  name: string;
  of: readonly Dimension[];
  /**
   * For a single dimension: the numbers of its values, and the value of the previous event, because the next event most
   * often has the same.
   */
  numbers: Map<string, number>;
  last: DimensionValue | undefined | typeof NOTHING;
  /**
   * For two or more dimensions: the two breakdowns they are made of, and the numbers of the pairs, by the numbers of
   * the two.
   */
  parts: { front: Breakdown; end: Breakdown } | undefined;
  pairs: number[][];
  keys: string[];
  /** The number of the values of the event that is being added. */
  current: number;
};

/** A metric by one breakdown, and the index of its values in a bucket. */
type Slot = { metric: Metric; breakdown: Breakdown; at: number };
/** `total` is the first slot alone, which is all that the live minutes keep. */
type Step = { metric: Metric; slots: readonly Slot[]; total: readonly Slot[] };
/**
 * What is done for events of one name; robots have plans of their own. Most metrics only count: for these, each
 * breakdown is counted once (`counting`), however many metrics keep it. The others have their own values in each slot
 * (`adding`).
 */
type Plan = { at: number; breakdowns: readonly Breakdown[]; counting: readonly Step[]; adding: readonly Step[] };

/**
 * Values by slot, then by the number of the breakdown's values. `last` is what each sketch took last; taking it again
 * changes nothing.
 */
type Bucket = { counts: number[][]; sums: bigint[][]; sketches: Sketch[][]; last: number[] };
/** `counted` has the counts of each plan, by breakdown and then by the number of its values. */
type Day = { start: number; counted: number[][][]; values: Bucket; minutes: Map<string, Bucket> };
/** A UTC minute on a given day; the next event is most often in the same minute. */
type Moment = { day: Day; minute: string; hour: string; bucket: Bucket | undefined };

/** An empty sum of increments for the metrics of a catalog; its minutes are in the given time zone. */
export function createIncrements(catalog: readonly Metric[], timeZone: string): Increments {
  const steps = toSteps(catalog);
  const plans: Plan[] = [];
  const plansOf = { people: new Map<string, Plan>(), robots: new Map<string, Plan>() };
  const days = new Map<string, Day>();
  let last: Moment | undefined;

  const makePlan = (name: string, isBot: boolean) => {
    const plan = toPlan(steps, { name, isBot, at: plans.length });
    plans.push(plan);
    return plan;
  };
  const forPeople = (name: string) => makePlan(name, false);
  const forRobots = (name: string) => makePlan(name, true);
  const makeDay = (day: string): Day => emptyDay(startOfDay(day, timeZone));
  const momentOf = (day: Day, row: EventRow): Moment => {
    const minute = row.occurred_at.slice(0, 16);
    if (last?.minute === minute && last.day === day) return last;
    const hour = String(hourOf(Date.parse(`${minute}Z`), day.start));
    last = { day, minute, hour, bucket: undefined };
    return last;
  };
  const minuteFor = (moment: Moment): Bucket => {
    const { day, minute } = moment;
    moment.bucket ??= remembered(day.minutes, minuteOf(Date.parse(`${minute}Z`), timeZone), emptyBucket);
    return moment.bucket;
  };

  return {
    add(row, live) {
      const plan =
        row.is_bot === true
          ? remembered(plansOf.robots, row.name, forRobots)
          : remembered(plansOf.people, row.name, forPeople);
      const day = remembered(days, row.day, makeDay);
      const moment = momentOf(day, row);
      countBreakdowns(plan, day, row, moment.hour);
      const minute = live ? minuteFor(moment) : undefined;
      if (minute !== undefined) for (const { total } of plan.counting) addCount(minute.counts, total);
      for (const { metric, slots, total } of plan.adding) {
        if (!holdAll(metric.where, row)) continue;
        addValue(day.values, metric, slots, row);
        if (minute !== undefined) addValue(minute, metric, total, row);
      }
    },
    days: () => new Map([...days].map(([day, added]) => [day, toSections(added, steps, plans)])),
  };
}

/** Finds the numbers of each breakdown's values, and counts them. */
function countBreakdowns({ at, breakdowns }: Plan, { counted }: Day, row: EventRow, hour: string): void {
  const counts = slotOf(counted, at);
  for (let i = 0; i < breakdowns.length; i++) {
    const breakdown = breakdowns[i] as Breakdown;
    renumber(breakdown, row, hour);
    const values = slotOf(counts, i);
    values[breakdown.current] = (values[breakdown.current] ?? 0) + 1;
  }
}

function remembered<K, V>(map: Map<K, V>, key: K, make: (key: K) => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  map.set(key, made);
  return made;
}

function toSteps(catalog: readonly Metric[]): Step[] {
  const breakdowns = new Map<string, Breakdown>();
  const combine = (of: readonly Dimension[]): Breakdown =>
    remembered(breakdowns, breakdownName(of), (name) => ({
      name,
      of,
      numbers: new Map(),
      last: NOTHING,
      parts: of.length > 1 ? { front: combine(of.slice(0, -1)), end: combine(of.slice(-1)) } : undefined,
      pairs: [],
      keys: [],
      current: 0,
    }));
  let at = 0;
  return catalog.map((metric) => {
    const slots = metric.breakdowns.map((breakdown) => ({ metric, breakdown: combine(breakdown), at: at++ }));
    return { metric, slots, total: slots.slice(0, 1) };
  });
}

/** The steps for one event name, with every breakdown that they need; parts come before the breakdowns made of them. */
function toPlan(allSteps: readonly Step[], { name, isBot, at }: { name: string; isBot: boolean; at: number }): Plan {
  const steps = allSteps.filter(({ metric }) => listens(metric, name) && (metric.robots || !isBot));
  const needed = new Set<Breakdown>();
  const need = (breakdown: Breakdown): void => {
    if (breakdown.parts !== undefined) Object.values(breakdown.parts).forEach(need);
    needed.add(breakdown);
  };
  for (const { breakdown } of steps.flatMap(({ slots }) => slots)) need(breakdown);
  const [counting, adding] = [steps.filter(justCounts), steps.filter((step) => !justCounts(step))];
  return { at, breakdowns: [...needed], counting, adding };
}

function justCounts({ metric }: Step): boolean {
  return metric.value.kind === "count" && metric.where.length === 0;
}

const compare = {
  ">=": (value: number, than: number) => value >= than,
  "<": (value: number, than: number) => value < than,
  "=": (value: number, than: number) => value === than,
} satisfies Record<Condition["is"], (value: number, than: number) => boolean>;

function holdAll(conditions: readonly Condition[], row: EventRow): boolean {
  for (const { column, is, than } of conditions) {
    const value = row[column];
    if (value === undefined || !compare[is](value, than)) return false;
  }
  return true;
}

/** Sets `current` to the number of the event's values. */
function renumber(breakdown: Breakdown, row: EventRow, hour: string): void {
  if (breakdown.parts === undefined) renumberValue(breakdown, row, hour);
  else renumberPair(breakdown, breakdown.parts, row, hour);
}

function renumberValue(breakdown: Breakdown, row: EventRow, hour: string): void {
  const [dimension] = breakdown.of;
  const value = dimension === undefined ? undefined : valueIn(row, dimension, hour);
  if (value === breakdown.last) return;
  breakdown.last = value;
  const key = text(value);
  const known = breakdown.numbers.get(key);
  breakdown.current = known ?? give(breakdown, row, hour);
  if (known === undefined) breakdown.numbers.set(key, breakdown.current);
}

function renumberPair(
  breakdown: Breakdown,
  { front, end }: NonNullable<Breakdown["parts"]>,
  row: EventRow,
  hour: string,
): void {
  const numbers = slotOf(breakdown.pairs, front.current);
  const known = numbers[end.current];
  breakdown.current = known ?? give(breakdown, row, hour);
  if (known === undefined) numbers[end.current] = breakdown.current;
}

/** Numbers a combination of values that was not seen before. */
function give({ keys, of }: Breakdown, row: EventRow, hour: string): number {
  return keys.push(joinKey(of.map((dimension) => text(valueIn(row, dimension, hour))))) - 1;
}

function valueIn(row: EventRow, dimension: Dimension, hour: string): DimensionValue {
  return dimension === HOUR ? hour : row[dimension];
}

function text(value: string | number | boolean | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : String(value);
}

function emptyBucket(): Bucket {
  return { counts: [], sums: [], sketches: [], last: [] };
}

function emptyDay(start: number): Day {
  return { start, counted: [], values: emptyBucket(), minutes: new Map() };
}

function addValue(bucket: Bucket, { value }: Metric, slots: readonly Slot[], row: EventRow): void {
  if (value.kind === "count") addCount(bucket.counts, slots);
  else if (value.kind === "sum") addSum(bucket.sums, slots, BigInt(row[value.column] ?? 0));
  else if (value.of === "visitor") addDistinct(bucket, slots, row.visitor_register, row.visitor_rank);
  else addDistinct(bucket, slots, row.user_register, row.user_rank);
}

function addCount(counts: number[][], slots: readonly Slot[]): void {
  for (const { at, breakdown } of slots) {
    const values = slotOf(counts, at);
    values[breakdown.current] = (values[breakdown.current] ?? 0) + 1;
  }
}

function addSum(sums: bigint[][], slots: readonly Slot[], addend: bigint): void {
  for (const { at, breakdown } of slots) {
    const values = slotOf(sums, at);
    values[breakdown.current] = (values[breakdown.current] ?? 0n) + addend;
  }
}

/**
 * An event without the id has no coordinates and is in no set. Most events of a request come from one visitor, and so
 * have the same coordinates.
 */
function addDistinct({ sketches, last }: Bucket, slots: readonly Slot[], register?: number, rank?: number): void {
  if (register === undefined || rank === undefined) return;
  const code = toCode(register, rank);
  for (const { at, breakdown } of slots) {
    const taken = breakdown.current * CODES + code;
    if (last[at] === taken) continue;
    last[at] = taken;
    const values = slotOf(sketches, at);
    let sketch = values[breakdown.current];
    if (sketch === undefined) {
      sketch = new Map();
      values[breakdown.current] = sketch;
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

function toSections(day: Day, steps: readonly Step[], plans: readonly Plan[]): Section[] {
  const totals = steps.flatMap((step) => step.total);
  return [
    ...steps.flatMap((step) => (justCounts(step) ? toCounted(step, day, plans) : toAdded(step, day))),
    ...totals.map((slot) => toMinutes(slot, day.minutes)),
  ];
}

function toAdded({ slots }: Step, { values }: Day): Section[] {
  return slots.map((slot) => toSection(slot, values));
}

/** A metric's values, added up over the plans of the events that it counts. */
function toCounted(step: Step, { counted }: Day, plans: readonly Plan[]): Section[] {
  const own = plans.filter(({ counting }) => counting.includes(step));
  return step.slots.map((slot) => {
    const counts: number[][] = [];
    const sums = slotOf(counts, slot.at);
    for (const { at, breakdowns } of own) {
      const values = counted[at]?.[breakdowns.indexOf(slot.breakdown)] ?? [];
      values.forEach((value, number) => {
        sums[number] = (sums[number] ?? 0) + value;
      });
    }
    return toSection(slot, { ...emptyBucket(), counts });
  });
}

/** A slot's values in one bucket; the keys are shared by all metrics that keep the breakdown. */
function toSection({ metric, breakdown, at }: Slot, { counts, sums, sketches }: Bucket): Section {
  const values = counts[at] ?? sums[at] ?? sketches[at] ?? [];
  return { metric: metric.name, breakdown: breakdown.name, keys: breakdown.keys, values };
}

/** A slot's values by minute; the minute comes first in the key. */
function toMinutes({ metric, breakdown, at }: Slot, minutes: ReadonlyMap<string, Bucket>): Section {
  const section = {
    metric: metric.name,
    breakdown: MINUTES,
    keys: [] as string[],
    values: [] as Section["values"][number][],
  };
  for (const [minute, { counts, sums, sketches }] of minutes) {
    const values = counts[at] ?? sums[at] ?? sketches[at] ?? [];
    values.forEach((value, number) => {
      section.keys.push(breakdown.of.length === 0 ? minute : `${minute}+${breakdown.keys[number] ?? ""}`);
      section.values.push(value);
    });
  }
  return section;
}
