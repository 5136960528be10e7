/**
 * A metric is data, so that two compilers can read the same definition. `increments.ts` turns it into what the stream
 * adds to a day, `src/athena-queries/metric-rollup.ts` into the SQL of the rollup; test/laws checks that the two agree.
 */
import type { EventColumn } from "../schemas/tables/event-columns.ts";

/**
 * The hour of the local day (`hourOf` in time-bucket.ts). It follows from the time of the event, so it has no column of
 * its own.
 */
export const HOUR = "hour";

/** What a number can be broken down by, in the order used in keys. */
export const dimensions = [
  "app",
  "name",
  "host",
  "path",
  "entry_path",
  "previous_path",
  "target",
  "referrer_host",
  "channel",
  "utm_source",
  "utm_medium",
  "utm_campaign",
  "utm_term",
  "utm_content",
  "country",
  "language",
  "device",
  "browser",
  "os",
  "currency",
  "method",
  "status",
  "service",
  "level",
  "template",
  HOUR,
] as const satisfies readonly (EventColumn | typeof HOUR)[];

export type Dimension = (typeof dimensions)[number];
export type NumberColumn = "amount" | "bytes" | "status" | "page_number" | "elapsed_ms";

export type MetricValue =
  | { kind: "count" }
  | { kind: "sum"; column: NumberColumn }
  | { kind: "distinct"; of: "visitor" | "user" };

/** Compares `column` with a number; a row without the column never matches. */
export type Condition = { column: NumberColumn; is: ">=" | "<" | "="; than: number };

export type MetricInput = {
  name: string;
  /** For people: what the number says, in one line. */
  title: string;
  /** The event names that count, or all names except some. */
  on: readonly string[] | { except: readonly string[] };
  where?: readonly Condition[];
  /** Whether robots' events count; by default they are stored in the lake but not counted. */
  robots?: boolean;
  value: MetricValue;
  /** A dimension without which the number has no meaning, such as the currency of an amount. */
  unit?: Dimension;
  /**
   * The dimensions, or combinations of them, by which the number is kept. Each costs some bytes of every block (`npm
   * run bench -- writes`).
   */
  by: readonly (Dimension | readonly Dimension[])[];
};

export type Metric = Omit<MetricInput, "by" | "where" | "robots"> & {
  where: readonly Condition[];
  robots: boolean;
  /** Every breakdown that is kept, each in the order of `dimensions`; the first one is the total (of each unit). */
  breakdowns: readonly (readonly Dimension[])[];
};

/**
 * Checks a definition and spells out its breakdowns. Throws a TypeError that names the metric and what is wrong with
 * it.
 */
export function defineMetric(input: MetricInput): Metric {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(input.name)) throw new TypeError(`Cannot define metric "${input.name}": bad name`);
  const unit = input.unit === undefined ? [] : [input.unit];
  const breakdowns = [unit, ...input.by.map((by) => inOrder([...unit, ...(typeof by === "string" ? [by] : by)]))];
  const names = breakdowns.map(breakdownName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TypeError(`Cannot define metric "${input.name}": "${twice}" is given twice`);
  return { ...input, where: input.where ?? [], robots: input.robots ?? false, breakdowns };
}

/** The name of a breakdown in blocks and rollups: its dimensions joined by `+`; empty for the total. */
export function breakdownName(breakdown: readonly Dimension[]): string {
  return breakdown.join("+");
}

/** The breakdown with exactly these dimensions, or undefined if the metric does not keep it. */
export function findBreakdown(
  { breakdowns }: Pick<Metric, "breakdowns">,
  wanted: Iterable<Dimension>,
): readonly Dimension[] | undefined {
  const name = breakdownName(inOrder([...wanted]));
  return breakdowns.find((breakdown) => breakdownName(breakdown) === name);
}

/** Whether a metric counts events of this name. */
export function listens(metric: Metric, name: string): boolean {
  return "except" in metric.on ? !metric.on.except.includes(name) : metric.on.includes(name);
}

/** A breakdown in the order of `dimensions`. */
export function inOrder(breakdown: readonly Dimension[]): Dimension[] {
  return dimensions.filter((dimension) => breakdown.includes(dimension));
}
