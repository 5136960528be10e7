/**
 * The single DuckDB of this machine: Firehose uses it for conversion, Athena for queries. It is one instance, so that
 * its memory limit applies to both together; what does not fit spills to a folder under `home`.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { textDecoder } from "@duckdb/node-api/lib/vectors/dataAccessors.js";

// The default decoder takes U+FEFF at the start of a text for a byte order mark and drops it, so that a group's key
// would differ from what was counted.
// https://developer.mozilla.org/en-US/docs/Web/API/TextDecoder/ignoreBOM
const exactDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
textDecoder.decode = (bytes: Uint8Array) => exactDecoder.decode(bytes);

export type Database = {
  /** A new connection, for running statements in parallel; disconnects when disposed. */
  connect(): Promise<DuckDBConnection & Disposable>;
} & AsyncDisposable;

export type DatabaseOptions = { home: string; memoryLimit?: string; threads?: number };

/** Opens DuckDB in memory. It stores nothing: tables are views over the lake's files. */
export async function openDatabase({ home, memoryLimit = "256MB", threads = 2 }: DatabaseOptions): Promise<Database> {
  const spill = join(home, "duckdb-spill");
  await rm(spill, { recursive: true, force: true });
  await mkdir(spill, { recursive: true });
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: memoryLimit,
    threads: String(threads),
    temp_directory: spill,
    // Rows may come out in any order, as from AWS; this keeps the memory for writing Parquet within its limit.
    preserve_insertion_order: "false",
    // The system keeps what is read often. A copy of each file here grew a home by half a megabyte a day of its life.
    // https://duckdb.org/docs/stable/configuration/overview
    enable_external_file_cache: "false",
    autoinstall_known_extensions: "false",
  });
  return {
    connect: async () => {
      const connection = await instance.connect();
      // UTC, as in Athena: dates and times must not depend on this machine's zone.
      await connection.run("SET TimeZone = 'UTC'");
      return Object.assign(connection, { [Symbol.dispose]: () => connection.disconnectSync() });
    },
    [Symbol.asyncDispose]: async () => {
      instance.closeSync();
      await rm(spill, { recursive: true, force: true });
    },
  };
}
