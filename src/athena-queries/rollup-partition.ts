/**
 * Puts a day's rollup in place: the catalog's partition of the day is pointed to the folder of one run. That is one write in
 * the catalog, so a query reads the old run or the new one, never both and never a part of one.
 * https://docs.aws.amazon.com/athena/latest/ug/alter-table-set-location.html
 */
import { isDay } from "../metrics/time-bucket.ts";

/** The folder of one run's rollup of a day; it has to be fresh, because UNLOAD wants it empty. */
export function rollupLocation(bucket: string, day: string, run: string): string {
  if (!/^[a-z0-9][a-z0-9.-]+$/.test(bucket) || !isDay(day) || !/^[\w-]+$/.test(run))
    throw new RangeError(`Cannot place rollup of day "${day}", run "${run}" in bucket "${bucket}": not plain names`);
  return `s3://${bucket}/rollups/dt=${day}/run=${run}/`;
}

/**
 * The statements, one after the other. DDL takes no parameters, so the names are checked above. A partition that a crashed
 * run has left behind is kept by the first statement and moved by the second.
 */
export function movePartition(bucket: string, day: string, run: string): string[] {
  const location = rollupLocation(bucket, day, run);
  return [
    `ALTER TABLE rollups ADD IF NOT EXISTS PARTITION (dt = '${day}') LOCATION '${location}'`,
    `ALTER TABLE rollups PARTITION (dt = '${day}') SET LOCATION '${location}'`,
  ];
}
