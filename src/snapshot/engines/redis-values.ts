/** The values of Redis keys as JSON, read in portions: each reply contains only a part of a large value. */
import { jsonOfBytes, jsonOfHash, jsonOfList, jsonOfScores, jsonOfStream } from "../../sources/redis/json-value.ts";
import { type Command, RedisError, type Reply } from "../../sources/redis/replies.ts";

export type RedisSend = (commands: readonly Command[]) => Promise<Reply[]>;
/** `portion`: how many of its items are asked for at once. */
export type KnownKey = { key: Buffer; type: string; portion: number };

/** The most items of a value that are asked for at once. */
export const PORTION = 1000;

/** The value of each key; undefined if the key was removed, or now has another type. */
export async function readValue(send: RedisSend, keys: readonly KnownKey[]): Promise<(string | undefined)[]> {
  const first = await send(keys.map((known) => (readers[known.type] ?? dumped).first(known)));
  const values: (string | undefined)[] = [];
  for (const [i, known] of keys.entries())
    values.push(await orGone(() => (readers[known.type] ?? dumped).rest(send, known, first[i])));
  return values;
}

/** The errors for a key that was replaced in the meantime, and for one that was removed. */
async function orGone(read: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RedisError && /^WRONGTYPE|no such key/i.test(error.message)) return undefined;
    throw error;
  }
}

/**
 * `first` requests the first portion; those of all keys are sent together. `rest` reads the remainder, and turns
 * everything into JSON.
 */
type Reader = {
  first(known: KnownKey): Command;
  rest(send: RedisSend, known: KnownKey, first: Reply | undefined): Promise<string | undefined>;
};

const scanned = (command: string, toJson: (flat: readonly Buffer[]) => string): Reader => ({
  first: ({ key, portion }) => [command, key, "0", "COUNT", String(portion)],
  async rest(send, { key, portion }, first) {
    const flat: Buffer[] = [];
    let page = first;
    while (true) {
      const [cursor, items] = listOf(page);
      for (const item of listOf(items)) flat.push(bytesOf(item));
      if (String(cursor) === "0") break;
      [page] = await send([[command, key, String(cursor), "COUNT", String(portion)]]);
    }
    return flat.length === 0 ? undefined : toJson(flat);
  },
});

const readers: Record<string, Reader> = {
  none: { first: ({ key }) => ["TYPE", key], rest: async () => undefined },
  string: {
    first: ({ key }) => ["GET", key],
    rest: async (_, _known, first) => (first === null ? undefined : jsonOfBytes(bytesOf(first))),
  },
  list: {
    first: ({ key, portion }) => ["LRANGE", key, "0", String(portion - 1)],
    async rest(send, { key, portion: most }, first) {
      const list: Buffer[] = [];
      let portion = listOf(first);
      while (portion.length > 0) {
        for (const item of portion) list.push(bytesOf(item));
        if (portion.length < most) break;
        const [next] = await send([["LRANGE", key, String(list.length), String(list.length + most - 1)]]);
        portion = listOf(next);
      }
      return list.length === 0 ? undefined : jsonOfList(list);
    },
  },
  set: scanned("SSCAN", (members) => jsonOfList([...unique(members, 1).map(([member]) => member)])),
  hash: scanned("HSCAN", (flat) => jsonOfHash(unique(flat, 2).map(([name, value]) => [name, value ?? name]))),
  zset: scanned("ZSCAN", (flat) => jsonOfScores(unique(flat, 2).map(([member, score]) => [member, String(score)]))),
  stream: { first: ({ key, portion }) => ["XRANGE", key, "-", "+", "COUNT", String(portion)], rest: readStream },
};

/** For a module's types: the bytes from which Redis itself could restore the value. */
const dumped: Reader = {
  first: ({ key }) => ["DUMP", key],
  rest: async (_, _known, first) => (first === null ? undefined : `{"dump":"${bytesOf(first).toString("base64")}"}`),
};

async function readStream(
  send: RedisSend,
  { key, portion: most }: KnownKey,
  first: Reply | undefined,
): Promise<string> {
  const entries: { id: string; fields: [Buffer, Buffer][] }[] = [];
  let portion = listOf(first);
  while (portion.length > 0) {
    for (const entry of portion) {
      const [id, fields] = listOf(entry);
      entries.push({ id: String(id), fields: pairs(listOf(fields).map(bytesOf)) });
    }
    if (portion.length < most) break;
    const [next] = await send([["XRANGE", key, `(${entries.at(-1)?.id}`, "+", "COUNT", String(most)]]);
    portion = listOf(next);
  }
  const [groups] = await send([["XINFO", "GROUPS", key]]);
  return jsonOfStream(entries, listOf(groups).map(groupOf));
}

function groupOf(reply: Reply) {
  const facts = listOf(reply);
  const fact = (name: string) => facts[facts.findIndex((one) => String(one) === name) + 1];
  return { name: bytesOf(fact("name")), lastDelivered: String(fact("last-delivered-id")) };
}

function pairs(flat: readonly Buffer[]): [Buffer, Buffer][] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? name]] : []));
}

/**
 * The items that a scan of a value found, identified by the first of their `width` parts: a scan may return an item
 * twice, and the last one counts.
 */
function unique(flat: readonly Buffer[], width: number): [Buffer, Buffer | undefined][] {
  const found = new Map<string, [Buffer, Buffer | undefined]>();
  for (let i = 0; i < flat.length; i += width) {
    const item = flat[i];
    if (item !== undefined) found.set(item.toString("latin1"), [item, width === 2 ? flat[i + 1] : undefined]);
  }
  return [...found.values()];
}

function listOf(reply: Reply | undefined): Reply[] {
  if (reply instanceof RedisError) throw reply;
  return Array.isArray(reply) ? reply : [];
}

function bytesOf(reply: Reply | undefined): Buffer {
  if (reply instanceof RedisError) throw reply;
  if (!Buffer.isBuffer(reply)) throw new TypeError("Cannot read a value of Redis: it is not bytes");
  return reply;
}
