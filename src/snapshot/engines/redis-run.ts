/**
 * A snapshot of a Redis database: every key that SCAN finds, once, with its type, time to live and value. SCAN takes a
 * while and does not show a single instant, so the run is marked as inconsistent; an RDB file would be consistent. A
 * key that exists from start to end is found; one that is added or removed in the meantime may be.
 * https://redis.io/docs/latest/commands/scan/#scan-guarantees
 */
import type { SnapshotSource, SnapshotTable } from "../../schemas/snapshot-source.ts";
import { keyColumns, keyRow } from "../../sources/redis/key-row.ts";
import { type Command, RedisError } from "../../sources/redis/replies.ts";
import { createSeenKeys } from "../../sources/rows/seen-keys.ts";
import { chosenColumns } from "../plan-tables.ts";
import { type Sight, takeAtOnce, type WholeTable } from "../run-at-once.ts";
import type { Step, Surroundings } from "../surroundings.ts";
import type { SourceRow } from "../write-rows.ts";
import { readKeys } from "./redis-keys.ts";
import type { RedisSend } from "./redis-values.ts";
import { refuseWriter } from "./refuse-writer.ts";

/** A connection. Commands are answered in order; an error is the command's reply. */
export type RedisDatabase = { send: RedisSend };

const KEYS_AT_ONCE = "500";
/** Remembering the keys takes up to 16 bytes each. */
const MOST_KEYS = 6_000_000;

/** Takes a run. */
export function takeRedis(settings: SnapshotSource, { send }: RedisDatabase, around: Surroundings): Promise<Step> {
  return takeAtOnce(settings, () => openRedis(send, settings), around);
}

async function openRedis(send: RedisSend, settings: SnapshotSource): Promise<Sight> {
  // One that may write is not made to try.
  const writing = settings.mayWrite === true ? undefined : await writingCommand(send);
  refuseWriter(settings, writing && `its user may write (${writing})`);
  const [time] = await send([["TIME"]]);
  const [seconds, micros] = Array.isArray(time) ? time.map(String) : [];
  const at = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  if (Number.isNaN(at))
    throw new Error(`Cannot take a snapshot of ${settings.source}: the server does not tell its time`);
  return { at, isConsistent: false, tables: settings.tables.map((table) => planDatabase(send, table)) };
}

/**
 * On a key that does not exist, none of these commands changes anything; a user without write permission is refused
 * before the key is looked up.
 */
const NO_KEY = "daymark:7e9c4f1a-nobody-has-this-key";
const harmless: readonly Command[] = [
  ["DEL", NO_KEY],
  ["SETRANGE", NO_KEY, "0", ""],
  ["EXPIRE", NO_KEY, "1"],
  ["HDEL", NO_KEY, "x"],
  ["LREM", NO_KEY, "0", "x"],
  ["SREM", NO_KEY, "x"],
  ["ZREM", NO_KEY, "x"],
  ["XDEL", NO_KEY, "1-1"],
];

/** A write command that the user may run. */
async function writingCommand(send: RedisSend): Promise<string | undefined> {
  const replies = await send(harmless);
  const allowed = replies.findIndex(
    (reply) => !(reply instanceof RedisError && /^(NOPERM|READONLY)/.test(reply.message)),
  );
  return allowed < 0 ? undefined : String(harmless[allowed]?.[0]);
}

function planDatabase(send: RedisSend, settings: SnapshotTable): WholeTable {
  const columns = chosenColumns(settings, keyColumns);
  const seen = createSeenKeys();
  let skipped = 0;
  return {
    table: settings.table,
    columns,
    async *rows() {
      const chosen = columns.map((column) => keyColumns.indexOf(column));
      for await (const keys of pagesOf(send, settings.table)) {
        if (seen.count > MOST_KEYS)
          throw new Error(
            `Cannot take a snapshot of database ${settings.table}: it has more than ${MOST_KEYS} keys; use an RDB file`,
          );
        for await (const found of readKeys(send, keys.filter(seen.add))) {
          skipped += found.skipped;
          yield found.keys.map((key): SourceRow => keyRow(key, chosen));
        }
      }
    },
    counted: () => ({ rows: seen.count - skipped }),
    skipped: () => skipped,
  };
}

/** The keys, page by page. An empty page is not the end. */
async function* pagesOf(send: RedisSend, database: string): AsyncGenerator<Buffer[]> {
  const [selected] = await send([["SELECT", database]]);
  if (selected instanceof RedisError) throw selected;
  let cursor = "0";
  do {
    const [page] = await send([["SCAN", cursor, "COUNT", KEYS_AT_ONCE]]);
    if (!Array.isArray(page)) throw page instanceof Error ? page : new Error("Cannot read a page of SCAN");
    const [next, keys] = page;
    cursor = String(next);
    yield (Array.isArray(keys) ? keys : []).filter((key) => Buffer.isBuffer(key));
  } while (cursor !== "0");
}
