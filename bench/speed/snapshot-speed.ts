/** How fast a table of PostgreSQL is copied as Parquet, beside the server's own COPY of it: a million rows, or five with `--full`. */
import { to as copyTo } from "pg-copy-streams";
import { postgresPrograms, startPostgres } from "../../test/sources-servers/postgres.ts";
import { run } from "../process/child.ts";
import type { Bench } from "../report.ts";

const columns =
  "id bigint NOT NULL, customer int NOT NULL, at timestamptz NOT NULL, price numeric(10, 2), status text, note text";
const row =
  "n, n % 50000, timestamptz '2026-01-01' + n * interval '1 second', (n % 100000) / 100.0, (ARRAY['new', 'paid', 'sent'])[1 + n % 3], 'note of order ' || n";

export const snapshotSpeed: Bench = {
  title: "snapshot of a table of six columns",
  async run({ full }) {
    if ((await postgresPrograms()) === undefined) {
      console.log("  skipped: no PostgreSQL is installed (Debian's package postgresql)");
      return [];
    }
    await using server = await startPostgres();
    const client = await server.connect();
    const rows = full ? 5_000_000 : 1_000_000;
    await client.query(`CREATE TABLE orders (${columns})`);
    await client.query(`INSERT INTO orders SELECT ${row} FROM generate_series(1, ${rows}) n`);
    await client.query("VACUUM ANALYZE orders");
    const startedAt = performance.now();
    for await (const _ of client.query(copyTo("COPY orders TO STDOUT", { highWaterMark: 1 << 20 })));
    const floor = (performance.now() - startedAt) / 1000;
    await client.end();
    const { user, password, port, database } = server.owner;
    const secret = { username: user, password, host: "localhost", port, dbname: database, ca: server.ca };
    const child = run(["bench/speed/snapshot-child.ts"], { env: { BENCH_DATABASE: JSON.stringify(secret) } });
    if ((await child.ended) !== 0) throw new Error(`Cannot take a snapshot: ${child.output()}`);
    const found = JSON.parse(child.output().trim().split("\n").at(-1) ?? "{}");
    if (found.rows !== rows) throw new Error(`Cannot trust the snapshot: ${found.rows} rows of ${rows}`);
    return [
      { what: "COPY … TO STDOUT, read and thrown away", measured: floor, unit: "s", note: `${rows} rows` },
      { what: "snapshot", measured: found.seconds, unit: "s" },
      { what: "  against COPY", measured: found.seconds / floor, unit: "×", atMost: 3 },
      { what: "  rows a second of this process's CPU", measured: rows / found.cpu, unit: "rows/s", atLeast: 134_000 },
      { what: "  memory, peak", measured: found.mb, unit: "MB", atMost: 300 },
    ];
  },
};
