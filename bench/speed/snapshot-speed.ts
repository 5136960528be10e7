/**
 * How fast a database table is copied to Parquet, compared with the server's own export: a million rows, or five with
 * `--full`.
 */
import { once } from "node:events";
import { createConnection } from "mysql2";
import { to as copyTo } from "pg-copy-streams";
import { mariaDbProgram, startMariaDb } from "../../test/sources-servers/mariadb.ts";
import { postgresPrograms, startPostgres } from "../../tools/servers/postgres.ts";
import type { Bench, Row } from "../report.ts";
import { ofElasticsearch, ofRedis } from "./snapshot-speed-at-once.ts";
import { secondsOf, skipped, snapshotOf } from "./timed-snapshot.ts";

async function ofPostgres(rows: number): Promise<Row[]> {
  if ((await postgresPrograms()) === undefined) return skipped("PostgreSQL", "postgresql");
  await using server = await startPostgres();
  const client = await server.connect();
  await client.query(
    "CREATE TABLE orders (id bigint NOT NULL, customer int NOT NULL, at timestamptz NOT NULL, price numeric(10, 2), status text, note text)",
  );
  await client.query(`INSERT INTO orders SELECT n, n % 50000, timestamptz '2026-01-01' + n * interval '1 second', (n % 100000) / 100.0,
    (ARRAY['new', 'paid', 'sent'])[1 + n % 3], 'note of order ' || n FROM generate_series(1, ${rows}) n`);
  await client.query("VACUUM ANALYZE orders");
  const floor = await secondsOf(async () => {
    for await (const _ of client.query(copyTo("COPY orders TO STDOUT", { highWaterMark: 1 << 20 })));
  });
  await client.end();
  const { user, password, port, database } = server.owner;
  const secret = { username: user, password, host: "localhost", port, dbname: database, ca: server.ca };
  const found = await snapshotOf("postgres", "public.orders", secret, rows);
  return [
    { what: "COPY … TO STDOUT, read and thrown away", measured: floor, unit: "s", note: `${rows} rows` },
    { what: "snapshot", measured: found.seconds, unit: "s" },
    { what: "  against COPY", measured: found.seconds / floor, unit: "×", atMost: 3 },
    { what: "  rows a second of this process's CPU", measured: rows / found.cpu, unit: "rows/s", atLeast: 134_000 },
    { what: "  memory, peak", measured: found.mb, unit: "MB", atMost: 300 },
  ];
}

async function ofMariaDb(rows: number): Promise<Row[]> {
  if ((await mariaDbProgram()) === undefined) return skipped("MariaDB", "mariadb-server-core");
  await using server = await startMariaDb();
  const client = await server.connect();
  await client.query("CREATE DATABASE shop; USE shop; SET time_zone = '+00:00'");
  await client.query(
    "CREATE TABLE orders (id bigint NOT NULL PRIMARY KEY, customer int NOT NULL, at timestamp(6) NOT NULL, price decimal(10, 2), status varchar(20), note text)",
  );
  await client.query(`INSERT INTO orders SELECT seq, seq % 50000, '2026-01-01' + INTERVAL seq SECOND, (seq % 100000) / 100.0,
    elt(1 + seq % 3, 'new', 'paid', 'sent'), concat('note of order ', seq) FROM seq_1_to_${rows}`);
  await client.end();
  const secret = {
    username: "owner",
    password: "secret of the owner",
    host: "localhost",
    port: server.port,
    ca: server.ca,
  };
  const floor = await secondsOf(() => readMysql(secret));
  const found = await snapshotOf("mariadb", "shop.orders", secret, rows);
  return [
    { what: "SELECT * of MariaDB, read and thrown away", measured: floor, unit: "s", note: `${rows} rows` },
    { what: "snapshot of MariaDB", measured: found.seconds, unit: "s" },
    { what: "  rows a second of this process's CPU", measured: rows / found.cpu, unit: "rows/s", atLeast: 100_000 },
    { what: "  memory, peak", measured: found.mb, unit: "MB", atMost: 300 },
  ];
}

async function readMysql({
  username: user,
  password,
  host,
  port,
  ca,
}: Record<"username" | "password" | "host" | "ca", string> & { port: number }) {
  const connection = createConnection({ host, port, user, password, ssl: { ca }, typeCast: false });
  await once(
    connection.query({ sql: "SELECT * FROM shop.orders", rowsAsArray: true }).on("result", () => {}),
    "end",
  );
  connection.destroy();
}

export const snapshotSpeed: Bench = {
  title: "snapshot of a table of six columns",
  async run({ full }) {
    const rows = full ? 5_000_000 : 1_000_000;
    return [
      ...(await ofPostgres(rows)),
      ...(await ofMariaDb(rows)),
      ...(await ofRedis(1_000_000)),
      ...(await ofElasticsearch(200_000)),
    ];
  },
};
