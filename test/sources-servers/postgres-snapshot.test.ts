/** Snapshots of a PostgreSQL that is being written to: complete, of one instant, or absent. */
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { SnapshotGone } from "../../src/snapshot/engines/postgres-session.ts";
import type { Baton } from "../../src/snapshot/run.ts";
import type { Step } from "../../src/snapshot/surroundings.ts";
import { type Postgres, startPostgres } from "../../tools/servers/postgres.ts";
import { ACCOUNTS, expectBalanced, keepTransferring } from "./bank.ts";
import { startSnapshotStage } from "./snapshot-stage.ts";

const stack = new AsyncDisposableStack();
let server: Postgres;
let client: pg.Client;
let stage: Awaited<ReturnType<typeof startSnapshotStage>>;
beforeAll(async () => {
  server = stack.use(await startPostgres());
  client = await server.connect();
  stack.defer(() => client.end());
  await client.query("CREATE ROLE reader LOGIN PASSWORD 'secret of the reader'");
  await client.query("GRANT pg_read_all_data TO reader");
});
beforeEach(async () => {
  await client.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO reader");
  stage = await startSnapshotStage(server, { username: "reader", password: "secret of the reader" });
});
afterEach(() => stage[Symbol.asyncDispose]());
afterAll(() => stack.disposeAsync());

const settings = (...tables: string[]) => ({
  source: "shop",
  engine: "postgres" as const,
  secret: "arn",
  tables: tables.map((table) => ({ table })),
});
const finished = (step: Step) => {
  if (!("finished" in step)) throw new Error(`Not finished: ${JSON.stringify(step)}`);
  return step.finished;
};

async function openBank() {
  await client.query(
    `CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL, filler text) WITH (fillfactor = 50)`,
  );
  await client.query(`CREATE TABLE sent (id bigserial, account int, amount bigint, filler text)`);
  await client.query(`CREATE TABLE received (id bigserial, account int, amount bigint, filler text)`);
  await client.query("CREATE TABLE rate AS SELECT 1.25::numeric(5, 2) AS rate");
  await client.query(`INSERT INTO account SELECT n, 0, repeat('x', 7000) FROM generate_series(1, ${ACCOUNTS}) n`);
}
/** Transfers and vacuums until it is told to stop. */
async function keepWriting(signal: AbortSignal) {
  const writer = await server.connect();
  const count = await keepTransferring(
    (sql) => writer.query(sql),
    signal,
    () => writer.query("VACUUM account"),
  );
  await writer.end();
  return count;
}

const bank = settings("public.account", "public.sent", "public.received", "public.rate");

test("three tables are of one instant while they are written to, over three hand-overs, and over the loss of a holder", async () => {
  await openBank();
  const stop = new AbortController();
  const writing = keepWriting(stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 1500));

  /**
   * A chain of invocations; each but the last copies one part and hands over. `kill` ends the connection of one holder.
   */
  async function chain(kill: number | undefined) {
    const later: Promise<Step>[] = [];
    const start = (baton: Baton | undefined): Promise<Step> => {
      const holder = baton?.holder ?? 1;
      const remaining = () => (holder < 4 ? 30_000 : 900_000);
      return stage.invocation(bank, baton, {
        remaining,
        onNext: async (next) => {
          if (next.holder === kill) await killAll();
          later.push(start(next));
          later.at(-1)?.catch(() => {});
        },
      });
    };
    const steps = [await start(undefined)];
    for (let i = 0; i < later.length; i++) steps.push(await (later[i] ?? Promise.reject()));
    return steps;
  }
  const killAll = () =>
    client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'daymark-snapshot%'",
    );

  await expect(chain(3)).rejects.toThrow(/connection/i);
  expect(await stage.objects.list("snapshots/")).toEqual([]);
  const steps = await chain(undefined);
  stop.abort();
  expect(await writing).toBeGreaterThan(20);
  expect(steps.slice(0, 3)).toEqual([{ handedTo: 2 }, { handedTo: 3 }, { handedTo: 4 }]);
  const { holders, tables } = finished(steps[3] ?? { taken: true });
  expect([holders, tables.map(({ table }) => table)]).toEqual([4, bank.tables.map(({ table }) => table)]);
  for (const { table, rows } of tables)
    expect(await stage.ask(table, "SELECT count(*) FROM $")).toEqual([[BigInt(rows)]]);
  await expectBalanced(stage.ask, "public");
});

