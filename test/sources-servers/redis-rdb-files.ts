/** RDB files that a Redis or Valkey has written, in each of the forms that it has for a value. */
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createRdbReader, type RdbKey } from "../../src/sources/redis/rdb/read-rdb.ts";
import type { Command } from "../../src/sources/redis/replies.ts";
import type { Redis } from "./redis.ts";
import { startSnapshotStage } from "./snapshot-stage.ts";

/** All keys of a file, and by their names the type and value of each. */
export async function readKeys(chunks: AsyncIterable<Buffer> | Iterable<Buffer>) {
  const reader = createRdbReader();
  const keys: RdbKey[] = [];
  for await (const bytes of chunks) keys.push(...reader.take(bytes));
  keys.push(...reader.end());
  const of = Object.fromEntries(keys.map(({ key, type, value }) => [String(key), [type, JSON.parse(value)]]));
  return { keys, of, facts: reader.facts };
}

export function testFiles(start: () => Promise<Redis>): void {
  const stack = new AsyncDisposableStack();
  let server: Redis;
  beforeAll(async () => {
    server = stack.use(await start());
  });
  beforeEach(async () => {
    await server.send(["FLUSHALL"]);
  });
  afterAll(() => stack.disposeAsync());

  const file = () => join(server.home, "dump.rdb");

  /** All keys of the file that the server writes now, read in chunks of that size. */
  async function save(chunk = 65_536) {
    await server.send(["SAVE"]);
    return await readKeys(createReadStream(file(), { highWaterMark: chunk }));
  }

  const many = (count: number, of: (i: number) => (string | Buffer)[]) =>
    Array.from({ length: count }, (_, i) => of(i)).flat();
  const integers = [
    "0",
    "-1",
    "127",
    "128",
    "-4096",
    "4095",
    "4096",
    "-32768",
    "32768",
    "8388607",
    "-8388609",
    "2147483648",
    "9007199254740993",
    "-9223372036854775808",
  ];
  const long = Buffer.from("packed, because it repeats itself. ".repeat(40));
  const odd = Buffer.from([0xff, 0x00, 0xfe]);
  const base64 = { base64: odd.toString("base64") };

  /** Values, small and large, as commands and as what they are in the lake. */
  const values: { name: string; command: Command; value: unknown; type: string }[] = [
    ...["", "text", "12", "-300", "70000", "9007199254740993", "007", "한국 🙂"].map((text) => ({
      name: `string ${text}`,
      command: ["SET", `string ${text}`, text],
      value: text,
      type: "string",
    })),
    { name: "packed", command: ["SET", "packed", long], value: String(long), type: "string" },
    { name: "bytes", command: ["SET", "bytes", odd], value: base64, type: "string" },
    {
      name: "list",
      command: ["RPUSH", "list", ...integers, odd, long, "x".repeat(100), "y".repeat(5000)],
      value: [...integers, base64, String(long), "x".repeat(100), "y".repeat(5000)],
      type: "list",
    },
    {
      name: "long list",
      command: ["RPUSH", "long list", ...many(5000, (i) => [`item ${i}`])],
      value: many(5000, (i) => [`item ${i}`]),
      type: "list",
    },
    {
      name: "set of numbers",
      command: ["SADD", "set of numbers", "-5", "3", "70000"],
      value: ["-5", "3", "70000"],
      type: "set",
    },
    {
      name: "set of large numbers",
      command: ["SADD", "set of large numbers", "-5000000000", "9223372036854775807"],
      value: ["-5000000000", "9223372036854775807"],
      type: "set",
    },
    { name: "set", command: ["SADD", "set", "only"], value: ["only"], type: "set" },
    {
      name: "hash",
      command: ["HSET", "hash", "a", "1", "b", String(long), "__proto__", "x"],
      value: JSON.parse(`{"a":"1","b":"${long}","__proto__":"x"}`),
      type: "hash",
    },
    {
      name: "large hash",
      command: ["HSET", "large hash", ...many(1000, (i) => [`f${i}`, `v${i}`])],
      value: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, `v${i}`])),
      type: "hash",
    },
    {
      name: "scores",
      command: ["ZADD", "scores", "-inf", "a", "0.1", "b", "3", "c", "1e300", "d", "inf", "e"],
      value: [
        ["a", "-inf"],
        ["b", 0.1],
        ["c", 3],
        ["d", 1e300],
        ["e", "inf"],
      ],
      type: "zset",
    },
    {
      name: "stream",
      command: ["XADD", "stream", "1795655163250-7", "f", "1", "f", "2"],
      value: {
        entries: [
          [
            "1795655163250-7",
            [
              ["f", "1"],
              ["f", "2"],
            ],
          ],
        ],
        groups: [],
      },
      type: "stream",
    },
  ];
  const settings: Record<string, Record<string, string>> = {
    "as they are by default": {},
    "nothing packed": { rdbcompression: "no" },
    "nothing small": {
      "list-max-listpack-size": "1",
      "hash-max-listpack-entries": "0",
      "set-max-intset-entries": "0",
      "zset-max-listpack-entries": "0",
      "list-compress-depth": "1",
    },
  };

  test.each(Object.keys(settings))("values of every type are read, %s", async (name) => {
    const chosen = Object.entries(settings[name] ?? {});
    const before: Command[] = [];
    for (const [setting, value] of chosen) {
      const [found] = await server.send(["CONFIG", "GET", setting], ["CONFIG", "SET", setting, value]);
      before.push(["CONFIG", "SET", setting, String(Array.isArray(found) ? found[1] : "")]);
    }
    await server.send(...values.map(({ command }) => command));
    const { of, facts } = await save();
    await server.send(...before);
    for (const { name: key, value, type } of values) {
      const [found, read] = of[key] ?? [];
      expect([key, found, Array.isArray(read) && type === "set" ? read.sort() : read]).toEqual([
        key,
        type,
        Array.isArray(value) && type === "set" ? value.sort() : value,
      ]);
    }
    expect([...facts.sizes]).toEqual([["0", values.length]]);
  });

  test("a file is read in whatever chunks it comes", async () => {
    await server.send(...values.map(({ command }) => command));
    const { of } = await save();
    for (const chunk of [1, 7, 1000]) expect((await save(chunk)).of).toEqual(of);
  });

  test("keys of all databases have their times to live since the file was written, and those that had expired are not there", async () => {
    await server
      .send(
        ["SET", "a", "1", "PX", "500000"],
        ["SET", "b", "1"],
        ["SELECT", "3"],
        ["SET", "c", "1", "EX", "1000"],
        ["DEBUG", "SET-ACTIVE-EXPIRE", "0"],
        ["SET", "gone", "1", "PX", "1"],
        ["SELECT", "0"],
      )
      .catch(() => {});
    const { keys, facts } = await save();
    const ttl = Object.fromEntries(keys.map(({ database, key, ttl: left }) => [`${database} ${key}`, left]));
    expect(ttl["0 b"]).toBeUndefined();
    expect([ttl["0 a"], ttl["3 c"]].every((left) => left !== undefined && left > 400_000 && left < 1_001_001)).toBe(
      true,
    );
    expect(Math.abs((facts.at ?? 0) - Date.now())).toBeLessThan(10_000);
  });

  test("streams have their entries but those that were deleted, and their groups", async () => {
    await server.send(
      ...Array.from(
        { length: 300 },
        (_, i): Command => ["XADD", "s", `5-${i + 1}`, i % 3 === 0 ? "other" : "n", String(i), "m", "x"],
      ),
      ["XDEL", "s", "5-2", "5-300"],
      ["XGROUP", "CREATE", "s", "readers", "0"],
      ["XREADGROUP", "GROUP", "readers", "me", "COUNT", "5", "STREAMS", "s", ">"],
      ["XGROUP", "CREATE", "s", "others", "$"],
    );
    const { of } = await save();
    const [, { entries, groups }] = of.s ?? [];
    expect(entries).toHaveLength(298);
    expect([entries[0], entries[1], entries.at(-1)]).toEqual([
      [
        "5-1",
        [
          ["other", "0"],
          ["m", "x"],
        ],
      ],
      [
        "5-3",
        [
          ["n", "2"],
          ["m", "x"],
        ],
      ],
      [
        "5-299",
        [
          ["n", "298"],
          ["m", "x"],
        ],
      ],
    ]);
    expect(groups).toEqual(
      expect.arrayContaining([
        { name: "readers", last_delivered_id: "5-6" },
        { name: "others", last_delivered_id: "5-300" },
      ]),
    );
  });

  test("a file that is cut anywhere, or has one wrong byte, is refused", async () => {
    await server.send(["RPUSH", "list", "a", "b"], ["SET", "s", "text"], ["HSET", "h", "a", "1"]);
    await save();
    const bytes = await readFile(file());
    for (let end = 0; end < bytes.length; end++)
      await expect(readKeys([bytes.subarray(0, end)])).rejects.toThrow(/cut short/);
    for (let at = 0; at < bytes.length; at++) {
      const wrong = Buffer.from(bytes);
      wrong[at] = (wrong[at] ?? 0) ^ 0x01;
      await expect(readKeys([wrong]), `byte ${at}`).rejects.toThrow(/Cannot (read|trust|unpack)/);
    }
  });

  test("a snapshot of a file is of the instant at which it was written, has the checksum of its rows, and only one database", async () => {
    const keys = Array.from({ length: 5000 }, (_, i): Command => ["SET", `key ${i}`, `value ${i}`]);
    await server.send(
      ...keys,
      ["SET", "goes", "1", "PX", "90000"],
      ["SELECT", "2"],
      ["SET", "b", "2"],
      ["SELECT", "0"],
      ["SAVE"],
    );
    await using stage = await startSnapshotStage(server);
    const source = { source: "shop", engine: "redis-rdb" as const, secret: "", file: file() };
    const tables = [{ table: "0" }, { table: "2", columns: ["key"], pseudonyms: ["key"] }, { table: "7" }];
    const step = await stage.invocation({ ...source, tables }, undefined, {});
    expect(step).toMatchObject({
      finished: { consistent: true, tables: [{ rows: 5001, skipped: 0 }, { rows: 1 }, { rows: 0 }] },
    });
    const counts = "count(*), count(DISTINCT key), count(ttl_ms), min(ttl_ms) > 80000";
    expect(await stage.ask("0", `SELECT ${counts} FROM $`)).toEqual([[5001n, 5001n, 1n, true]]);
    expect(await stage.ask("2", "SELECT length(key) FROM $")).toEqual([[32n]]);
    await server.send(["FLUSHALL"], ["SET", "only", "1"], ["SAVE"]);
    expect(await stage.invocation({ ...source, tables: [{ table: "0" }] }, undefined, {})).toMatchObject({
      finished: { tables: [{ rows: 1 }] },
    });
    const cut = { ...source, file: join(server.home, "server.crt"), tables: [{ table: "0" }] };
    await expect(stage.invocation(cut, undefined, {})).rejects.toThrow(/does not begin with REDIS or VALKEY/);
  });
}
