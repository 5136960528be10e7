/**
 * The form of a block: what one batch, or several together, add to one day, in bytes of which a question unpacks only
 * what it needs. Metrics that are kept by the same breakdown share its keys; a metric's sketches share their pairs of
 * register and rank. The bytes depend on the values alone, not on the order in which they arrive.
 *
 *     breakdowns: name, length of its keys               } the directory
 *     metrics: name, kind, length of its pairs,          }
 *              per breakdown: its index, length          }
 *     keys of each breakdown, as a JSON list
 *     per metric: pairs, then per breakdown: how many keys, their positions (as differences), their values
 */
import { createReader, createWriter } from "./bytes.ts";
import { fromCodes, type Sketch, toCode } from "./distinct-sketch.ts";
import type { Tally, Value } from "./merge.ts";

/** A metric's values by one breakdown: `values` are parallel to `keys`; undefined for a key without a value. */
export type Section = {
  metric: string;
  breakdown: string;
  keys: readonly string[];
  values: readonly (number | Value | undefined)[];
};

/** A block that is read on demand from its bytes. */
export type OpenBlock = {
  /** The metrics and breakdowns that it holds. */
  sections(): { metric: string; breakdown: string; isDistinct: boolean }[];
  /** The values of a section, of all keys or of one; empty when there is no such section. */
  read(metric: string, breakdown: string, only?: string): Map<string, Value>;
  /** Reads many sections, each with all its keys; what they share is unpacked only once. */
  reader(): (metric: string, breakdown: string) => Map<string, Value>;
};

/** The breakdown of the live minutes: a local minute, and the metric's unit if it has one. */
export const MINUTES = "@minute";
/** The metric that rejected events are counted under, by app and by reason; it is not in the catalog. */
export const REJECTED = "rejected";
/** A breakdown of `REJECTED`: requests that were refused before any event was looked at, by reason, app and source. */
export const REFUSED_BREAKDOWN = "refused";

/** The name of a section in lists. */
export function sectionName(metric: string, breakdown: string): string {
  return `${metric} ${breakdown}`;
}

type BlockValue = number | Value;
/** Values beside the positions of their keys, in ascending order. */
type Column = { breakdown: number; positions: number[]; values: BlockValue[] };

/** Values in the form of a section. */
export function toSection(metric: string, breakdown: string, tally: Tally): Section {
  return { metric, breakdown, keys: [...tally.keys()], values: [...tally.values()] };
}

/** The bytes of some sections, at most one for each metric and breakdown; sections without values are left out. */
export function encodeBlock(sections: readonly Section[]): Uint8Array {
  const filled = sections.filter(({ values }) => values.some((value) => value !== undefined));
  const breakdowns = toKeyTables(filled);
  const metrics = [...Map.groupBy(filled, ({ metric }) => metric)].sort(byName);
  const directory = createWriter();
  const body = createWriter();
  directory.uint(breakdowns.length);
  for (const { name, keys } of breakdowns) {
    directory.text(name);
    directory.uint(lengthOf(body, () => body.texts(keys)));
  }
  directory.uint(metrics.length);
  for (const [metric, some] of metrics) writeMetric(directory, body, { metric, columns: toColumns(some, breakdowns) });
  directory.bytes(body.toBytes());
  return directory.toBytes();
}

type Keys = Section["keys"];
/**
 * `orders` gives, for each list of keys, the order in which its keys are written: the index in the list, and the key's
 * position among `keys`.
 */
type KeyTable = { name: string; keys: string[]; orders: Map<Keys, { index: number; position: number }[]> };

/**
 * The sorted keys of each breakdown for which any metric has a value. Metrics that share a list of keys share the work.
 */
function toKeyTables(sections: readonly Section[]): KeyTable[] {
  return [...Map.groupBy(sections, ({ breakdown }) => breakdown)].sort(byName).map(([name, some]) => {
    const lists = [...Map.groupBy(some, ({ keys }) => keys)];
    const used = new Set<string>();
    for (const [list, own] of lists)
      list.forEach((key, i) => void (own.some(({ values }) => values[i] !== undefined) && used.add(key)));
    const keys = [...used].sort();
    const positions = new Map(keys.map((key, position) => [key, position]));
    return { name, keys, orders: new Map(lists.map(([list]) => [list, orderOf(list, positions)])) };
  });
}

