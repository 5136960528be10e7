/**
 * Checks whether all of a table has arrived: its rows, its nulls, and the sum of a digest of each row's text. The
 * database adds up the same in the same snapshot, independently of the rows that it sends.
 */
import { hash } from "node:crypto";

export type RowTally = { rows: number; nulls: number; checksum: string };

/** What the database digests a row's text with. */
export type RowDigest = "md5" | "sha256";

/** 48 bits of a digest, in two halves so that sums of billions stay exact. */
const HALF = 2n ** 24n;

/** Adds up rows. `text` is the row as the database digests it, by `algorithm`. */
export function createTally(algorithm: RowDigest = "md5") {
  let [rows, nulls, high, low] = [0, 0, 0, 0];
  return {
    add(text: string, nullsInRow: number): void {
      // A character for each byte: more than twice as fast as a buffer.
      const digest = hash(algorithm, text, "binary");
      rows++;
      nulls += nullsInRow;
      high += (digest.charCodeAt(0) << 16) | (digest.charCodeAt(1) << 8) | digest.charCodeAt(2);
      low += (digest.charCodeAt(3) << 16) | (digest.charCodeAt(4) << 8) | digest.charCodeAt(5);
    },
    total: (): RowTally => ({ rows, nulls, checksum: String(BigInt(high) * HALF + BigInt(low)) }),
  };
}

/** A database's own count, as it returns it. */
export function readTally(row: Record<string, string | null> | undefined): RowTally {
  return { rows: Number(row?.rows), nulls: Number(row?.nulls), checksum: row?.checksum ?? "" };
}

/** The sum of two tallies. */
export function addTallies(a: RowTally, b: RowTally): RowTally {
  return {
    rows: a.rows + b.rows,
    nulls: a.nulls + b.nulls,
    checksum: String(BigInt(a.checksum) + BigInt(b.checksum)),
  };
}

/** In what the two tallies of a part differ, as a text for people; undefined if they are equal. */
export function tallyProblem(read: RowTally, counted: Partial<RowTally>): string | undefined {
  const keys = ["rows", "nulls", "checksum"] as const;
  const different = keys.filter((key) => key in counted && read[key] !== counted[key]);
  if (different.length === 0) return undefined;
  return different.map((key) => `${key}: ${read[key]} read, ${counted[key]} in the database`).join("; ");
}