test("a snapshot whose holder is gone cannot be joined", async () => {
  await client.query("CREATE TABLE a (id int); CREATE TABLE b (id int)");
  let given: Baton | undefined;
  const lost = stage.invocation(settings("public.a", "public.b"), undefined, {
    remaining: () => 100,
    onNext: async (baton) => {
      given = baton;
    },
  });
  await expect(lost).rejects.toThrow(/nobody has taken it/);
  await expect(stage.invocation(settings("public.a", "public.b"), given, {})).rejects.toThrow(SnapshotGone);
});

test("a run whose transaction is older than it may be ends instead of being handed on, and leaves the one before it", async () => {
  await client.query("CREATE TABLE a (id int); CREATE TABLE b (id int); INSERT INTO a VALUES (1)");
  const bounded = { ...settings("public.a", "public.b"), maxMinutes: 90 };
  finished(await stage.invocation(bounded, undefined, {}));
  await client.query("INSERT INTO a VALUES (2)");
  let handedOn = 0;
  const after = (minutes: number) =>
    stage.invocation(bounded, undefined, {
      remaining: () => 100,
      clock: () => Date.now() + minutes * 60_000,
      onNext: async () => void handedOn++,
    });
  await expect(after(89)).rejects.toThrow(/nobody has taken it/);
  await expect(after(91)).rejects.toThrow(
    /Cannot go on with run run-3 of shop: its transaction is 9[01] minutes old \(maxMinutes: 90\)/,
  );
  expect(handedOn).toBe(1);
  expect(await stage.ask("public.a", "SELECT id FROM $")).toEqual([[1n]]);
});

test("partitions are read once, and so is a table that others inherit from; views, generated and dropped columns as they are", async () => {
  await client.query(`
    CREATE TABLE measure (id int, day date, twice int GENERATED ALWAYS AS (id * 2) STORED) PARTITION BY RANGE (day);
    CREATE TABLE measure_25 PARTITION OF measure FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE measure_26 PARTITION OF measure FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);
    CREATE TABLE measure_26_a PARTITION OF measure_26 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE measure_26_b PARTITION OF measure_26 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO measure SELECT n, date '2025-01-01' + n FROM generate_series(1, 700) n;
    CREATE TABLE parent (id int, gone text); CREATE TABLE child (more int) INHERITS (parent);
    INSERT INTO parent VALUES (1, 'x'); INSERT INTO child VALUES (2, 'x', 3); ALTER TABLE parent DROP COLUMN gone;
    CREATE VIEW seen AS SELECT id + 1 AS next FROM parent;
    CREATE TABLE "Mixed ""Case" ("Id" int, id int); INSERT INTO "Mixed ""Case" VALUES (1, 2)`);
  const mixed = 'public."Mixed ""Case"';
  const tables = ["public.measure", "public.parent", "public.child", "public.seen", mixed];
  const { tables: taken } = finished(await stage.invocation(settings(...tables), undefined, {}));
  expect(taken.map(({ table, rows }) => [table, rows])).toEqual([
    ["public.measure", 700],
    ["public.parent", 1],
    ["public.child", 1],
    ["public.seen", 2],
    [mixed, 1],
  ]);
  expect(await stage.ask("public.measure", "SELECT count(DISTINCT id), sum(twice) FROM $")).toEqual([[700n, 490700n]]);
  expect(await stage.ask("public.parent", 'SELECT * EXCLUDE (dt, hour, source, "table") FROM $')).toEqual([[1n, null]]);
  expect(await stage.ask("public.seen", "SELECT next FROM $ ORDER BY next")).toEqual([[2n], [3n]]);
  expect(await stage.ask("public.Mixed Case", "SELECT id, id__2 FROM $")).toEqual([[1n, 2n]]);
});

test("of the columns that are named nothing else is read, and hidden values are the same in all tables and found by nobody", async () => {
  await client.query(`
    CREATE TABLE a (id int, email text, secret text); CREATE TABLE b (mail text);
    INSERT INTO a VALUES (1, 'x@y.kr', 's'), (2, NULL, 's'); INSERT INTO b VALUES ('x@y.kr')`);
  const chosen = {
    ...settings(),
    tables: [
      { table: "public.a", columns: ["id", "email"], pseudonyms: ["email"] },
      { table: "public.b", pseudonyms: ["mail"] },
    ],
  };
  finished(await stage.invocation(chosen, undefined, {}));
  const columns = 'SELECT * EXCLUDE (dt, hour, source, "table") FROM $';
  const [[, email] = [], second] = await stage.ask("public.a", `${columns} ORDER BY id`);
  expect([second, await stage.ask("public.b", columns)]).toEqual([[2n, null, null], [[email, null]]]);
  expect(email).toMatch(/^[0-9a-f]{32}$/);
  const wrong = { ...settings(), tables: [{ table: "public.a", columns: ["id", "e_mail"] }] };
  await expect(stage.invocation(wrong, undefined, {})).rejects.toThrow(/has no column e_mail/);
});

