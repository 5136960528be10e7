/**
 * The statements that seal days and months, and put the result in place. A run's Parquet files go to a fresh folder;
 * then the catalog's partition is pointed there. That is a single write to the catalog, so a query reads either the old
 * run or the new one, never both and never part of one.
 * https://docs.aws.amazon.com/athena/latest/ug/alter-table-set-location.html
 */
import * as z from "zod/mini";
import type { Metric } from "../metrics/define-metric.ts";
import { firstOfMonth, isDay, lastOfMonth } from "../metrics/time-bucket.ts";
import { partitionKeys, type SealedPartition, type SealedTable } from "../schemas/tables/sealed-tables.ts";
import { dailyEvents, type EventsFrom, type MarkedCopies } from "./daily-events.ts";
import { lakeRows, lakeRowsRow } from "./lake-rows.ts";
import { metricRollup } from "./metric-rollup.ts";
import { monthByDay, monthRollup } from "./month-rollup.ts";
import { oldRollup } from "./old-rollup.ts";
import { reusedIds } from "./reused-ids.ts";
import { rollupDigest, rollupDigestRow } from "./rollup-digest.ts";
import { raw, type Sql, sql } from "./sql.ts";
import { markedCopies, unmetCopies } from "./unmet-copies.ts";

const isBucket = /^[a-z0-9][a-z0-9.-]+$/;

/** A run's files for a partition. */
type RunPartition = SealedPartition & { run: string };

const currentFile = z.object({ path: z.string() });

export type RollupStatements = ReturnType<typeof rollupStatements>;

/**
 * The statements for a catalog, the lake's bucket and the time zone of its days. The statements of a list run one after
 * the other.
 */
export function rollupStatements(catalog: readonly Metric[], bucket: string, timeZone: string) {
  const write = (at: RunPartition, select: Sql): Sql[] => [
    unload(select, locationOf(bucket, at)),
    ...point(bucket, at),
  ];
  return {
    countRows: (days: readonly string[]): Sql => lakeRows("events", days),
    countEvents: (days: readonly string[]): Sql => lakeRows("daily_events", days),
    countReused: reusedIds,
    countCopies: markedCopies,
    countUnmet: (days: readonly string[]): Sql => unmetCopies(days, "beside"),
    countUnmetAnywhere: (days: readonly string[]): Sql => unmetCopies(days, "anywhere"),
    countedRow: lakeRowsRow,
    /** Lines such as `dt=2026-02-28`. https://docs.aws.amazon.com/athena/latest/ug/show-partitions.html */
    partitions: (table: SealedTable): Sql => raw(`SHOW PARTITIONS ${table}`),
    digests: rollupDigest,
    digestRow: rollupDigestRow,
    /** The files that a partition consists of, as `currentFile`. */
    currentFiles: ({ table, partition }: SealedPartition): Sql =>
      sql`select distinct "$path" as path from ${raw(table)} where ${raw(partitionKeys[table])} = ${partition}`,
    currentFile,
    /** The folder of a partition, which contains the folders of its runs. */
    folderOf: ({ table, partition }: SealedPartition): string => `${table}/${partitionKeys[table]}=${partition}/`,
    /** The day's events, each once. */
    writeEvents: (day: string, run: string, from: { source: EventsFrom; copies: MarkedCopies }): Sql[] =>
      write({ table: "daily_events", partition: day, run }, dailyEvents(day, from.source, from.copies)),
    /** Writes some events of a day to a run's folder. */
    unloadEvents: (day: string, run: string, events: Sql): Sql =>
      unload(events, locationOf(bucket, { table: "daily_events", partition: day, run })),
    /** Points the day's events to a run. */
    pointEvents: (day: string, run: string): Sql[] => point(bucket, { table: "daily_events", partition: day, run }),
    /** The day's numbers, from its events as written before. */
    rollUp: (day: string, run: string): Sql[] =>
      write({ table: "rollups", partition: day, run }, metricRollup(catalog, day, timeZone)),
    /** A day's rollup of an older form, converted to the current form. */
    convert: (day: string, run: string): Sql[] => write({ table: "rollups", partition: day, run }, oldRollup(day)),
    /** Points the day's partition to a rollup that was written before. */
    pointTo: (day: string, run: string): Sql[] => point(bucket, { table: "rollups", partition: day, run }),
    /** The month's numbers, and those of each of its days, from the rollups of its days. */
    rollUpMonth(month: string, run: string): Sql[] {
      const range = { from: firstOfMonth(month), to: lastOfMonth(month) };
      return [
        ...write({ table: "rollups_monthly", partition: month, run }, monthRollup(range)),
        ...write({ table: "rollups_by_month", partition: month, run }, monthByDay(range)),
      ];
    },
  };
}

/**
 * If the partition exists already, perhaps left behind by a run that crashed, the first statement does nothing and the
 * second moves it.
 */
function point(bucket: string, at: RunPartition): Sql[] {
  const { table, partition } = at;
  const named = `PARTITION (${partitionKeys[table]} = '${partition}')`;
  const location = locationOf(bucket, at);
  return [
    raw(`ALTER TABLE ${table} ADD IF NOT EXISTS ${named} LOCATION '${location}'`),
    raw(`ALTER TABLE ${table} ${named} SET LOCATION '${location}'`),
  ];
}

/** Writes a query's rows as Parquet to a folder, which must be empty. */
function unload(select: Sql, location: string): Sql {
  return sql`UNLOAD (${select}) TO '${raw(location)}' WITH (format = 'PARQUET', compression = 'SNAPPY')`;
}

/** The folder of a run's files for a partition. DDL takes no parameters, so the names are checked here. */
function locationOf(bucket: string, { table, partition, run }: RunPartition): string {
  const key = partitionKeys[table];
  const isKnown = key === "dt" ? isDay(partition) : isDay(`${partition}-01`);
  if (!isBucket.test(bucket) || !isKnown || !/^[\w-]+$/.test(run))
    throw new RangeError(
      `Cannot place ${table} of "${partition}", run "${run}" in bucket "${bucket}": not plain names`,
    );
  return `s3://${bucket}/${table}/${key}=${partition}/run=${run}/`;
}
