/**
 * The databases of which the demo has snapshots taken: those that this machine has a server of are started with a few
 * rows, and a role that may only read them. Stage `local` knows them by their `source` (custom.demoSnapshots of
 * serverless.yml).
 */
import { foundProgram } from "../servers/found-program.ts";
import { mariaDbServer, startMariaDb } from "../servers/mariadb.ts";
import { postgresPrograms, startPostgres } from "../servers/postgres.ts";
import { redisServer, startRedis } from "../servers/redis.ts";
import { cacheRdb } from "./cache-rdb.ts";

/** How the stage comes to the rows: logged in as a secret says, or by a file in the lake's bucket. */
type OpenDatabase = { secret: object } | { file: { key: string; body: Uint8Array<ArrayBuffer> } };
export type DemoDatabase = {
  name: string;
  source: string;
  rows: number;
  /** Starts it, until it is disposed; or says why not. */
  start(): Promise<(OpenDatabase & AsyncDisposable) | string>;
};
type Server = { port: number; ca: string } & AsyncDisposable;

const noServer = "this machine has no server of it";
const ROWS = 12;
const reader = { username: "daymark", password: "secret of the reader" };

const postgres: DemoDatabase = {
  name: "PostgreSQL",
  source: "demo-postgres",
  rows: ROWS,
  async start() {
    if ((await postgresPrograms()) === undefined) return noServer;
    return await filled(await startPostgres(), async (server) => {
      const client = await server.connect();
      await client.query(`
        CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamptz, total numeric(12, 2), tags text[]);
        INSERT INTO orders SELECT n, now(), n * 1.5, ARRAY['demo', 'tag ' || n] FROM generate_series(1, ${ROWS}) n;
        CREATE ROLE ${reader.username} LOGIN PASSWORD '${reader.password}';
        GRANT SELECT ON public.orders TO ${reader.username}`);
      await client.end();
      return { dbname: server.owner.database };
    });
  },
};

const mariaDb: DemoDatabase = {
  name: "MariaDB",
  source: "demo-mariadb",
  rows: ROWS,
  async start() {
    const program = await foundProgram(mariaDbServer.path, mariaDbServer.packages[0]);
    if (program === undefined) return noServer;
    return await filled(await startMariaDb(program), async (server) => {
      const client = await server.connect();
      await client.query(`
        CREATE DATABASE shop;
        CREATE TABLE shop.orders (id bigint PRIMARY KEY, placed_at timestamp(6), total decimal(12, 2));
        INSERT INTO shop.orders SELECT seq, now(6), seq * 1.5 FROM shop.seq_1_to_${ROWS};
        CREATE USER ${reader.username} IDENTIFIED BY '${reader.password}' REQUIRE SSL;
        GRANT SELECT, SHOW VIEW ON shop.* TO ${reader.username}`);
      await client.end();
      return {};
    });
  },
};

const redis: DemoDatabase = {
  name: "Redis",
  source: "demo-redis",
  rows: ROWS,
  async start() {
    const program = await foundProgram(redisServer.path, redisServer.packages[0]);
    if (program === undefined) return noServer;
    return await filled(await startRedis(program), async ({ run }) => {
      const keys = Array.from({ length: ROWS }, (_, i) => `HSET session:${i} user visitor-${i} pages ${i}`);
      const rules = "~* -@all +@read +scan +select +time -@write";
      await run(...keys, `ACL SETUSER ${reader.username} on ">${reader.password}" ${rules}`);
      return {};
    });
  },
};

const rdbFile: DemoDatabase = {
  name: "RDB file of Redis",
  source: "demo-redis-rdb",
  rows: cacheRdb.keys,
  start: async () => ({
    file: { key: "demo-snapshots/cache.rdb", body: new Uint8Array(cacheRdb.bytes) },
    [Symbol.asyncDispose]: async () => {},
  }),
};

const elasticsearch: DemoDatabase = {
  name: "Elasticsearch and OpenSearch",
  source: "demo-elasticsearch",
  rows: 0,
  start: async () => "the demo starts no server of it",
};

export const demoDatabases: readonly DemoDatabase[] = [postgres, mariaDb, redis, rdbFile, elasticsearch];

/** A server once it has its rows, with the secret of its reader. It does not outlive a failure to fill it. */
async function filled<S extends Server>(server: S, fill: (server: S) => Promise<{ dbname?: string }>) {
  const stop = () => server[Symbol.asyncDispose]();
  try {
    const more = await fill(server);
    const { port, ca } = server;
    return { secret: { ...reader, host: "localhost", port, ca, ...more }, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
