/** Snapshots of a PostgreSQL that is written to meanwhile: whole, of one instant, or not there. */
import type pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Step } from "../../src/snapshot/postgres-run.ts";
import { SnapshotGone } from "../../src/snapshot/postgres-session.ts";
import type { Baton } from "../../src/snapshot/run.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
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
  stage = await startSnapshotStage(server, { user: "reader", password: "secret of the reader" });
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

const ACCOUNTS = 1000;
/** Accounts, and transfers between them: the balance of each is what its transfers add up to, at every instant. */
async function openBank() {
  await client.query(
    `CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL, filler text) WITH (fillfactor = 50)`,
  );
  await client.query(`CREATE TABLE sent (id bigserial, account int, amount bigint, filler text)`);
  await client.query(`CREATE TABLE received (id bigserial, account int, amount bigint, filler text)`);
  await client.query("CREATE TABLE rate AS SELECT 1.25::numeric(5, 2) AS rate");
  await client.query(`INSERT INTO account SELECT n, 0, repeat('x', 7000) FROM generate_series(1, ${ACCOUNTS}) n`);
}
/** Transfers, deletes and vacuums until it is told to stop. */
async function keepTransferring(signal: AbortSignal) {
  const writer = await server.connect();
  let count = 0;
  while (!signal.aborted) {
    const [from, to, amount] = [1 + (count % ACCOUNTS), 1 + ((count * 7 + 3) % ACCOUNTS), count % 100];
    await writer.query("BEGIN");
    await writer.query(`UPDATE account SET balance = balance - ${amount} WHERE id = ${from}`);
    await writer.query(`UPDATE account SET balance = balance + ${amount} WHERE id = ${to}`);
    await writer.query(`INSERT INTO sent (account, amount, filler) VALUES (${from}, ${amount}, repeat('y', 500))`);
    await writer.query(`INSERT INTO received (account, amount, filler) VALUES (${to}, ${amount}, repeat('y', 500))`);
    await writer.query("COMMIT");
    if (++count % 300 === 0) await writer.query("VACUUM account");
  }
  await writer.end();
  return count;
}
async function expectBalanced() {
  const added = `SELECT account, sum(amount) AS amount FROM $ GROUP BY account`;
  const [sent, received] = [await stage.ask("public.sent", added), await stage.ask("public.received", added)];
  const balances = new Map<number, bigint>();
  const add = (rows: unknown[][], sign: bigint) => {
    for (const [id, amount] of rows)
      balances.set(Number(id), (balances.get(Number(id)) ?? 0n) + sign * BigInt(String(amount)));
  };
  add(received, 1n);
  add(sent, -1n);
  const accounts = await stage.ask("public.account", "SELECT id, balance FROM $ ORDER BY id");
  expect(accounts.length).toBe(ACCOUNTS);
  expect(accounts.filter(([id, balance]) => (balances.get(Number(id)) ?? 0n) !== balance)).toEqual([]);
}

const bank = settings("public.account", "public.sent", "public.received", "public.rate");

test("three tables are of one instant while they are written to, over three hand-overs, and over the loss of a holder", async () => {
  await openBank();
  const stop = new AbortController();
  const writing = keepTransferring(stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 1500));

  /** A chain of invocations; each but the last takes one part and hands over. `kill` ends the connection of one holder. */
  async function chain(kill: number | undefined) {
    const later: Promise<Step>[] = [];
    const start = (baton: Baton | undefined): Promise<Step> => {
      const holder = baton?.holder ?? 1;
      let looks = 0;
      const remaining = () => (holder < 4 && looks++ > 0 ? 30_000 : 900_000);
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
    client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'daymark-snapshot'");

  await expect(chain(3)).rejects.toThrow();
  expect(await stage.objects.list("snapshots/")).toEqual([]);
  const steps = await chain(undefined);
  stop.abort();
  expect(await writing).toBeGreaterThan(300);
  expect(steps.slice(0, 3)).toEqual([{ handedTo: 2 }, { handedTo: 3 }, { handedTo: 4 }]);
  const { holders, tables } = finished(steps[3] ?? { taken: true });
  expect([holders, tables.map(({ table }) => table)]).toEqual([4, bank.tables.map(({ table }) => table)]);
  for (const { table, rows } of tables)
    expect(await stage.ask(table, "SELECT count(*) FROM $")).toEqual([[BigInt(rows)]]);
  await expectBalanced();
});

test("a snapshot whose holder is gone cannot be joined", async () => {
  await client.query("CREATE TABLE a (id int)");
  let given: Baton | undefined;
  const looks = { n: 0 };
  const lost = stage.invocation(settings("public.a"), undefined, {
    remaining: () => (looks.n++ > 0 ? 100 : 30_000),
    onNext: async (baton) => {
      given = baton;
    },
  });
  await expect(lost).rejects.toThrow(/nobody has taken it/);
  await expect(stage.invocation(settings("public.a"), given, {})).rejects.toThrow(SnapshotGone);
});
