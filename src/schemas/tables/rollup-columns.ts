/**
 * The columns of the tables of rollups. One row is one number: a metric, one of the breakdowns that are kept of it, and
 * one combination of values, for a sealed day (`rollups`, partition `dt`) or for a month (`rollups_monthly`, partition
 * `month`). `rollups_by_month` has the rows of the days again, one partition per month, so that questions over years
 * read few files.
 *
 * Each breakdown that a day's rollup holds has a row for the values that are all missing, with 0 if nothing counted: so
 * a rollup itself says which breakdowns it holds.
 */
const numbers = {
  metric: "string",
  /** The breakdown: its dimensions joined by `+`, empty for the total. */
  dimensions: "string",
  /** The values, joined and escaped as in `src/metrics/key.ts`. A missing value is the empty text. */
  keys: "string",
  /** How many events the number is made of. */
  events: "bigint",
  /** The count, or the estimated number of distinct ids; null for a sum. */
  value: "bigint",
  /** The sum, which may exceed the range of bigint; null for other metrics. */
  amount: "decimal(38,0)",
  /** The distinct ids as a sketch that can be merged (`src/metrics/distinct-sketch.ts`); null for other metrics. */
  sketch: "array<bigint>",
} as const;

export const rollupColumns = {
  ...numbers,
  /** Days that were sealed before sketches were packed have one row per register; null in all others. */
  register: "int",
} as const;

export const monthlyRollupColumns = {
  ...numbers,
  /**
   * How many days of the month hold the breakdown; only in the row of the values that are all missing, null elsewhere.
   */
  days: "bigint",
} as const;

export const rollupsByMonthColumns = {
  /** The day, YYYY-MM-DD. */
  day: "string",
  ...numbers,
} as const;