function orderOf(list: Keys, positions: ReadonlyMap<string, number>) {
  const order = list.flatMap((key, index) => {
    const position = positions.get(key);
    return position === undefined ? [] : [{ index, position }];
  });
  return order.sort((a, b) => a.position - b.position);
}

function toColumns(sections: readonly Section[], breakdowns: readonly KeyTable[]): Column[] {
  const byBreakdown = new Map(sections.map((section) => [section.breakdown, section]));
  return breakdowns.flatMap(({ name, orders }, breakdown) => {
    const section = byBreakdown.get(name);
    if (section === undefined) return [];
    const column: Column = { breakdown, positions: [], values: [] };
    for (const { index, position } of orders.get(section.keys) ?? []) {
      const value = section.values[index];
      if (value === undefined) continue;
      column.positions.push(position);
      column.values.push(value);
    }
    return [column];
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
  const positions = new Map(codes?.map((code, position) => [code, position]));
  directory.uint(columns.length);
  for (const { breakdown, positions: keys, values } of columns) {
    directory.uint(breakdown);
    const write = () => {
      writeRising(body, keys);
      for (const value of values) writeValue(body, value, positions);
    };
    directory.uint(lengthOf(body, write));
  }
}

/** Every pair of register and rank in a metric's sketches; undefined for a metric of sums. */
function codesOf(columns: readonly Column[]): number[] | undefined {
  const codes = new Set<number>();
  let isDistinct = false;
  for (const { values } of columns) {
    for (const value of values) {
      if (typeof value !== "object") continue;
      isDistinct = true;
      for (const [register, rank] of value) codes.add(toCode(register, rank));
    }
  }
  return isDistinct ? [...codes].sort((a, b) => a - b) : undefined;
}

function writeValue(body: Writer, value: BlockValue, positions: ReadonlyMap<number, number>): void {
  if (typeof value !== "object") body.int(value);
  else
    writeRising(body, [...value].map(([register, rank]) => positions.get(toCode(register, rank)) ?? 0).sort(ascending));
}

/** Writes ascending numbers: how many there are, then the difference of each to the one before. */
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

/** Reads a block. Its methods throw a RangeError for bytes that `encodeBlock` did not write. */
export function openBlock(bytes: Uint8Array): OpenBlock {
  return {
    sections() {
      const sections: ReturnType<OpenBlock["sections"]> = [];
      walk(bytes, (metric, breakdown, isDistinct) => void sections.push({ metric, breakdown, isDistinct }));
      return sections;
    },
    read(metric, breakdown, only) {
      const offsets = findSection(bytes, metric, breakdown);
      if (offsets === undefined) return new Map();
      const keys = createReader(bytes, offsets.keys).texts(offsets.keysLength);
      const wanted = only === undefined ? undefined : keys.indexOf(only);
      if (wanted === -1) return new Map();
      const codes = offsets.pairs === undefined ? undefined : readRising(createReader(bytes, offsets.pairs));
      return readColumn(createReader(bytes, offsets.values, offsets.end), { keys, wanted, codes });
    },
    reader: () => createSectionReader(bytes),
  };
}

function createSectionReader(bytes: Uint8Array) {
  const found = new Map<string, { pairs: number | undefined; at: number; end: number }>();
  const { breakdowns, bodyAt } = walk(bytes, (metric, breakdown, isDistinct, { pairs, values, length }) => {
    found.set(sectionName(metric, breakdown), {
      pairs: isDistinct ? pairs : undefined,
      at: values,
      end: values + length,
    });
  });
  const keysOf = new Map<string, string[]>();
  let at = bodyAt;
  for (const { name, length } of breakdowns) {
    keysOf.set(name, createReader(bytes, at).texts(length));
    at += length;
  }
  const codesOf = new Map<string, number[]>();
  const readCodes = (metric: string, pairs: number): number[] => {
    const codes = codesOf.get(metric) ?? readRising(createReader(bytes, bodyAt + pairs));
    codesOf.set(metric, codes);
    return codes;
  };
  return (metric: string, breakdown: string): Map<string, Value> => {
    const offsets = found.get(sectionName(metric, breakdown));
    if (offsets === undefined) return new Map();
    const codes = offsets.pairs === undefined ? undefined : readCodes(metric, offsets.pairs);
    const keys = keysOf.get(breakdown) ?? [];
    return readColumn(createReader(bytes, bodyAt + offsets.at, bodyAt + offsets.end), {
      keys,
      wanted: undefined,
      codes,
    });
  };
}

/** The offsets of a section's keys, pairs (of sketches) and values. */
type SectionOffsets = { keys: number; keysLength: number; pairs: number | undefined; values: number; end: number };

/**
 * Finds a section. A question reads one section of each block, and may read thousands of blocks, so this walks the
 * directory and keeps nothing of it. The directory holds lengths; offsets follow from these once the end of the
 * directory is known.
 */
function findSection(bytes: Uint8Array, metric: string, breakdown: string): SectionOffsets | undefined {
  let found: { pairs: number | undefined; values: number; length: number } | undefined;
  const { breakdowns, bodyAt } = walk(bytes, (name, ofBreakdown, isDistinct, at) => {
    if (name === metric && ofBreakdown === breakdown)
      found = { pairs: isDistinct ? at.pairs : undefined, values: at.values, length: at.length };
  });
  if (found === undefined) return undefined;
  let keys = bodyAt;
  for (const { name, length } of breakdowns) {
    if (name === breakdown) {
      const { pairs, values } = found;
      const start = bodyAt + values;
      return {
        keys,
        keysLength: length,
        pairs: pairs === undefined ? undefined : bodyAt + pairs,
        values: start,
        end: start + found.length,
      };
    }
    keys += length;
  }
  return undefined;
}

/** Offsets count from the end of the directory. */
type Found = (
  metric: string,
  breakdown: string,
  isDistinct: boolean,
  at: { pairs: number; values: number; length: number },
) => void;

/** Walks through a directory; returns the breakdowns with the lengths of their keys, and where the directory ends. */
function walk(bytes: Uint8Array, found: Found): { breakdowns: { name: string; length: number }[]; bodyAt: number } {
  const reader = createReader(bytes);
  const breakdowns: { name: string; length: number }[] = [];
  let at = 0;
  for (let left = reader.uint(); left > 0; left--) {
    const breakdown = { name: reader.text(), length: reader.uint() };
    breakdowns.push(breakdown);
    at += breakdown.length;
  }
  const offsets = { pairs: 0, values: 0, length: 0 };
  for (let left = reader.uint(); left > 0; left--) {
    const metric = reader.text();
    const isDistinct = reader.uint() === 1;
    offsets.pairs = at;
    if (isDistinct) at += reader.uint();
    for (let more = reader.uint(); more > 0; more--) {
      const breakdown = breakdowns[reader.uint()]?.name ?? "";
      offsets.values = at;
      offsets.length = reader.uint();
      found(metric, breakdown, isDistinct, offsets);
      at += offsets.length;
    }
  }
  return { breakdowns, bodyAt: reader.at };
}

type Reader = ReturnType<typeof createReader>;
type ColumnOf = { keys: readonly string[]; wanted: number | undefined; codes: readonly number[] | undefined };

function readColumn(reader: Reader, { keys, wanted, codes }: ColumnOf): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const position of readRising(reader)) {
    const isWanted = wanted === undefined || wanted === position;
    const value = codes === undefined ? reader.int() : readSketch(reader, codes, isWanted);
    if (isWanted) values.set(keys[position] ?? "", value);
  }
  return values;
}

function readSketch(reader: Reader, codes: readonly number[], isWanted: boolean): Sketch {
  const positions = readRising(reader);
  return isWanted ? fromCodes(positions.map((position) => codes[position] ?? 0)) : new Map();
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
