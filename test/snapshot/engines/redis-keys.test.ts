import { expect, test } from "vitest";
import { readKeys, slicesOf } from "../../../src/snapshot/engines/redis-keys.ts";
import { type Command, RedisError, type Reply } from "../../../src/sources/redis/replies.ts";

const MB = 1024 * 1024;

/** A server with these values; remembers how many bytes it was asked for at once. */
function createServer(values: Record<string, Buffer | Buffer[]>, hasMemory = true) {
  let most = 0;
  const bytesOf = (reply: Reply): number =>
    Array.isArray(reply)
      ? reply.reduce<number>((sum, one) => sum + bytesOf(one), 0)
      : Buffer.isBuffer(reply)
        ? reply.length
        : 0;
  const answers: Record<string, (value: Buffer | Buffer[], command: Command) => Reply> = {
    TYPE: (value) => Buffer.from(Array.isArray(value) ? "list" : "string"),
    PTTL: () => -1,
    MEMORY: (value) => (hasMemory ? bytesOf(value) : new RedisError("NOPERM")),
    GET: (value) => (Array.isArray(value) ? new RedisError("WRONGTYPE") : value),
    LLEN: (value) => value.length,
    LRANGE: (value, [, , from, to]) => (Array.isArray(value) ? value.slice(Number(from), Number(to) + 1) : []),
  };
  return {
    most: () => most,
    async send(commands: readonly Command[]): Promise<Reply[]> {
      const replies = commands.map((command) => {
        const name = String(command[0] === "MEMORY" ? command[2] : command[1]);
        return answers[String(command[0])]?.(values[name] ?? Buffer.alloc(0), command) ?? null;
      });
      most = Math.max(most, bytesOf(replies));
      return replies;
    },
  };
}

async function lengthsOf(values: Record<string, Buffer | Buffer[]>, server: ReturnType<typeof createServer>) {
  const lengths: number[] = [];
  for await (const { keys } of readKeys(
    server.send,
    Object.keys(values).map((key) => Buffer.from(key)),
  ))
    lengths.push(...keys.map(({ value }) => value.length));
  return lengths;
}

test.each([
  {
    of: "many keys",
    values: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, Buffer.alloc(MB, "x")])),
  },
  {
    of: "a few that are larger",
    values: { a: Buffer.alloc(5 * MB, "x"), b: Buffer.alloc(5 * MB, "x"), c: Buffer.alloc(MB) },
  },
  {
    of: "a list of large items",
    values: { list: Array.from({ length: 40 }, () => Buffer.alloc(MB, "x")), a: Buffer.alloc(1) },
  },
])("no more than 8 MB are asked for at once, of $of, and all of them are read", async ({ values }) => {
  const server = createServer(values);
  const lengths = await lengthsOf(values, server);
  expect(lengths).toHaveLength(Object.keys(values).length);
  expect(Math.min(...lengths)).toBeGreaterThan(0);
  expect(server.most()).toBeLessThanOrEqual(8 * MB);
});

test("where the server does not say how large keys are, few are asked for at once", async () => {
  const values = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, Buffer.alloc(MB, "x")]));
  const server = createServer(values, false);
  expect(await lengthsOf(values, server)).toHaveLength(50);
  expect(server.most()).toBeLessThanOrEqual(8 * MB);
});

test("a key that does not fit into memory is an error, which names it", async () => {
  const server = { send: async () => [Buffer.from("string"), -1, 200 * MB] };
  await expect(readKeys(server.send, [Buffer.from("huge")]).next()).rejects.toThrow(
    /Cannot take a snapshot of key huge: it has 209715200 bytes/,
  );
});

test("slices hold each key once, in order, and a large one alone", () => {
  const keys = [1, 8, 9, 0.5, 0.5, 7, 1].map((mb, i) => ({ i, bytes: mb * MB }));
  expect(slicesOf(keys).map((slice) => slice.map(({ i }) => i))).toEqual([[0], [1], [2], [3, 4, 5], [6]]);
  expect(slicesOf([])).toEqual([]);
});
