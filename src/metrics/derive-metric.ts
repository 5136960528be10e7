/**
 * Metrics that are computed from others when they are asked for: a difference or a ratio of kept metrics. Blocks,
 * rollups and the audit do not know them; they are as exact, and have the same history, as the metrics they are
 * computed from.
 */
import { breakdownName, type Dimension, findBreakdown, type Metric } from "./define-metric.ts";

/** A metric's number; `reads` says which of its dimensions is used for a dimension of the derived metric. */
export type Term = { metric: string; reads?: { readonly [D in Dimension]?: Dimension } };

type Difference = { kind: "difference"; of: Term; less?: Term };
type Ratio = { kind: "ratio"; of: Term; to: Term };

export type DerivedInput = {
  name: string;
  /** For people: what the number means, in one line. */
  title: string;
  value: Difference | Ratio;
  /** How a ratio is shown; otherwise as a plain number, or as an amount of its unit. */
  format?: "percent" | "milliseconds";
};

/** A kept metric, added or (`sign` -1) subtracted. */
export type MetricPart = { metric: Metric; reads: { readonly [D in Dimension]?: Dimension }; sign: 1n | -1n };

export type DerivedMetric = DerivedInput & {
  unit?: Dimension;
  breakdowns: readonly (readonly Dimension[])[];
  /** What is added up, and what the sum is divided by; nothing for a difference. */
  of: readonly MetricPart[];
  to: readonly MetricPart[];
};

/**
 * Checks a definition, which may refer to kept metrics and to the differences in `known`, and finds the breakdowns by
 * which all of its parts are kept. Throws a TypeError that says what is wrong.
 */
export function deriveMetric(
  input: DerivedInput,
  catalog: readonly Metric[],
  known: readonly DerivedMetric[],
): DerivedMetric {
  const { name, value } = input;
  const parts = (term: Term | undefined, sign: 1n | -1n) => (term ? partsOf(term, sign, { name, catalog, known }) : []);
  const of = value.kind === "ratio" ? parts(value.of, 1n) : [...parts(value.of, 1n), ...parts(value.less, -1n)];
  const to = value.kind === "ratio" ? parts(value.to, 1n) : [];
  const all = [...of, ...to];
  const set = [of, to]
    .filter(({ length }) => length > 1)
    .flat()
    .find(({ metric }) => metric.value.kind === "distinct");
  if (set !== undefined)
    throw new TypeError(
      `Cannot derive metric "${name}": "${set.metric.name}" is a set, and cannot be added or subtracted`,
    );
  const breakdowns = sharedBreakdowns(all);
  if (breakdowns.length === 0)
    throw new TypeError(`Cannot derive metric "${name}": its parts keep no breakdown together`);
  const unit = all.find(({ metric }) => metric.unit !== undefined)?.metric.unit;
  return { ...input, ...(unit && { unit }), breakdowns, of, to };
}

/** The dimensions of a part that are read for some of the derived metric's. */
export function readBy({ reads }: MetricPart, dimensions: readonly Dimension[]): Dimension[] {
  return dimensions.map((dimension) => reads[dimension] ?? dimension);
}

/** The part's breakdown for one of the derived metric, or undefined if the part is not kept by it. */
export function partBreakdown(part: MetricPart, breakdown: readonly Dimension[]) {
  return findBreakdown(part.metric, readBy(part, breakdown));
}

type Known = { name: string; catalog: readonly Metric[]; known: readonly DerivedMetric[] };

function partsOf(
  { metric: name, reads = {} }: Term,
  sign: 1n | -1n,
  { name: of, catalog, known }: Known,
): MetricPart[] {
  const metric = catalog.find((one) => one.name === name);
  if (metric !== undefined) return [{ metric, reads, sign }];
  const derived = known.find((one) => one.name === name);
  if (derived === undefined || derived.to.length > 0)
    throw new TypeError(`Cannot derive metric "${of}": there is no sum or difference "${name}"`);
  return derived.of.map((part) => ({ ...part, sign: part.sign === sign ? 1n : -1n }));
}

/** The breakdowns by which every part is kept, in terms of the derived metric's dimensions. */
function sharedBreakdowns(parts: readonly MetricPart[]): readonly (readonly Dimension[])[] {
  const all = parts.flatMap(({ metric }) => metric.breakdowns);
  const candidates = new Map(all.map((breakdown) => [breakdownName(breakdown), breakdown]));
  return [...candidates.values()].filter((breakdown) => parts.every((part) => keepsInOrder(part, breakdown)));
}

/** Keys join values in the order of their dimensions, which must be the same for all parts. */
function keepsInOrder(part: MetricPart, breakdown: readonly Dimension[]): boolean {
  const kept = partBreakdown(part, breakdown);
  return kept !== undefined && breakdownName(kept) === breakdownName(readBy(part, breakdown));
}
