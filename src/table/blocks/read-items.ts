/**
 * Reads items that never change. An eventually consistent read is enough for these: what it finds is right, and only
 * what it does not find is read again, strongly consistent.
 */
import { type BlockKey, type BlockStore, itemId } from "./block-store.ts";
import { partsOf } from "./packed-block.ts";

/** Whole items by the `itemId` of their keys. Items that are missing, or have lost a part, are left out. */
export async function readItems(
  store: Pick<BlockStore, "get">,
  keys: readonly BlockKey[],
): Promise<Map<string, Uint8Array>> {
  const found = await find(store, keys);
  const parts = keys.flatMap(({ day, sk }) => {
    const body = found.get(itemId({ day, sk }));
    return body === undefined ? [] : partsOf({ sk, body }).map((part) => ({ day, sk: part }));
  });
  if (parts.length === 0) return found;
  const more = await find(store, parts);
  return new Map(
    keys.flatMap((key) => {
      const body = found.get(itemId(key));
      const whole = body && join(key, body, more);
      return whole === undefined ? [] : [[itemId(key), whole] as const];
    }),
  );
}

async function find(store: Pick<BlockStore, "get">, keys: readonly BlockKey[]): Promise<Map<string, Uint8Array>> {
  const found = await store.get(keys, false);
  const missing = keys.filter((key) => !found.has(itemId(key)));
  if (missing.length > 0) for (const [id, body] of await store.get(missing, true)) found.set(id, body);
  return found;
}

function join({ day, sk }: BlockKey, body: Uint8Array, more: ReadonlyMap<string, Uint8Array>): Uint8Array | undefined {
  const names = partsOf({ sk, body });
  if (names.length === 0) return body;
  const parts = names.flatMap((part) => more.get(itemId({ day, sk: part })) ?? []);
  return parts.length === names.length ? Buffer.concat(parts) : undefined;
}
