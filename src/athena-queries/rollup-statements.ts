/**
 * The statements that roll days up and put a rollup in place. A run's Parquet files go into a fresh folder; then the catalog's
 * partition of the day is pointed there. That is one write in the catalog, so a query reads the old run or the new one, never
 * both and never a part of one. https://docs.aws.amazon.com/athena/latest/ug/alter-table-set-location.html
 */
import type { Metric } from "../metrics/define-metric.ts";
import { isDay } from "../metrics/time-bucket.ts";
import { lakeRows, lakeRowsRow } from "./lake-rows.ts";
import { unloadMetricRollup } from "./metric-rollup.ts";
import { raw, type Sql } from "./sql.ts";

export type RollupStatements = ReturnType<typeof rollupStatements>;

/** The statements for a catalog and the lake's bucket. */
export function rollupStatements(catalog: readonly Metric[], bucket: string) {
  return {
    countRows: lakeRows,
    countedRow: lakeRowsRow,
    unload: (day: string, run: string): Sql => unloadMetricRollup(catalog, day, rollupLocation(bucket, day, run)),
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
  };
}

/** The folder of one run's rollup of a day. DDL takes no parameters, so the names are checked here. */
function rollupLocation(bucket: string, day: string, run: string): string {
  if (!/^[a-z0-9][a-z0-9.-]+$/.test(bucket) || !isDay(day) || !/^[\w-]+$/.test(run))
    throw new RangeError(`Cannot place rollup of day "${day}", run "${run}" in bucket "${bucket}": not plain names`);
  return `s3://${bucket}/rollups/dt=${day}/run=${run}/`;
}
