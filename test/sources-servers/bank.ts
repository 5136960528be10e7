/** Accounts, and transfers between them: the balance of each is what its transfers add up to, at every instant. */
import { expect } from "vitest";

export const ACCOUNTS = 1000;

type Query = (sql: string) => Promise<unknown>;

/** Transfers until it is told to stop; `now and then` something else. */
export async function keepTransferring(query: Query, signal: AbortSignal, nowAndThen: () => Promise<unknown>) {
  let count = 0;
  while (!signal.aborted) {
    const [from, to, amount] = [1 + (count % ACCOUNTS), 1 + ((count * 7 + 3) % ACCOUNTS), count % 100];
    await query("BEGIN");
    await query(`UPDATE account SET balance = balance - ${amount} WHERE id = ${from}`);
    await query(`UPDATE account SET balance = balance + ${amount} WHERE id = ${to}`);
    await query(`INSERT INTO sent (account, amount, filler) VALUES (${from}, ${amount}, repeat('y', 500))`);
    await query(`INSERT INTO received (account, amount, filler) VALUES (${to}, ${amount}, repeat('y', 500))`);
    await query("COMMIT");
    if (++count % 30 === 0) await nowAndThen();
  }
  return count;
}

/** That each balance in the lake is what the transfers there add up to; tables are below `schema`. */
export async function expectBalanced(ask: (table: string, sql: string) => Promise<unknown[][]>, schema: string) {
  const added = `SELECT account, sum(amount) AS amount FROM $ GROUP BY account`;
  const [sent, received] = [await ask(`${schema}.sent`, added), await ask(`${schema}.received`, added)];
  const balances = new Map<number, bigint>();
  const add = (rows: unknown[][], sign: bigint) => {
    for (const [id, amount] of rows)
      balances.set(Number(id), (balances.get(Number(id)) ?? 0n) + sign * BigInt(String(amount)));
  };
  add(received, 1n);
  add(sent, -1n);
  const accounts = await ask(`${schema}.account`, "SELECT id, balance FROM $ ORDER BY id");
  expect(accounts.length).toBe(ACCOUNTS);
  expect(accounts.filter(([id, balance]) => (balances.get(Number(id)) ?? 0n) !== balance)).toEqual([]);
}
