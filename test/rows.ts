/** A row as tests read it back from a record: any JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests compare what is there, whatever it is
export type Row = Record<string, any>;

/** The rows of NDJSON records. */
export function rowsOf(records: readonly Uint8Array[]): Row[] {
  return records.flatMap((record) =>
    Buffer.from(record)
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
}
