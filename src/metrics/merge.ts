/**
 * Adding results up: batches to a day, days to a range, history to the present. Sums are exact (bigint),
 * distinct counts are unions, so the order and the grouping never matter; test/laws proves it on generated events.
 */
import { estimate, mergeSketches, type Sketch } from "./distinct-sketch.ts";

/** What a metric's value is before it becomes one number: an exact sum, or a sketch of a set. */
export type Value = bigint | Sketch;

/** Values by key, the key as `joinKey` writes it. */
export type Tally = ReadonlyMap<string, Value>;

/** Two values of the same metric in one. Throws a TypeError when one is a sum and the other a sketch. */
export function mergeValues(a: Value, b: Value): Value {
  if (typeof a === "bigint" && typeof b === "bigint") return a + b;
  if (typeof a !== "bigint" && typeof b !== "bigint") return mergeSketches(a, b);
  throw new TypeError("Cannot merge a sum with a distinct sketch");
}

/** Tallies added up key by key. */
export function mergeTallies(tallies: Iterable<Tally>): Map<string, Value> {
  const merged = new Map<string, Value>();
  for (const tally of tallies) {
    for (const [key, value] of tally) {
      const known = merged.get(key);
      merged.set(key, known === undefined ? value : mergeValues(known, value));
    }
  }
  return merged;
}

/** Adds a tally that is read only once to another: its sketches become the other's own, and are changed by the next. */
export function addTally(sum: Map<string, Value>, tally: Tally): void {
  for (const [key, value] of tally) {
    const known = sum.get(key);
    sum.set(key, known === undefined ? value : addInto(known, value));
  }
}

/** Adds a value to a sum that nobody else holds: a sum that is a sketch is changed, and is a copy of the first value. */
export function addInto(sum: Value | undefined, value: Value): Value {
  if (sum === undefined) return typeof value === "bigint" ? value : new Map(value);
  if (typeof sum === "bigint" || typeof value === "bigint") return mergeValues(sum, value);
  for (const [register, rank] of value) if ((sum.get(register) ?? 0) < rank) sum.set(register, rank);
  return sum;
}

/** All of a tally's values in one, or undefined when it is empty. */
export function sumOf(tally: Tally): Value | undefined {
  let total: Value | undefined;
  for (const value of tally.values()) total = total === undefined ? value : mergeValues(total, value);
  return total;
}

/** The number that people see. */
export function toNumber(value: Value | undefined): bigint {
  if (value === undefined) return 0n;
  return typeof value === "bigint" ? value : BigInt(estimate(value));
}

/** The numbers of a tally, the largest first, equal ones by their key. */
export function toRanking(tally: Iterable<readonly [string, Value]>): { key: string; value: bigint }[] {
  return [...tally]
    .map(([key, value]) => ({ key, value: toNumber(value) }))
    .sort((a, b) => (a.value === b.value ? (a.key < b.key ? -1 : 1) : a.value > b.value ? -1 : 1));
}
