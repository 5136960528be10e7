/** How fast keys of Redis, an RDB file and documents of Elasticsearch are copied to Parquet. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Command } from "../../src/sources/redis/replies.ts";
import { startElasticStandIn } from "../../test/sources-servers/elastic-stand-in.ts";
import { redisProgram, startRedis } from "../../test/sources-servers/redis.ts";
import type { Row } from "../report.ts";
import { secondsOf, skipped, snapshotOf } from "./timed-snapshot.ts";

/** Keys of four types, as sessions, carts and rankings have them. */
const key = (n: number): Command =>
  [
    ["HSET", `session:${n}`, "user", `u${n}`, "seen", String(1_795_655_163_000 + n)],
    ["SET", `cart:${n}`, JSON.stringify({ id: n, items: [1, 2, 3], name: `한국 ${n}` }), "EX", "5000"],
    ["ZADD", `rank:${n}`, String(n), "a", "1.5", "b"],
    ["RPUSH", `list:${n}`, "a", "b", String(n)],
  ][n % 4] ?? [];
const AT_ONCE = 20_000;

export async function ofRedis(keys: number): Promise<Row[]> {
  if ((await redisProgram()) === undefined) return skipped("Redis", "redis-tools");
  await using server = await startRedis();
  for (let from = 0; from < keys; from += AT_ONCE)
    await server.send(...Array.from({ length: AT_ONCE }, (_, i) => key(from + i)));
  await server.send(["SAVE"]);
  const file = join(server.home, "dump.rdb");
  const floor = await secondsOf(async () => {
    for await (const _ of createReadStream(file, { highWaterMark: 1 << 20 }));
  });
  const ofFile = await snapshotOf("redis-rdb", "0", {}, keys, { file, secret: "" });
  const { port, ca } = server;
  const secret = { username: "default", password: "secret of the owner", host: "localhost", port, ca };
  const scanned = await snapshotOf("redis", "0", secret, keys);
  return [
    { what: "RDB file, read and thrown away", measured: floor, unit: "s", note: `${keys} keys of four types` },
    { what: "snapshot of an RDB file", measured: ofFile.seconds, unit: "s", atMost: 10 },
    { what: "  keys a second of this process's CPU", measured: keys / ofFile.cpu, unit: "keys/s", atLeast: 100_000 },
    { what: "  memory, peak", measured: ofFile.mb, unit: "MB", atMost: 300 },
    { what: "snapshot of Redis by SCAN", measured: scanned.seconds, unit: "s" },
    { what: "  keys a second of this process's CPU", measured: keys / scanned.cpu, unit: "keys/s" },
    { what: "  memory, peak", measured: scanned.mb, unit: "MB", atMost: 300 },
  ];
}

export async function ofElasticsearch(documents: number): Promise<Row[]> {
  await using server = await startElasticStandIn("elasticsearch");
  const source = (n: number) => JSON.stringify({ n, customer: n % 50_000, status: "paid", note: `note of order ${n}` });
  server.indices.set(
    "orders",
    Array.from({ length: documents }, (_, n) => ({ id: String(n), source: source(n) })),
  );
  const secret = { ...server.reader, host: "localhost", port: server.port, ca: server.ca };
  const found = await snapshotOf("elasticsearch", "orders", secret, documents);
  return [
    {
      what: "documents a second of this process's CPU",
      measured: documents / found.cpu,
      unit: "documents/s",
      note: "of a stand-in for Elasticsearch",
    },
    { what: "  memory, peak", measured: found.mb, unit: "MB", atMost: 300 },
  ];
}