test("a role that may write is refused, unless that is meant; so are rows that a policy hides, and tables that are not there", async () => {
  await client.query("CREATE TABLE a (id int); CREATE TABLE hidden (id int); INSERT INTO hidden VALUES (1)");
  const taken = () => stage.invocation(settings("public.a"), undefined, {});
  finished(await taken());
  await client.query("GRANT INSERT ON a TO reader");
  await expect(taken()).rejects.toThrow(/its role may write public.a/);
  finished(await stage.invocation({ ...settings("public.a"), mayWrite: true }, undefined, {}));
  await client.query("REVOKE INSERT ON a FROM reader; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY");
  await expect(stage.invocation(settings("public.hidden"), undefined, {})).rejects.toThrow(/row-level security/);
  await expect(stage.invocation(settings("public.nothing"), undefined, {})).rejects.toThrow(
    /public.nothing: it is not there/,
  );
});

test("a run that fails leaves the one before it, and a run that is on is not disturbed by a second", async () => {
  await client.query(
    "CREATE TABLE a (id int); CREATE TABLE b (n numeric(5, 2)); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)",
  );
  finished(await stage.invocation(settings("public.a", "public.b"), undefined, {}));
  await client.query("INSERT INTO a VALUES (2)");
  let second: Step | undefined;
  const failing = stage.invocation(settings("public.a", "public.b"), undefined, {
    remaining: () => {
      throw new Error("killed between two tables");
    },
  });
  await expect(failing).rejects.toThrow(/killed/);
  expect(await stage.ask("public.a", "SELECT id FROM $")).toEqual([[1n]]);
  const holding = stage.invocation(settings("public.a", "public.b"), undefined, {
    remaining: () => 10_000,
    onNext: async (next) => {
      second = await stage.invocation(settings("public.a"), undefined, {});
      void stage.invocation(settings("public.a", "public.b"), next, {}).catch(() => {});
    },
  });
  expect([await holding, second]).toEqual([{ handedTo: 2 }, { busy: true }]);
  await expect.poll(() => stage.ask("public.a", "SELECT count(*) FROM $"), { timeout: 20_000 }).toEqual([[2n]]);
});

test("an invocation that was killed takes its run when it is repeated, although the server has not noticed its end", async () => {
  await client.query("CREATE TABLE a (id int); INSERT INTO a VALUES (1)");
  // It stands still in the middle of its run, and keeps its connection and its locks.
  const [stands, goes] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const killed = stage.invocation(settings("public.a", "public.a"), undefined, {
    id: "a",
    onNext: () => {
      stands.resolve();
      return goes.promise;
    },
    remaining: () => 1000,
  });
  killed.catch(() => {});
  await stands.promise;
  expect(await stage.invocation(settings("public.a"), undefined, { id: "b" })).toEqual({ busy: true });
  expect(finished(await stage.invocation(settings("public.a"), undefined, { id: "a" })).tables).toMatchObject([
    { rows: 1 },
  ]);
  goes.resolve();
  await expect(killed).rejects.toThrow(/connection|terminat/i);
});

test("79 odd rows among a million change nothing but what is kept", async () => {
  await client.query(`
    CREATE TABLE big (id bigint, seen timestamptz, price numeric(10, 2), name text);
    INSERT INTO big SELECT n, CASE WHEN n % 25000 = 7 THEN 'infinity' ELSE timestamptz '2026-01-01' + n * interval '1 second' END,
      CASE WHEN n % 25641 = 8 THEN 'NaN' ELSE n / 100.0 END, 'name ' || n % 1000 FROM generate_series(1, 1000000) n`);
  const [table] = finished(await stage.invocation(settings("public.big"), undefined, {})).tables;
  expect(table).toMatchObject({ rows: 1_000_000, kept: { seen: 40, price: 39 } });
  const sums = "count(*), count(DISTINCT id), count(seen), count(price), sum(price), sum(length(name))";
  const text = `SELECT ${sums} FROM (SELECT id, name, nullif(seen, 'infinity') AS seen, nullif(price, 'NaN') AS price FROM big) b`;
  const { rows } = await client.query({ text, rowMode: "array" });
  const [stored = []] = await stage.ask("public.big", `SELECT ${sums}, count(_kept) FROM $`);
  expect(stored.map(String)).toEqual([...(rows[0] ?? []), 79].map(String));
}, 240_000);
