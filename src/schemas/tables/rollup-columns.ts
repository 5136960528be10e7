/**
 * The columns of the tables of rollups. One row is one number: a metric, one of the breakdowns in which it is kept, and one
 * combination of values, on a sealed day (`rollups`, partition `dt`) or in a month (`rollups_monthly`, partition `month`).
 * `rollups_by_month` has the rows of the days once more, a month to a partition, so that years are read from few files.
 *
 * Each breakdown that a day's rollup holds has a row for the values that are all missing, with 0 when nothing counted: so a
 * rollup says itself what it holds.
 */
const numbers = {
  metric: "string",
  /** The breakdown: its dimensions joined by `+`, empty for the total. */
  dimensions: "string",
  /** The values, joined and escaped as `src/metrics/key.ts` does it. A missing value is the empty text. */
  keys: "string",
  /** How many events the number is made of. */
  events: "bigint",
  /** The count, or about how many distinct ids there were; null for a sum. */
  value: "bigint",
  /** The sum, which may pass the range of bigint; null for other metrics. */
  amount: "decimal(38,0)",
  /** The distinct ids as a sketch (`src/metrics/distinct-sketch.ts`), which can be merged; null for other metrics. */
  sketch: "array<bigint>",
} as const;

export const rollupColumns = {
  ...numbers,
  /** Days that were sealed before sketches were packed have a row for each register: null in all others. */
  register: "int",
} as const;

export const monthlyRollupColumns = {
  ...numbers,
  /** How many days of the month hold the breakdown; said in the row of the values that are all missing, null elsewhere. */
  days: "bigint",
} as const;

export const rollupsByMonthColumns = {
  /** The day, YYYY-MM-DD. */
  day: "string",
  ...numbers,
} as const;
