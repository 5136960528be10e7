/**
 * The columns of the `rollups` table: one row is one value of a metric on a sealed day or month (the partition), or one
 * register of it where the metric is a distinct count.
 */
export const rollupColumns = {
  metric: "string",
  /** The combination: its dimensions joined by `+`, empty for the total. */
  dimensions: "string",
  /** Its values as `src/metrics/key.ts` joins them. */
  keys: "string",
  /** Null unless the metric is a distinct count. */
  register: "int",
  /** The count, or the register's highest rank; null for a sum. */
  value: "bigint",
  /** The sum, which may pass the range of bigint; null for other metrics. */
  amount: "decimal(38,0)",
  /** The day in a month's rollup by day; null elsewhere, where the partition says it. */
  day: "string",
} as const;
