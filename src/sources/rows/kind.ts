/**
 * The type of a snapshot's column: the types that Parquet and Athena share. Every type of a database is mapped to one
 * of them.
 */
export type Scalar =
  | { is: "bigint" | "double" | "boolean" | "string" | "binary" | "date" }
  | { is: "decimal"; precision: number; scale: number }
  /** Microseconds: of an instant if `utc`, otherwise of local time. */
  | { is: "timestamp"; utc: boolean };
export type Kind = Scalar | { is: "array"; of: Scalar };

/** A value of a column: a date is a number of days, a timestamp a number of microseconds, a decimal its digits. */
export type Cell = null | bigint | number | boolean | string | Uint8Array | Cell[];

/** Reads a value's text; undefined if the column cannot hold it, in which case the text goes to `_kept`. */
export type ReadText = (text: string) => Cell | undefined;

/** The most digits that a decimal has in Parquet and Athena. */
export const MAX_PRECISION = 38;
