/**
 * The databases of which the demo has snapshots taken: those that this machine has a server of are started with a few
 * rows, and a role that may only read them. Stage `local` knows them by their `source` (custom.demoSnapshots of
 * serverless.yml).
 */
import { foundProgram } from "../servers/found-program.ts";
import { mariaDbServer, startMariaDb } from "../servers/mariadb.ts";
import type { Fetching } from "../servers/maven.ts";
import { openSearchServers } from "../servers/opensearch.ts";
import { postgresPrograms, startPostgres } from "../servers/postgres.ts";
import { redisServer, startRedis } from "../servers/redis.ts";
import { searchProgram } from "../servers/search-program.ts";
import { startSearchServer } from "../servers/search-server.ts";
import { cacheRdb } from "./cache-rdb.ts";

/** How the stage comes to the rows: logged in as a secret says, or by a file in the lake's bucket. */
type OpenDatabase = { secret: object } | { file: { key: string; body: Uint8Array<ArrayBuffer> } };
export type DemoDatabase = {
  name: string;
  source: string;
  rows: number;
  /** Its server may have to be fetched first, so it comes after all else. */
  isFetched?: boolean;
  /** Starts it, until it is disposed; or says why not. */
  start(fetching: Fetching): Promise<(OpenDatabase & AsyncDisposable) | string>;
};

const ROWS = 12;
const reader = { username: "daymark", password: "secret of the reader" };

const postgres = serverDatabase({
  name: "PostgreSQL",
  source: "demo-postgres",
  async find() {
    const folder = await postgresPrograms();
    return folder === undefined ? undefined : { folder };
  },
  start: startPostgres,
  async fill(server) {
    const client = await server.connect();
    await client.query(`
      CREATE TABLE orders (id bigint PRIMARY KEY, placed_at timestamptz, total numeric(12, 2), tags text[]);
      INSERT INTO orders SELECT n, now(), n * 1.5, ARRAY['demo', 'tag ' || n] FROM generate_series(1, ${ROWS}) n;
      CREATE ROLE ${reader.username} LOGIN PASSWORD '${reader.password}';
      GRANT SELECT ON public.orders TO ${reader.username}`);
    await client.end();
    return { dbname: server.owner.database };
  },
});

const mariaDb = serverDatabase({
  name: "MariaDB",
  source: "demo-mariadb",
  find: () => foundProgram(mariaDbServer),
  start: startMariaDb,
  async fill(server) {
    const client = await server.connect();
    await client.query(`
      CREATE DATABASE shop;
      CREATE TABLE shop.orders (id bigint PRIMARY KEY, placed_at timestamp(6), total decimal(12, 2));
      INSERT INTO shop.orders SELECT seq, now(6), seq * 1.5 FROM shop.seq_1_to_${ROWS};
      CREATE USER ${reader.username} IDENTIFIED BY '${reader.password}' REQUIRE SSL;
      GRANT SELECT, SHOW VIEW ON shop.* TO ${reader.username}`);
    await client.end();
    return {};
  },
});

const redis = serverDatabase({
  name: "Redis",
  source: "demo-redis",
  find: () => foundProgram(redisServer),
  start: startRedis,
  async fill({ run }) {
    const keys = Array.from({ length: ROWS }, (_, i) => `HSET session:${i} user visitor-${i} pages ${i}`);
    const rules = "~* -@all +@read +scan +select +time -@write";
    await run(...keys, `ACL SETUSER ${reader.username} on ">${reader.password}" ${rules}`);
    return {};
  },
});

const rdbFile: DemoDatabase = {
  name: "RDB file of Redis",
  source: "demo-redis-rdb",
  rows: cacheRdb.keys,
  start: async () => ({
    file: { key: "demo-snapshots/cache.rdb", body: new Uint8Array(cacheRdb.bytes) },
    [Symbol.asyncDispose]: async () => {},
  }),
};

const openSearch = serverDatabase({
  name: "OpenSearch",
  source: "demo-opensearch",
  isFetched: true,
  find: (fetching) => searchProgram(openSearchServers, fetching),
  start: (program) => startSearchServer(program, reader),
  async fill({ ask }) {
    const lines = Array.from({ length: ROWS }, (_, i) => {
      return `{"index": {"_id": "order-${i + 1}"}}\n{"total": ${(i + 1) * 1.5}, "tags": ["demo", "tag ${i + 1}"]}\n`;
    });
    await ask("POST", "/orders/_bulk?refresh=true", lines.join(""));
    return {};
  },
});

export const demoDatabases: readonly DemoDatabase[] = [postgres, mariaDb, redis, rdbFile, openSearch];

type Server = { port: number; ca: string } & AsyncDisposable;
type ServerDatabase<Program, S extends Server> = Pick<DemoDatabase, "name" | "source" | "isFetched"> & {
  /** The program of the server; or undefined, or why there is none. */
  find(fetching: Fetching): Promise<Program | string | undefined>;
  start(program: Program): Promise<S>;
  /** Makes the rows and their reader; returns what else the reader has to know. */
  fill(server: S): Promise<{ dbname?: string }>;
};

/** A database whose server is started here. The server does not outlive a failure to fill it. */
function serverDatabase<Program extends object, S extends Server>({
  find,
  start,
  fill,
  ...database
}: ServerDatabase<Program, S>): DemoDatabase {
  return {
    ...database,
    rows: ROWS,
    async start(fetching) {
      const program = (await find(fetching)) ?? "this machine has no server of it";
      if (typeof program === "string") return program;
      await using starting = new AsyncDisposableStack();
      const server = starting.use(await start(program));
      const more = await fill(server);
      const { port, ca } = server;
      const started = starting.move();
      return {
        secret: { ...reader, host: "localhost", port, ca, ...more },
        [Symbol.asyncDispose]: () => started.disposeAsync(),
      };
    },
  };
}
