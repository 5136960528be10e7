/** What a column of a snapshot is: the types that Parquet and Athena have, and that every type of a database is one of. */
export type Scalar =
  | { is: "bigint" | "double" | "boolean" | "string" | "binary" | "date" }
  | { is: "decimal"; precision: number; scale: number }
  /** Microseconds: of an instant where `utc`, else as a clock on the wall shows them. */
  | { is: "timestamp"; utc: boolean };
export type Kind = Scalar | { is: "array"; of: Scalar };

/** A value as it goes into a column: a date is a number of days, a timestamp one of microseconds, a decimal its digits. */
export type Cell = null | bigint | number | boolean | string | Uint8Array | Cell[];

/** Reads a value's text; undefined for one that its column cannot hold, which is kept as text beside it. */
export type ReadText = (text: string) => Cell | undefined;

/** The most digits that a decimal of Parquet, and of Athena, has. */
export const MAX_PRECISION = 38;
