/**
 * The statements that roll days up and put a rollup in place. A run's Parquet files go into a fresh folder; then the catalog's
 * partition of the day is pointed there. That is one write in the catalog, so a query reads the old run or the new one, never
 * both and never a part of one. https://docs.aws.amazon.com/athena/latest/ug/alter-table-set-location.html
 */
import type { Metric } from "../metrics/define-metric.ts";
import { isDay } from "../metrics/time-bucket.ts";
import { lakeRows, lakeRowsRow } from "./lake-rows.ts";
import { metricRollup } from "./metric-rollup.ts";
import { monthByDay, monthRollup } from "./month-rollup.ts";
import { firstOfMonth, lastOfMonth } from "./rollup-parts.ts";
import { raw, type Sql, sql } from "./sql.ts";

const isBucket = /^[a-z0-9][a-z0-9.-]+$/;

export type RollupStatements = ReturnType<typeof rollupStatements>;

/** The statements for a catalog and the lake's bucket. */
export function rollupStatements(catalog: readonly Metric[], bucket: string) {
  return {
    countRows: lakeRows,
    countedRow: lakeRowsRow,
    unload: (day: string, run: string): Sql => unload(metricRollup(catalog, day), rollupLocation(bucket, day, run)),
    /**
     * One after the other. A partition that is there, perhaps left behind by a run that crashed, is kept by the first and moved
     * by the second.
     */
    putInPlace(day: string, run: string): Sql[] {
      const location = rollupLocation(bucket, day, run);
      return [
        raw(`ALTER TABLE rollups ADD IF NOT EXISTS PARTITION (dt = '${day}') LOCATION '${location}'`),
        raw(`ALTER TABLE rollups PARTITION (dt = '${day}') SET LOCATION '${location}'`),
      ];
    },
    /** One after the other. The partitions get names of their own, so nothing that a query may be reading is changed. */
    rollUpMonth(month: string, run: string): Sql[] {
      const range = { from: firstOfMonth(month), to: lastOfMonth(month) };
      const parts = { m: monthRollup(range), d: monthByDay(range) };
      return Object.entries(parts).flatMap(([kind, select]) => {
        const location = monthLocation(bucket, `${kind}${month}-${run}`);
        const partition = `PARTITION (dt = '${kind}${month}-${run}')`;
        return [
          unload(select, location),
          raw(`ALTER TABLE rollups ADD IF NOT EXISTS ${partition} LOCATION '${location}'`),
        ];
      });
    },
  };
}

/** Writes a query's rows as Parquet into a folder, which has to be empty. */
function unload(select: Sql, location: string): Sql {
  return sql`UNLOAD (${select}) TO '${raw(location)}' WITH (format = 'PARQUET', compression = 'SNAPPY')`;
}

/** The folder of a month's rollup. */
function monthLocation(bucket: string, name: string): string {
  if (!isBucket.test(bucket) || !/^[md]\d{4}-\d{2}-[\w-]+$/.test(name))
    throw new RangeError(`Cannot place rollup "${name}" in bucket "${bucket}": not plain names`);
  return `s3://${bucket}/rollups/dt=${name}/`;
}

/** The folder of one run's rollup of a day. DDL takes no parameters, so the names are checked here. */
function rollupLocation(bucket: string, day: string, run: string): string {
  if (!isBucket.test(bucket) || !isDay(day) || !/^[\w-]+$/.test(run))
    throw new RangeError(`Cannot place rollup of day "${day}", run "${run}" in bucket "${bucket}": not plain names`);
  return `s3://${bucket}/rollups/dt=${day}/run=${run}/`;
}
