/** Snapshots of a MySQL or MariaDB that is written to meanwhile: whole, of one instant, or not there. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Connection, RowDataPacket } from "mysql2/promise";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { connectMysql } from "../../src/databases/mysql.ts";
import type { SnapshotSource } from "../../src/schemas/snapshot-source.ts";
import { snippet } from "../docs/sources-page.ts";
import { ACCOUNTS, expectBalanced, keepTransferring } from "./bank.ts";
import { type MysqlKind, type MysqlServer, numbersTo } from "./mysql-servers.ts";
import { startSnapshotStage } from "./snapshot-stage.ts";

export function testSnapshots({ engine, start, roleFor, many }: MysqlKind): void {
  const stack = new AsyncDisposableStack();
  let server: MysqlServer;
  let client: Connection;
  let stage: Awaited<ReturnType<typeof startSnapshotStage>>;
  beforeAll(async () => {
    server = stack.use(await start());
    client = await server.connect();
    stack.defer(() => client.end());
  });
  beforeEach(async () => {
    await client.query(`DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; USE shop; DROP USER IF EXISTS reader;
    CREATE USER reader IDENTIFIED BY 'secret of the reader'; GRANT SELECT, SHOW VIEW ON shop.* TO reader`);
    stage = await startSnapshotStage(server, { username: "reader", password: "secret of the reader" });
  });
  afterEach(() => stage[Symbol.asyncDispose]());
  afterAll(() => stack.disposeAsync());

  const settings = (...tables: string[]): SnapshotSource => ({
    source: "shop",
    engine,
    secret: "arn",
    tables: tables.map((table) => ({ table })),
  });
  const take = (...tables: string[]) => stage.invocation(settings(...tables), undefined, {});
  const columns = 'SELECT * EXCLUDE (dt, hour, source, "table") FROM $';

  test.each(["REPEATABLE READ", "READ COMMITTED"])(
    "tables are of one instant while they are written to, on a server whose default is %s",
    async (level) => {
      await client.query(`SET GLOBAL TRANSACTION ISOLATION LEVEL ${level};
    CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL, filler text);
    CREATE TABLE sent (id bigint AUTO_INCREMENT PRIMARY KEY, account int, amount bigint, filler text);
    CREATE TABLE received LIKE sent;
    INSERT INTO account SELECT seq, 0, repeat('x', 7000) FROM ${numbersTo(ACCOUNTS)}`);
      const writer = await server.connect();
      await writer.query("USE shop");
      const stop = new AbortController();
      const query = (sql: string) => writer.query(sql);
      const writing = keepTransferring(query, stop.signal, () => writer.query("DELETE FROM sent WHERE amount = 0"));
      const written = async () => (await client.query("SELECT id FROM sent LIMIT 50, 1"))[0];
      await expect.poll(written, { timeout: 30_000 }).toHaveLength(1);
      for (let run = 0; run < 3; run++) {
        expect(await take("shop.sent", "shop.account", "shop.received")).toMatchObject({
          finished: { consistent: true },
        });
        await expectBalanced(stage.ask, "shop");
      }
      stop.abort();
      expect(await writing).toBeGreaterThan(50);
      await writer.end();
      await client.query("SET GLOBAL TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    },
  );

  test("a user that may do more than read is refused, unless that is meant; so is one that may by its role", async () => {
    await client.query(
      "CREATE TABLE a (id int); INSERT INTO a VALUES (1); DROP ROLE IF EXISTS writer; CREATE ROLE writer",
    );
    expect(await take("shop.a")).toMatchObject({ finished: { tables: [{ rows: 1 }] } });
    await client.query("GRANT INSERT (id) ON shop.a TO reader");
    await expect(take("shop.a")).rejects.toThrow(/its user may do more than read \(INSERT on `shop`.`a`\)/);
    expect(await stage.invocation({ ...settings("shop.a"), mayWrite: true }, undefined, {})).toHaveProperty("finished");
    await client.query(
      "REVOKE INSERT (id) ON shop.a FROM reader; GRANT DELETE ON shop.* TO writer; GRANT writer TO reader",
    );
    expect(await take("shop.a")).toHaveProperty("finished");
    await client.query(`SET DEFAULT ROLE writer ${roleFor} reader`);
    await expect(take("shop.a")).rejects.toThrow(/DELETE on `shop`.\*/);
  });

  test("what is not of one instant is marked: tables without transactions, and views, which do not say what they read", async () => {
    await client.query(`CREATE TABLE old (id int) ENGINE = MyISAM; INSERT INTO old VALUES (1); CREATE TABLE a (id int, twice int AS (id * 2));
    INSERT INTO a (id) VALUES (1), (2); CREATE VIEW seen AS SELECT id + 1 AS next FROM a`);
    expect(await take("shop.a")).toMatchObject({ finished: { consistent: true } });
    expect(await take("shop.old")).toMatchObject({ finished: { consistent: false, tables: [{ rows: 1 }] } });
    expect(await take("shop.a", "shop.seen")).toMatchObject({ finished: { consistent: false } });
    expect(await stage.ask("shop.a", "SELECT id, twice FROM $ ORDER BY id")).toEqual([
      [1n, 2n],
      [2n, 4n],
    ]);
    expect(await stage.ask("shop.seen", "SELECT next FROM $ ORDER BY next")).toEqual([[2n], [3n]]);
  });

  test("of the columns that are named nothing else is read, invisible ones only so, and hidden values are found by nobody", async () => {
    await client.query(`CREATE TABLE \`a.b\` (id int, Email varchar(20), secret text, ghost int INVISIBLE DEFAULT 7);
    INSERT INTO \`a.b\` (id, Email, secret) VALUES (1, 'x@y.kr', 's'), (2, NULL, 's')`);
    const table = "shop.`a.b`";
    await take(table);
    expect(await stage.ask("shop.a.b", `${columns} ORDER BY id LIMIT 1`)).toEqual([[1n, "x@y.kr", "s", null]]);
    const chosen = { ...settings(), tables: [{ table, columns: ["id", "Email", "ghost"], pseudonyms: ["Email"] }] };
    await stage.invocation(chosen, undefined, {});
    const [first, second] = await stage.ask("shop.a.b", `${columns} ORDER BY id`);
    expect([first, second]).toEqual([
      [1n, expect.stringMatching(/^[0-9a-f]{32}$/), 7n, null],
      [2n, null, 7n, null],
    ]);
    const wrong = { ...settings(), tables: [{ table, columns: ["e_mail"] }] };
    await expect(stage.invocation(wrong, undefined, {})).rejects.toThrow(/has no column e_mail/);
    await expect(take("shop.nothing")).rejects.toThrow(/shop.nothing: it is not there/);
    await expect(take("nothing")).rejects.toThrow(/expected schema.table/);
  });

  test("texts are whole on a server that begins each session with another character set", async () => {
    await client.query(`CREATE TABLE a (id int, name varchar(20) CHARACTER SET utf8mb4, shade enum('한', '국') CHARACTER SET utf8mb4);
      INSERT INTO a VALUES (1, '한국 🙂', '국'); SET GLOBAL init_connect = 'SET NAMES latin1'`);
    try {
      expect(await take("shop.a")).toMatchObject({ finished: { tables: [{ rows: 1 }] } });
    } finally {
      await client.query("SET GLOBAL init_connect = ''");
    }
    expect(await stage.ask("shop.a", "SELECT name, shade FROM $")).toEqual([["한국 🙂", "국"]]);
  });

  test("a table that is emptied or altered while it is read is whole, and then it is emptied or altered", async () => {
    await client.query(`CREATE TABLE a (id int, filler text); CREATE TABLE b (id int);
      INSERT INTO a SELECT seq, repeat('x', 2000) FROM ${numbersTo(5000)}; INSERT INTO b VALUES (1), (2)`);
    const [truncating, altering] = [await server.connect(), await server.connect()];
    const later: Promise<unknown>[] = [];
    let looks = 0;
    const remaining = () => {
      if (looks++ === 4) {
        later.push(
          truncating.query("TRUNCATE shop.a"),
          altering.query("ALTER TABLE shop.b DROP COLUMN id, ADD other int"),
        );
      }
      return 900_000;
    };
    const step = await stage.invocation(settings("shop.a", "shop.b"), undefined, { remaining });
    expect(step).toMatchObject({ finished: { consistent: true, tables: [{ rows: 5000 }, { rows: 2 }] } });
    expect(later).toHaveLength(2);
    await Promise.all(later);
    for (const connection of [truncating, altering]) await connection.end();
    expect(await stage.ask("shop.b", "SELECT id FROM $ ORDER BY id")).toEqual([[1n], [2n]]);
    expect(await take("shop.a")).toMatchObject({ finished: { tables: [{ rows: 0 }] } });
  });

  async function killReaders() {
    const [processes] = await client.query<RowDataPacket[]>("SHOW PROCESSLIST");
    for (const { Id, User } of processes) if (User === "reader") await client.query(`KILL ${Id}`);
  }

  test("a run that would be longer than one invocation is refused, one that breaks fails, and both leave the one before", async () => {
    await client.query(
      `CREATE TABLE a (id int, filler text); INSERT INTO a SELECT seq, repeat('x', 2000) FROM ${numbersTo(20_000)}`,
    );
    await take("shop.a");
    await client.query("INSERT INTO a VALUES (0, '')");
    let looks = 0;
    const remaining = () => (looks++ < 5 ? 900_000 : 59_000);
    await expect(stage.invocation(settings("shop.a"), undefined, { remaining })).rejects.toThrow(
      /longer than one invocation/,
    );
    // The server itself is slow: the statement is given up when the time is.
    const late = stage.invocation(settings("shop.a"), undefined, { remaining: () => 60_001 });
    await expect(late).rejects.toThrow(/timeout/);
    const killed = stage.invocation(settings("shop.a"), undefined, {
      remaining: () => {
        if (looks++ === 10) void killReaders();
        return 900_000;
      },
    });
    await expect(killed).rejects.toThrow(/connection/i);
    expect(await stage.ask("shop.a", "SELECT count(*) FROM $")).toEqual([[20_000n]]);
    await take("shop.a");
    expect(await stage.ask("shop.a", "SELECT count(*) FROM $")).toEqual([[20_001n]]);
  });

  test("a certificate that nobody vouches for is refused, and so is one for another name, or for none", async () => {
    const secret = { username: "reader", password: "secret of the reader", host: "localhost", port: server.port };
    await expect(connectMysql(JSON.stringify(secret), {})).rejects.toThrow(/certificate/);
    await expect(connectMysql(JSON.stringify({ ...secret, ca: server.ca, host: "127.0.0.1" }), {})).rejects.toThrow(
      /give its name/,
    );
    await expect(connectMysql("secret of the reader", {})).rejects.toThrow(
      /^Cannot read the secret of a database: expected JSON/,
    );
  });

  test(`odd rows among ${many} change nothing but what is kept`, async () => {
    await client.query(`SET sql_mode = ''; CREATE TABLE big (id bigint, seen datetime, kind enum('a', 'b'), name text);
    INSERT INTO big SELECT seq, IF(seq % 25000 = 7, '0000-00-00', '2026-01-01' + INTERVAL seq SECOND),
      IF(seq % 25641 = 8, 'c', 'b'), concat('name ', seq % 1000) FROM ${numbersTo(many)}`);
    const [seen, kind] = [many / 25_000, Math.ceil((many - 8) / 25_641)];
    expect(await take("shop.big")).toMatchObject({ finished: { tables: [{ rows: many, kept: { seen, kind } }] } });
    const sums = "count(*), count(DISTINCT id), count(seen), count(kind), sum(length(name))";
    expect(await stage.ask("shop.big", `SELECT ${sums}, count(_kept) FROM $`)).toEqual([
      [many, many, many - seen, many - kind, many * 7.89, seen + kind].map(BigInt),
    ]);
  }, 240_000);

  if (engine !== "mysql") return;

  test("the reader of docs/sources.md logs in as is usual in MySQL, and reads more than rows without being taken for a writer", async () => {
    const grant = snippet("Tables of MySQL and MariaDB", "grant").replace("…", "secret of the reader");
    await client.query(`DROP USER reader; DROP USER IF EXISTS daymark; CREATE DATABASE IF NOT EXISTS store;
      CREATE TABLE IF NOT EXISTS store.orders AS SELECT 1 AS id; ${grant}`);
    const [[user]] = await client.query<RowDataPacket[][]>("SELECT plugin FROM mysql.user WHERE user = 'daymark'");
    expect(user).toEqual({ plugin: "caching_sha2_password" });
    await client.query("GRANT PROCESS, SHOW_ROUTINE ON *.* TO daymark");
    await using docs = await startSnapshotStage(server, { username: "daymark", password: "secret of the reader" });
    const step = await docs.invocation(settings("store.orders"), undefined, {});
    expect(step).toMatchObject({ finished: { consistent: true, tables: [{ rows: 1 }] } });
    await client.query("GRANT BACKUP_ADMIN ON *.* TO daymark");
    await expect(docs.invocation(settings("store.orders"), undefined, {})).rejects.toThrow(/BACKUP_ADMIN on \*\.\*/);
  });

  test("a user of a server that gives all of its roles to whoever logs in is refused for what they may", async () => {
    await client.query(`CREATE TABLE a (id int); DROP ROLE IF EXISTS writer; CREATE ROLE writer;
      GRANT UPDATE ON shop.* TO writer; GRANT writer TO reader`);
    expect(await take("shop.a")).toHaveProperty("finished");
    await client.query("SET GLOBAL activate_all_roles_on_login = ON");
    await expect(take("shop.a")).rejects.toThrow(/UPDATE on `shop`.\*/);
    await client.query("REVOKE writer FROM reader; SET GLOBAL mandatory_roles = 'writer'");
    await expect(take("shop.a")).rejects.toThrow(/UPDATE on `shop`.\*/);
    await client.query("SET GLOBAL activate_all_roles_on_login = OFF; SET GLOBAL mandatory_roles = ''");
  });

  test("what MySQL adds to a table for itself is no column, and what is made of others is one", async () => {
    await client.query(`SET sql_generate_invisible_primary_key = ON;
      CREATE TABLE made (name varchar(20), long_name varchar(30) AS (concat(name, '!')) STORED,
        ghost varchar(30) AS (concat(name, '?')) VIRTUAL INVISIBLE, KEY ((upper(name))));
      SET sql_generate_invisible_primary_key = OFF; INSERT INTO made (name) VALUES ('a'), ('b'), (NULL)`);
    await take("shop.made");
    expect(await stage.ask("shop.made", `${columns} ORDER BY name`)).toEqual([
      ["a", "a!", null],
      ["b", "b!", null],
      [null, null, null],
    ]);
  });

  test("the certificate that MySQL makes for itself is refused, as it names no server", async () => {
    const data = join(server.home ?? "", "data");
    await client.query(`SET GLOBAL ssl_ca = '${data}/ca.pem'; SET GLOBAL ssl_cert = '${data}/server-cert.pem';
      SET GLOBAL ssl_key = '${data}/server-key.pem'; ALTER INSTANCE RELOAD TLS`);
    const ca = await readFile(join(data, "ca.pem"), "utf8");
    const secret = { username: "reader", password: "secret of the reader", host: "localhost", port: server.port };
    await expect(connectMysql(JSON.stringify({ ...secret, ca }), {})).rejects.toThrow(/does not match certificate/);
  });
}
