/**
 * Why a query failed, in Athena's words. Thrown while a query runs; the query's state is then FAILED, with `CODE:
 * message` as its reason, or CANCELLED.
 */

/** A query that ends without a result. `CANCELLED` is the only code that does not mean FAILED. */
export class AthenaFailure extends Error {
  override readonly name = "AthenaFailure";
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** DuckDB's errors and Trino's codes for them. The first match counts. */
const codes: [RegExp, string][] = [
  [/TRY (can not be used|expression)|inside the TRY|Failure in decode|Failed to decode string/, "NOT_SUPPORTED"],
  [/^(Parser|Binder|Syntax)|syntax error/i, "SYNTAX_ERROR"],
  [/^Catalog Error: Table/, "TABLE_NOT_FOUND"],
  [/^Catalog/, "FUNCTION_NOT_FOUND"],
  [/\.parquet|parquet file|No magic bytes|thrift|TProtocol|snappy|ZSTD/i, "HIVE_CURSOR_ERROR"],
  [/^IO Error/, "HIVE_CANNOT_OPEN_SPLIT"],
  [/^Conversion/, "INVALID_CAST_ARGUMENT"],
  [/^Out of Range/, "NUMERIC_VALUE_OUT_OF_RANGE"],
  [/^Out of Memory/, "EXCEEDED_LOCAL_MEMORY_LIMIT"],
  [/^Invalid Input/, "INVALID_FUNCTION_ARGUMENT"],
  [/^INTERRUPT/i, "CANCELLED"],
];

/**
 * Any error of a running query as an AthenaFailure. Errors in the query's text were found earlier, with their position,
 * when it was translated.
 */
export function toAthenaFailure(error: unknown): AthenaFailure {
  if (error instanceof AthenaFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  // Errors raised by a macro have codes of their own.
  const [, own, why] = /Could not convert string '([A-Z_]{5,}): (.*)' to [A-Z]+/s.exec(message) ?? [];
  if (own !== undefined && why !== undefined) return new AthenaFailure(own, why, { cause: error });
  const code = codes.find(([pattern]) => pattern.test(message))?.[1] ?? "GENERIC_INTERNAL_ERROR";
  const first = message.split("\n\n")[0] ?? message;
  const reason = code === "NOT_SUPPORTED" ? `Local Athena does not do this: ${first}` : first;
  return new AthenaFailure(code, reason, { cause: error });
}
