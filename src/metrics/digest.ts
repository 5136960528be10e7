/**
 * A breakdown reduced to two numbers: the sum of its values, and their sum weighted by their keys. A day's blocks and
 * its rollup agree when both numbers do. Of the values that are under a wrong key, one in 4,096 goes unnoticed, because
 * both keys have the same weight. `src/athena-queries/rollup-digest.ts` computes the same numbers in SQL.
 */
import { hash } from "node:crypto";
import { type Tally, toNumber } from "./merge.ts";

/**
 * A breakdown (`dimensions` is empty for the total) whose digests, or just the sums, differed between the two layers.
 */
export type Drift = { metric: string; dimensions: string; live: string; history: string };

export type Digest = { total: bigint; weighted: bigint };

/** How many hexadecimal digits of a key's hash make up its weight. */
export const WEIGHT_DIGITS = 3;

/** For a distinct count, the digest adds up the estimates, as the rollup stores them. */
export function digestOf(tally: Tally): Digest {
  let [total, weighted] = [0n, 0n];
  for (const [key, partial] of tally) {
    const value = toNumber(partial);
    total += value;
    weighted += value * weightOf(key);
  }
  return { total, weighted };
}

/** At least 1: the first digits of the key's MD5, which Athena and DuckDB have, too. */
function weightOf(key: string): bigint {
  return BigInt(Number.parseInt(hash("md5", key).slice(0, WEIGHT_DIGITS), 16) + 1);
}
