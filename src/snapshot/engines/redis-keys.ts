/** The contents of Redis keys, some at a time: as many as have few bytes together, however large each of them is. */
import type { RedisKey } from "../../sources/redis/key-row.ts";
import { type Command, RedisError, type Reply } from "../../sources/redis/replies.ts";
import { type KnownKey, PORTION, type RedisSend, readValue } from "./redis-values.ts";

/** Bytes that are asked for at once: by keys together, and by the items of one. */
const SLICE_BYTES = 8 * 1024 * 1024;
/** Where the server does not say how large keys are. */
const UNKNOWN_BYTES = 1024 * 1024;
/** A larger value would not fit into the memory of an invocation, as its bytes, as JSON and in a file. */
const MOST_BYTES = 192 * 1024 * 1024;

type Found = { keys: RedisKey[]; skipped: number };
type Fact = KnownKey & { ttl: Reply | undefined; bytes: number };

/** Reads keys. One that was removed or replaced since SCAN found it is skipped. */
export async function* readKeys(send: RedisSend, keys: readonly Buffer[]): AsyncGenerator<Found> {
  for (const slice of slicesOf(await factsOf(send, keys))) {
    const values = await readValue(send, slice);
    const found = slice.flatMap(({ key, type, ttl }, i): RedisKey[] => {
      const value = values[i];
      // -2: it does not exist; -1: it never expires.
      if (value === undefined || typeof ttl !== "number" || ttl === -2) return [];
      return [{ key, type, ttl: ttl < 0 ? undefined : ttl, value }];
    });
    yield { keys: found, skipped: slice.length - found.length };
  }
}

async function factsOf(send: RedisSend, keys: readonly Buffer[]): Promise<Fact[]> {
  const commands = (key: Buffer): Command[] => [
    ["TYPE", key],
    ["PTTL", key],
    ["MEMORY", "USAGE", key],
  ];
  const replies = await send(keys.flatMap(commands));
  const known = keys.map((key, i) => {
    const [type, ttl, usage] = replies.slice(3 * i, 3 * i + 3);
    // Some servers, and some users, have no MEMORY.
    const bytes = typeof usage === "number" ? usage : UNKNOWN_BYTES;
    if (bytes > MOST_BYTES)
      throw new Error(`Cannot take a snapshot of key ${key}: it has ${bytes} bytes, of at most ${MOST_BYTES}`);
    return { key, type: nameOf(type), ttl, bytes, portion: PORTION };
  });
  const facts: Fact[] = [];
  for (const fact of known) facts.push(fact.bytes > SLICE_BYTES ? await inPortions(send, fact) : fact);
  return facts;
}

const counting: Record<string, string> = { list: "LLEN", set: "SCARD", hash: "HLEN", zset: "ZCARD", stream: "XLEN" };

/** A large value is read in portions of as many items as have few bytes together. */
async function inPortions(send: RedisSend, fact: Fact): Promise<Fact> {
  const command = counting[fact.type];
  if (command === undefined) return fact;
  const [items] = await send([[command, fact.key]]);
  const portion = typeof items === "number" ? Math.floor((items * SLICE_BYTES) / fact.bytes) : 1;
  return { ...fact, portion: Math.max(1, Math.min(PORTION, portion)) };
}

/** Keys that have few bytes together; a large one alone. */
export function slicesOf<K extends { bytes: number }>(keys: readonly K[]): K[][] {
  const slices: K[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const key of keys) {
    bytes += key.bytes;
    if (bytes > SLICE_BYTES) {
      slices.push([]);
      bytes = key.bytes;
    }
    slices.at(-1)?.push(key);
  }
  return slices;
}

function nameOf(reply: Reply | undefined): string {
  if (reply instanceof RedisError) throw reply;
  return String(reply);
}
