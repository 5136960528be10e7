/** The lake's tables whose partitions the batch writes, with the names of their partition keys. */
export const partitionKeys = {
  daily_events: "dt",
  rollups: "dt",
  rollups_monthly: "month",
  rollups_by_month: "month",
} as const;
export type SealedTable = keyof typeof partitionKeys;

/** A partition of a table: a day or a month. */
export type SealedPartition = { table: SealedTable; partition: string };
