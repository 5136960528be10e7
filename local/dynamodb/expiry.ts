/**
 * Deletes items whose time to live has passed, as DynamoDB does after some time (within days; here after about an
 * hour). It reads the table in small steps with pauses, so that a large table costs only a few milliseconds at a time.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Store, Table } from "dynalite/db/index.js";
import { checkedValues } from "./checked-values.ts";
import { runOperation } from "./engine.ts";

export type ExpiringTable = { table: Table; attribute: string };

const graceSeconds = 3_600;
const step = 500;

/** Sweeps the tables every `everyMs`, until disposed. */
export function startExpiry(
  store: Store,
  tables: ExpiringTable[],
  { everyMs = 15 * 60_000, pauseMs = 50 } = {},
): AsyncDisposable {
  const stop = new AbortController();
  const running = (async () => {
    while (!stop.signal.aborted) {
      await wait(everyMs, undefined, { ref: false, signal: stop.signal });
      for (const one of tables) await sweepExpired(store, one, { pauseMs, signal: stop.signal });
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) console.error("Cannot delete expired items:", error);
  });
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** Deletes what expired more than an hour ago; returns how many items. */
export async function sweepExpired(
  store: Store,
  { table, attribute }: ExpiringTable,
  { pauseMs = 0, signal }: { pauseMs?: number; signal?: AbortSignal } = {},
): Promise<number> {
  const prefix = `item-${table.TableName}~`;
  const expires = new RegExp(`"${attribute}":\\{"N":"(\\d+)"\\}`);
  const items = store.db.iterator({ gte: prefix, lt: `${prefix}\xff`, valueEncoding: "utf8" });
  let deleted = 0;
  try {
    for (let some = await items.nextv(step); some.length > 0; some = await items.nextv(step)) {
      const limit = Math.floor(Date.now() / 1000) - graceSeconds;
      const old = some.filter(([, text]) => Number(expires.exec(text)?.[1] ?? Number.POSITIVE_INFINITY) < limit);
      for (const [, text] of old) deleted += await deleteIfExpired(store, { table, attribute }, text, limit);
      if (pauseMs > 0) await wait(pauseMs, undefined, { ref: false, ...(signal && { signal }) });
    }
  } finally {
    await items.close();
  }
  return deleted;
}

/** Conditional, because the item may have been given a later time in the meantime. */
async function deleteIfExpired(store: Store, { table, attribute }: ExpiringTable, text: string, limit: number) {
  try {
    const item = checkedValues.decode(text);
    await runOperation(store, "deleteItem", {
      TableName: table.TableName,
      Key: Object.fromEntries(table.KeySchema.map(({ AttributeName: name }) => [name, item[name]])),
      ConditionExpression: "#e < :limit",
      ExpressionAttributeNames: { "#e": attribute },
      ExpressionAttributeValues: { ":limit": { N: String(limit) } },
    });
    return 1;
  } catch {
    return 0;
  }
}
