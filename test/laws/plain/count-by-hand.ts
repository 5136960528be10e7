/** What `src/metrics/increments.ts` adds up, in plain code that goes through all rows again for every number. */
import { type Dimension, HOUR, type Metric } from "../../../src/metrics/define-metric.ts";
import { coordinatesOf, type Sketch } from "../../../src/metrics/distinct-sketch.ts";
import type { EventRow } from "../../../src/schemas/tables/event-columns.ts";

/** Each counter by a text that names it. */
export function countByHand(
  metrics: readonly Metric[],
  rows: readonly EventRow[],
  bucketOf: (row: EventRow) => string,
  breakdowns: "every breakdown" | "totals",
): Map<string, bigint | Sketch> {
  const counters = new Map<string, bigint | Sketch>();
  for (const { name, breakdowns: all, ...rest } of metrics) {
    for (const breakdown of breakdowns === "totals" ? all.slice(0, 1) : all) {
      const groups = Map.groupBy(
        rows.filter((row) => isAbout(rest, row)),
        (row) => {
          const key = breakdown.map((dimension) => escaped(partByHand(dimension, row))).join("+");
          return [bucketOf(row), name, breakdowns === "totals" ? "@minute" : breakdown.join("+"), key].join(" # ");
        },
      );
      for (const [counter, group] of groups) {
        const value = valueByHand(rest.value, group);
        if (value !== undefined) counters.set(counter, value);
      }
    }
  }
  return counters;
}

/** A day in Seoul has 24 hours, and the first begins at midnight. */
function partByHand(dimension: Dimension, row: EventRow): string {
  return dimension === HOUR ? String(Number(seoulMinute(row).slice(11, 13))) : String(row[dimension] ?? "");
}

function isAbout({ on, where, robots }: Omit<Metric, "name" | "breakdowns">, row: EventRow): boolean {
  const isNamed = "except" in on ? on.except.every((name) => name !== row.name) : on.some((name) => name === row.name);
  const meets = where.map(({ column, is, than }) => {
    const number = row[column] ?? Number.NaN;
    return is === "=" ? number === than : is === "<" ? number < than : number >= than;
  });
  return isNamed && !meets.includes(false) && (robots || !row.is_bot);
}

function valueByHand(value: Metric["value"], rows: readonly EventRow[]): bigint | Sketch | undefined {
  if (value.kind === "count") return BigInt(rows.length);
  if (value.kind === "sum") return rows.reduce((sum, row) => sum + BigInt(row[value.column] ?? 0), 0n);
  const ids = rows.flatMap((row) => row[`${value.of}_id`] ?? []).map(coordinatesOf);
  if (ids.length === 0) return undefined;
  const ranks = (register: number) => ids.filter((id) => id.register === register).map(({ rank }) => rank);
  return new Map(ids.map(({ register }) => [register, Math.max(...ranks(register))]));
}

function escaped(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("#", "%23").replaceAll("+", "%2B");
}

/** Seoul is always nine hours ahead. */
export function seoulMinute({ occurred_at }: EventRow): string {
  return new Date(Date.parse(occurred_at) + 9 * 3_600_000).toISOString().slice(0, 16);
}
