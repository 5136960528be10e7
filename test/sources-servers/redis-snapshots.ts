/** Snapshots of a Redis or Valkey: every key once, of every type, whatever bytes it is made of. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { connectRedis } from "../../src/databases/redis.ts";
import type { SnapshotSource } from "../../src/schemas/snapshot-source.ts";
import type { Command } from "../../src/sources/redis/replies.ts";
import type { Redis } from "./redis.ts";
import { startSnapshotStage } from "./snapshot-stage.ts";

/** `scores` is how the server prints the scores -1e300, 0.1 and infinity. */
export function testSnapshots(start: () => Promise<Redis>, scores: readonly string[]): void {
  const stack = new AsyncDisposableStack();
  let server: Redis;
  let stage: Awaited<ReturnType<typeof startSnapshotStage>>;
  const reader = { username: "reader", password: "secret of the reader" };
  const rules = ["on", ">secret of the reader", "~*", "-@all", "+@read", "+scan", "+select", "+time", "-@write"];
  beforeAll(async () => {
    server = stack.use(await start());
  });
  beforeEach(async () => {
    await server.send(["FLUSHALL"], ["ACL", "SETUSER", "reader", "reset", ...rules]);
    stage = await startSnapshotStage(server, reader);
  });
  afterEach(() => stage[Symbol.asyncDispose]());
  afterAll(() => stack.disposeAsync());

  const settings: SnapshotSource = { source: "shop", engine: "redis", secret: "arn", tables: [{ table: "0" }] };
  const take = (other: Partial<SnapshotSource> = {}) => stage.invocation({ ...settings, ...other }, undefined, {});
  const ask = (columns: string) => stage.ask("0", `SELECT ${columns} FROM $ ORDER BY key`);

  test("keys of every type are rows, with their values as JSON and their times to live", async () => {
    await server.send(
      ["SET", "string", 'a "b"\n한국 🙂'],
      ["SET", "empty", ""],
      ["SET", "number", "9007199254740993"],
      ["SET", "bytes", Buffer.from([0, 0xff])],
      ["RPUSH", "list", "a", Buffer.from([0xff]), "a"],
      ["SADD", "set", "only"],
      ["HSET", "hash", "2", "two", "1", "one", "__proto__", "x"],
      ["HSET", "hash of bytes", Buffer.from([0xff]), "v"],
      ["ZADD", "scores", "0.1", "a", "inf", "b", "-1e300", "c"],
      ["XADD", "stream", "1-1", "f", "1", "f", "2"],
      ["XGROUP", "CREATE", "stream", "readers", "0"],
      ["XREADGROUP", "GROUP", "readers", "me", "STREAMS", "stream", ">"],
      ["SET", Buffer.from([0xfe, 0x01]), "key of bytes"],
      ["SET", "gone soon", "x", "PX", "500000"],
      ["PFADD", "hll", "a"],
    );
    const step = await take();
    expect(step).toMatchObject({ finished: { consistent: false, tables: [{ rows: 13, kept: {}, skipped: 0 }] } });
    const rows = Object.fromEntries((await ask("key, type, value")).map(([key, type, value]) => [key, [type, value]]));
    expect(rows).toMatchObject({
      string: ["string", JSON.stringify('a "b"\n한국 🙂')],
      empty: ["string", '""'],
      number: ["string", '"9007199254740993"'],
      bytes: ["string", '{"base64":"AP8="}'],
      list: ["list", '["a",{"base64":"/w=="},"a"]'],
      set: ["set", '["only"]'],
      hash: ["hash", '{"2":"two","1":"one","__proto__":"x"}'],
      "hash of bytes": ["hash", '[[{"base64":"/w=="},"v"]]'],
      scores: ["zset", `[["c",${scores[0]}],["a",${scores[1]}],["b",${scores[2]}]]`],
      stream: [
        "stream",
        '{"entries":[["1-1",[["f","1"],["f","2"]]]],"groups":[{"name":"readers","last_delivered_id":"1-1"}]}',
      ],
      null: ["string", '"key of bytes"'],
    });
    const [[, base64, ttl] = []] = await stage.ask("0", "SELECT key, key_base64, ttl_ms FROM $ WHERE key IS NULL");
    expect([base64, ttl]).toEqual(["/gE=", null]);
    const [[left] = []] = await stage.ask("0", "SELECT ttl_ms FROM $ WHERE key = 'gone soon'");
    expect(Number(left)).toBeGreaterThan(400_000);
  });

  test("large values are read in portions, and each of their parts once", async () => {
    const many = (count: number, of: (i: number) => string[]): string[] =>
      Array.from({ length: count }, (_, i) => of(i)).flat();
    await server.send(
      ["RPUSH", "list", ...many(2500, (i) => [`item ${i}`])],
      ["SADD", "set", ...many(2500, (i) => [`member ${i}`])],
      ["HSET", "hash", ...many(2500, (i) => [`field ${i}`, String(i)])],
      ["ZADD", "zset", ...many(2500, (i) => [String(i), `member ${i}`])],
      ...Array.from({ length: 2500 }, (_, i): Command => ["XADD", "stream", `1-${i + 1}`, "n", String(i)]),
    );
    await take();
    const counted = "key, json_array_length(value), length(json_keys(value))";
    const count = Object.fromEntries(
      (await ask(counted)).map(([key, items, keys]) => [key, [items, keys].map(Number)]),
    );
    expect(count).toMatchObject({ list: [2500, 0], set: [2500, 0], zset: [2500, 0], hash: [0, 2500] });
    const entries = "json_array_length(value, '/entries'), value->>'/entries/2499/0'";
    expect(await stage.ask("0", `SELECT ${entries} FROM $ WHERE key = 'stream'`)).toEqual([[2500n, "1-2500"]]);
  });

  test("of a database that is written to meanwhile each key that stays is there once", async () => {
    const names = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => `${from < 100_000 ? "stays" : "goes"} ${from + i}`);
    for (let from = 0; from < 50_000; from += 10_000)
      await server.send(...names(from, 10_000).map((name): Command => ["SET", name, name]));
    const stop = new AbortController();
    const writing = (async () => {
      for (let i = 0; !stop.signal.aborted; i++) {
        await server.send(...names(100_000 + i * 1000, 1000).map((name): Command => ["SET", name, "x"]));
        await server.send(...names(100_000 + i * 1000, 1000).map((name): Command => ["DEL", name]));
        await server.send(["SET", `list ${i}`, "x"], ["DEL", `list ${i}`], ["RPUSH", `list ${i}`, "x"]);
      }
    })();
    await take();
    stop.abort();
    await writing;
    const kept = "count(*), count(DISTINCT key), count(*) FILTER (value = to_json(key))";
    expect(await stage.ask("0", `SELECT ${kept} FROM $ WHERE key LIKE 'stays%'`)).toEqual([
      [50_000n, 50_000n, 50_000n],
    ]);
  });

  test("a user that may write is refused, unless that is meant; so are wrong passwords and certificates", async () => {
    await server.send(["SET", "a", "1"]);
    expect(await take()).toHaveProperty("finished");
    await server.send(["ACL", "SETUSER", "reader", "+expire"]);
    await expect(take()).rejects.toThrow(/its user may write \(EXPIRE\)/);
    expect(await take({ mayWrite: true })).toHaveProperty("finished");
    expect(await server.send(["DBSIZE"])).toEqual([1]);
    const secret = { username: "reader", password: "wrong", host: "localhost", port: server.port };
    await expect(connectRedis(JSON.stringify({ ...secret, ca: server.ca }), {})).rejects.toThrow(
      /log in to localhost: WRONGPASS/,
    );
    await expect(connectRedis(JSON.stringify(secret), {})).rejects.toThrow(/certificate/);
    await expect(connectRedis(JSON.stringify({ ...secret, ca: server.ca, host: "0.0.0.0" }), {})).rejects.toThrow(
      /altnames/,
    );
  });

  test("other databases, and some of the columns, are taken when they are named; keys are hidden when they are to be", async () => {
    await server.send(["SET", "a", "1"], ["SELECT", "3"], ["SET", "b", "2"], ["SET", "c", "3"], ["SELECT", "0"]);
    await take({ tables: [{ table: "0" }, { table: "3", columns: ["key", "type"], pseudonyms: ["key"] }] });
    const [row] = await stage.ask("3", 'SELECT * EXCLUDE (dt, hour, source, "table") FROM $ LIMIT 1');
    expect(row).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), "string", null]);
    await expect(take({ tables: [{ table: "99" }] })).rejects.toThrow(/out of range/);
  });
}
