/**
 * A breakdown in two numbers: the sum of its values, and their sum weighted by their keys. The blocks of a day and its rollup agree
 * when both numbers do; of values that stand under the wrong key one in 4,096 goes unnoticed, because both keys weigh the same.
 * `src/athena-queries/rollup-digest.ts` makes the same numbers in SQL.
 */
import { hash } from "node:crypto";
import { type Tally, toNumber } from "./merge.ts";

/** A breakdown (`dimensions` is empty for the total) whose sums, or only their parts, were not the same in the two layers. */
export type Drift = { metric: string; dimensions: string; live: string; history: string };

export type Digest = { total: bigint; weighted: bigint };

/** How many hexadecimal digits of a key's hash make its weight. */
export const WEIGHT_DIGITS = 3;

/** Of a distinct count the estimates count, as they stand in the rollup. */
export function digestOf(tally: Tally): Digest {
  let [total, weighted] = [0n, 0n];
  for (const [key, partial] of tally) {
    const value = toNumber(partial);
    total += value;
    weighted += value * weightOf(key);
  }
  return { total, weighted };
}

/** From 1: the first digits of the key's MD5, which Athena and DuckDB have, too. */
function weightOf(key: string): bigint {
  return BigInt(Number.parseInt(hash("md5", key).slice(0, WEIGHT_DIGITS), 16) + 1);
}
