/**
 * The form of a block: what one batch, or several together, add to one day, as bytes of which only what a question needs is
 * unpacked. Metrics that are kept by the same combination share its keys, the sketches of a metric share their pairs of register
 * and rank. The bytes follow from the values alone, not from the order in which they come.
 *
 *     combinations: name, length of its keys            } the directory
 *     metrics: name, kind, length of its pairs,         }
 *              per combination: which, length           }
 *     keys of each combination, as a JSON list
 *     per metric: pairs, then per combination: how many, which keys (distances), their values
 */
import { createReader, createWriter } from "./bytes.ts";
import { fromCodes, type Sketch, toCode } from "./distinct-sketch.ts";
import type { Partial, Tally } from "./merge.ts";

/** A metric's values by one combination: `values` beside the `keys` that they belong to, undefined for a key without one. */
export type Section = {
  metric: string;
  set: string;
  keys: readonly string[];
  values: readonly (number | Partial | undefined)[];
};

/** A block whose directory was read. */
export type OpenBlock = {
  /** What it holds: metrics and combinations. */
  sections: { metric: string; set: string; isDistinct: boolean }[];
  /** The values of a section, of all keys or of one; empty when there is no such section. */
  read(metric: string, set: string, only?: string): Map<string, Partial>;
};

/** The combination that live minutes stand under: a local minute, and the metric's unit if it has one. */
export const MINUTES = "@minute";
/** What rejected events are counted as, by app and by reason; it is no metric of the catalog. */
export const REJECTED = "rejected";

type Value = number | Partial;
type Column = { set: number; entries: [key: number, value: Value][] };

/** Values as the section of a block. */
export function toSection(metric: string, set: string, tally: Tally): Section {
  return { metric, set, keys: [...tally.keys()], values: [...tally.values()] };
}

/** The bytes of some sections; those without values are left out. Of one metric and combination there is one section. */
export function encodeBlock(sections: readonly Section[]): Uint8Array {
  const filled = sections.filter(({ values }) => values.some((value) => value !== undefined));
  const sets = toKeyTables(filled);
  const metrics = [...Map.groupBy(filled, ({ metric }) => metric)].sort(byName);
  const directory = createWriter();
  const body = createWriter();
  directory.uint(sets.length);
  for (const { name, keys } of sets) {
    directory.text(name);
    directory.uint(lengthOf(body, () => body.texts(keys)));
  }
  directory.uint(metrics.length);
  for (const [metric, some] of metrics) writeMetric(directory, body, { metric, columns: toColumns(some, sets) });
  directory.bytes(body.toBytes());
  return directory.toBytes();
}

type KeyTable = { name: string; keys: string[]; places: Map<string, number> };

/** The keys of each combination that any metric has a value for, in order. */
function toKeyTables(sections: readonly Section[]): KeyTable[] {
  return [...Map.groupBy(sections, ({ set }) => set)].sort(byName).map(([name, some]) => {
    const used = new Set<string>();
    for (const { keys, values } of some) keys.forEach((key, i) => void (values[i] !== undefined && used.add(key)));
    const keys = [...used].sort();
    return { name, keys, places: new Map(keys.map((key, place) => [key, place])) };
  });
}

function toColumns(sections: readonly Section[], sets: readonly KeyTable[]): Column[] {
  return sets.flatMap(({ name, places }, set) => {
    const section = sections.find((one) => one.set === name);
    if (section === undefined) return [];
    const entries: [number, Value][] = [];
    section.keys.forEach((key, i) => {
      const value = section.values[i];
      const place = places.get(key);
      if (value !== undefined && place !== undefined) entries.push([place, value]);
    });
    return [{ set, entries: entries.sort(([a], [b]) => a - b) }];
  });
}

type Writer = ReturnType<typeof createWriter>;

function writeMetric(
  directory: Writer,
  body: Writer,
  { metric, columns }: { metric: string; columns: Column[] },
): void {
  const codes = codesOf(columns);
  directory.text(metric);
  directory.uint(codes === undefined ? 0 : 1);
  if (codes !== undefined) directory.uint(lengthOf(body, () => writeRising(body, codes)));
  const places = new Map(codes?.map((code, place) => [code, place]));
  directory.uint(columns.length);
  for (const { set, entries } of columns) {
    directory.uint(set);
    const write = () => {
      writeRising(
        body,
        entries.map(([key]) => key),
      );
      for (const [, value] of entries) writeValue(body, value, places);
    };
    directory.uint(lengthOf(body, write));
  }
}

