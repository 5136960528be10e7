/**
 * Adds results up: batches to a day, days to a range, history to the present. Sums are exact (bigint) and distinct
 * counts are unions, so order and grouping never matter; test/laws checks this on generated events.
 */
import { estimate, mergeSketches, type Sketch } from "./distinct-sketch.ts";

/** A metric's value before it becomes one number: an exact sum, or the sketch of a set. */
export type Value = bigint | Sketch;

/** Values by key, the key as `joinKey` writes it. */
export type Tally = ReadonlyMap<string, Value>;

/** Two values of the same metric, merged. Throws a TypeError when one is a sum and the other a sketch. */
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

/**
 * Adds a tally to `sum`. The tally must not be used afterwards: `sum` takes over its sketches, and changes them later.
 */
export function addTally(sum: Map<string, Value>, tally: Tally): void {
  for (const [key, value] of tally) {
    const known = sum.get(key);
    sum.set(key, known === undefined ? value : addInto(known, value));
  }
}

/**
 * Adds a value to a sum that nobody else holds. A sketch in `sum` is changed in place; it starts as a copy of the first
 * value.
 */
export function addInto(sum: Value | undefined, value: Value): Value {
  if (sum === undefined) return typeof value === "bigint" ? value : new Map(value);
  if (typeof sum === "bigint" || typeof value === "bigint") return mergeValues(sum, value);
  for (const [register, rank] of value) if ((sum.get(register) ?? 0) < rank) sum.set(register, rank);
  return sum;
}

/** All values of a tally merged into one; undefined when the tally is empty. */
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

/** The numbers of a tally, largest first; equal ones in the order of their keys. */
export function toRanking(tally: Iterable<readonly [string, Value]>): { key: string; value: bigint }[] {
  return [...tally]
    .map(([key, value]) => ({ key, value: toNumber(value) }))
    .sort((a, b) => (a.value === b.value ? (a.key < b.key ? -1 : 1) : a.value > b.value ? -1 : 1));
}
