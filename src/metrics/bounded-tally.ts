/**
 * Bounds how many values of a breakdown are kept separately while a day is counted. Values come from outside, so
 * nothing else bounds them: beyond the largest, they are added up under `OTHER`. Nothing is lost: the values of a
 * breakdown always add up to its total, and so do those of each app, device, channel and unit, which `OTHER` keeps
 * separate. Rollups keep every value.
 */
import { addInto, type Tally, type Value } from "./merge.ts";

/** Stands in a key for values that were added up. No value can look like it: `#` is escaped in keys (key.ts). */
export const OTHER = "#other";

/** The most keys that a breakdown may have, and the most characters in all of them together. */
export type Bounds = { keys: number; characters: number };
const BOUNDS: Bounds = { keys: 10_000, characters: 500_000 };

/** Dimensions that have few values, whoever sends: totals by these stay exact. */
const fewValued = new Set(["app", "channel", "device", "currency", "status", "level", "hour"]);

/**
 * The tally itself if it is within bounds; else its largest values, the same in whatever order they arrived, and the
 * sums of the rest. By app, each app has an equal share of the bounds: what fits one's share stays apart at every fold,
 * whatever the others send, and what an app leaves of its share goes to the others.
 */
export function boundTally(breakdown: string, tally: Tally, bounds: Bounds = BOUNDS): Tally {
  const dimensions = breakdown.split("+");
  if (breakdown === "" || dimensions.every((name) => fewValued.has(name)) || isWithin(tally, bounds)) return tally;
  const bounded = new Map<string, Value>();
  const apart = dimensions.includes("app")
    ? fairlyLargest(tally, dimensions.indexOf("app"), bounds)
    : largestOf(tally, bounds);
  for (const [key, value] of tally) {
    const under = apart.has(key) ? key : otherOf(dimensions, key);
    bounded.set(under, addInto(bounded.get(under), value));
  }
  return bounded;
}

/** The keys to keep separately where the keys name an app, from the app with the least to the one with the most. */
function fairlyLargest(tally: Tally, appAt: number, bounds: Bounds): Set<string> {
  const apps = Map.groupBy(
    [...tally].filter(([key]) => !isOther(key)),
    ([key]) => key.split("+")[appAt],
  );
  const needs = [...apps]
    .map(([app = "", own]) => ({ app, own: new Map(own), need: needOf(own, bounds) }))
    .sort((a, b) => a.need - b.need || (a.app < b.app ? -1 : 1));
  const left = { ...bounds };
  const all = new Set<string>();
  for (const [i, { own }] of needs.entries()) {
    const apps = needs.length - i;
    const share = { keys: Math.floor(left.keys / apps), characters: Math.floor(left.characters / apps) };
    for (const key of isWithin(own, share) ? own.keys() : largestOf(own, share)) {
      all.add(key);
      left.keys--;
      left.characters -= key.length;
    }
  }
  return all;
}

/** How much of the bounds these values take: 1 is all. */
function needOf(values: readonly (readonly [string, Value])[], { keys, characters }: Bounds): number {
  const length = values.reduce((sum, [key]) => sum + key.length, 0);
  return Math.max(values.length / keys, length / characters);
}

/** The largest keys; of equal values, those with the smaller keys. */
function largestOf(tally: Tally, bounds: Bounds): Set<string> {
  const all: { key: string; weight: number }[] = [];
  for (const [key, value] of tally) if (!isOther(key)) all.push({ key, weight: weightOf(value) });
  const weights = Float64Array.from(all, ({ weight }) => weight).sort();
  const least = weights.at(-bounds.keys) ?? 0;
  const candidates = all.filter(({ weight }) => weight >= least);
  candidates.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
  const largest = new Set<string>();
  let characters = 0;
  for (const { key } of candidates) {
    if (largest.size === bounds.keys || characters + key.length > bounds.characters) break;
    largest.add(key);
    characters += key.length;
  }
  return largest;
}

/** Whether a key stands for values that were added up. */
export function isOther(key: string): boolean {
  return key.includes(OTHER);
}

function isWithin(tally: Tally, bounds: Bounds): boolean {
  if (tally.size > bounds.keys) return false;
  let characters = 0;
  for (const key of tally.keys()) characters += key.length;
  return characters <= bounds.characters;
}

/** A sketch weighs as much as the number of registers that it has hit. */
function weightOf(value: Value): number {
  return typeof value === "bigint" ? Math.abs(Number(value)) : value.size;
}

function otherOf(dimensions: readonly string[], key: string): string {
  const values = key.split("+");
  return dimensions.map((name, i) => (fewValued.has(name) ? (values[i] ?? "") : OTHER)).join("+");
}
