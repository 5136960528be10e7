/**
 * Athena's rows, cached in the table so that a repeated question starts no query: packed rows in items below DynamoDB's
 * limit of 400 KB (`pk = answer#<hash>`, `sk = 0, 1, …`). While Athena is running, item 0 holds the execution instead,
 * so that anyone who asks the same in the meantime, or again after a time-out, waits for that execution.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import type { Log } from "../reporter.ts";
import { type Item, type Key, keyOf, type NewAttribute, number, type Table } from "./table.ts";

/** What is known about a question: its rows, or the execution that will return them. */
export type CachedRows<Row> = { rows: readonly Row[] } | { execution: string };

const CHUNK_BYTES = 350_000;
const ROWS_S = 7 * 86_400;
const RUNNING_S = 3_600;

export type CachedHistory = ReturnType<typeof createCachedHistory>;

/** Rows by the hash of their question. `now` is in epoch milliseconds. */
export function createCachedHistory(table: Table, log: Log) {
  return {
    async read<Row>(hash: string, now: number): Promise<CachedRows<Row> | undefined> {
      const items = await readItems(table, hash);
      const first = items[0];
      // DynamoDB deletes expired items within days, not at once.
      if (first?.execution?.S === undefined || Number(first.expires?.N) * 1000 <= now) return undefined;
      if (first.chunks === undefined) return { execution: first.execution.S };
      return unpack<Row>(items, (error) =>
        log.warn("Cannot read a cached answer, asking Athena again", { hash, error }),
      );
    },

    putRunning: (hash: string, execution: string, now: number): Promise<void> =>
      table.put({ ...chunkKey(hash, 0), execution: { S: execution }, expires: seconds(now, RUNNING_S) }),

    /** The first item is written last, so whoever finds it finds the others. */
    async putRows(hash: string, execution: string, rows: readonly unknown[], now: number): Promise<void> {
      const packed = gzipSync(JSON.stringify(rows));
      const chunks = Math.ceil(packed.length / CHUNK_BYTES);
      for (let i = chunks - 1; i >= 0; i--) {
        await table.put({
          ...chunkKey(hash, i),
          execution: { S: execution },
          chunks: number(chunks),
          b: { B: packed.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES) },
          expires: seconds(now, ROWS_S),
        });
      }
    },

    remove: (hash: string): Promise<void> => table.remove(chunkKey(hash, 0)),
  };
}

async function readItems(table: Table, hash: string): Promise<Item[]> {
  const items = await table.query({ pk: chunkKey(hash, 0).pk.S });
  return items.sort((a, b) => Number(a.sk?.S) - Number(b.sk?.S));
}

/** The rows, or undefined when chunks are missing or belong to different executions: then Athena is asked again. */
function unpack<Row>(items: readonly Item[], onDamage: (error: unknown) => void): { rows: Row[] } | undefined {
  const [first] = items;
  const chunks = items.slice(0, Number(first?.chunks?.N));
  const fits =
    chunks.length === Number(first?.chunks?.N) && chunks.every((c) => c.execution?.S === first?.execution?.S);
  if (!fits) return undefined;
  try {
    return { rows: JSON.parse(gunzipSync(Buffer.concat(chunks.flatMap((c) => c.b?.B ?? []))).toString()) };
  } catch (error) {
    onDamage(error);
    return undefined;
  }
}

function chunkKey(hash: string, chunk: number): Key {
  return keyOf(`answer#${hash}`, String(chunk));
}

function seconds(now: number, lifetime: number): NewAttribute {
  return number(Math.floor(now / 1000) + lifetime);
}
