/** The lake's tables whose partitions the batch writes, and what these are called. */
export const partitionKeys = {
  daily_events: "dt",
  rollups: "dt",
  rollups_monthly: "month",
  rollups_by_month: "month",
} as const;
export type SealedTable = keyof typeof partitionKeys;

/** A table's partition, which is a day or a month. */
export type SealedPartition = { table: SealedTable; partition: string };