/** Every pair of register and rank in a metric's sketches, or undefined when it has sums. */
function codesOf(columns: readonly Column[]): number[] | undefined {
  const codes = new Set<number>();
  let isDistinct = false;
  for (const { entries } of columns) {
    for (const [, value] of entries) {
      if (typeof value !== "object") continue;
      isDistinct = true;
      for (const [register, rank] of value) codes.add(toCode(register, rank));
    }
  }
  return isDistinct ? [...codes].sort((a, b) => a - b) : undefined;
}

function writeValue(body: Writer, value: Value, places: ReadonlyMap<number, number>): void {
  if (typeof value !== "object") body.int(value);
  else writeRising(body, [...value].map(([register, rank]) => places.get(toCode(register, rank)) ?? 0).sort(ascending));
}

/** Rising numbers as how many there are and how far each is from the one before. */
function writeRising(body: Writer, numbers: readonly number[]): void {
  body.uint(numbers.length);
  let last = 0;
  for (const number of numbers) {
    body.uint(number - last);
    last = number;
  }
}

function lengthOf(body: Writer, write: () => void): number {
  const before = body.length;
  write();
  return body.length - before;
}

type Place = { at: number; length: number };
type MetricPlaces = { pairs: Place | undefined; columns: Map<string, Place> };

/** Reads a block's directory. Throws a RangeError for bytes that `encodeBlock` did not write. */
export function openBlock(bytes: Uint8Array): OpenBlock {
  const { sets, metrics } = readDirectory(bytes);
  const keysOf = (set: string): string[] => {
    const place = sets.get(set);
    return place === undefined ? [] : createReader(bytes, place.at).texts(place.length);
  };
  return {
    sections: [...metrics].flatMap(([metric, { pairs, columns }]) =>
      [...columns.keys()].map((set) => ({ metric, set, isDistinct: pairs !== undefined })),
    ),
    read(metric, set, only) {
      const places = metrics.get(metric);
      const column = places?.columns.get(set);
      if (places === undefined || column === undefined) return new Map();
      const keys = keysOf(set);
      const wanted = only === undefined ? undefined : keys.indexOf(only);
      if (wanted === -1) return new Map();
      const codes = places.pairs && readRising(createReader(bytes, places.pairs.at));
      return readColumn(createReader(bytes, column.at, column.at + column.length), { keys, wanted, codes });
    },
  };
}

function readDirectory(bytes: Uint8Array) {
  const reader = createReader(bytes);
  const sets: [string, number][] = [];
  for (let left = reader.uint(); left > 0; left--) sets.push([reader.text(), reader.uint()]);
  const metrics: { name: string; pairs: number | undefined; columns: [number, number][] }[] = [];
  for (let left = reader.uint(); left > 0; left--) {
    const name = reader.text();
    const pairs = reader.uint() === 1 ? reader.uint() : undefined;
    const columns: [number, number][] = [];
    for (let more = reader.uint(); more > 0; more--) columns.push([reader.uint(), reader.uint()]);
    metrics.push({ name, pairs, columns });
  }
  return toPlaces(reader.at, sets, metrics);
}

function toPlaces(
  start: number,
  sets: readonly [string, number][],
  metrics: readonly { name: string; pairs: number | undefined; columns: readonly [number, number][] }[],
) {
  let next = start;
  const place = (length: number): Place => {
    next += length;
    return { at: next - length, length };
  };
  const keys = new Map(sets.map(([name, length]) => [name, place(length)]));
  const known = new Map<string, MetricPlaces>();
  for (const { name, pairs, columns } of metrics) {
    const at = pairs === undefined ? undefined : place(pairs);
    known.set(name, {
      pairs: at,
      columns: new Map(columns.map(([set, length]) => [sets[set]?.[0] ?? "", place(length)])),
    });
  }
  return { sets: keys, metrics: known };
}

type Reader = ReturnType<typeof createReader>;
type ColumnOf = { keys: readonly string[]; wanted: number | undefined; codes: readonly number[] | undefined };

function readColumn(reader: Reader, { keys, wanted, codes }: ColumnOf): Map<string, Partial> {
  const values = new Map<string, Partial>();
  for (const place of readRising(reader)) {
    const isWanted = wanted === undefined || wanted === place;
    const value = codes === undefined ? reader.int() : readSketch(reader, codes, isWanted);
    if (isWanted) values.set(keys[place] ?? "", value);
  }
  return values;
}

function readSketch(reader: Reader, codes: readonly number[], isWanted: boolean): Sketch {
  const places = readRising(reader);
  return isWanted ? fromCodes(places.map((place) => codes[place] ?? 0)) : new Map();
}

function readRising(reader: Reader): number[] {
  const numbers: number[] = new Array(reader.uint());
  let last = 0;
  for (let i = 0; i < numbers.length; i++) {
    last += reader.uint();
    numbers[i] = last;
  }
  return numbers;
}

function ascending(a: number, b: number): number {
  return a - b;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
