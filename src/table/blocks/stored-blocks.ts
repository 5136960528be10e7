/** The speed layer's blocks in the table (`pk = blocks#<day>`). They never change, so none is ever overwritten. */
import { createDayLedger } from "../days/day-ledger.ts";
import { keyOf, type NewItem, number, type Table } from "../table.ts";
import { type BlockKey, type BlockStore, itemId, type StoredItem } from "./block-store.ts";

const PREFIX = "blocks#";

/** Everything needed to read and write blocks, including the day ledger that makes them visible. */
export function createBlockStore(table: Table, clock: () => number): BlockStore {
  const ledger = createDayLedger(table);
  return {
    ...createBlocks(table),
    frontiers: async (days) => new Map([...(await ledger.getDays(days))].map(([day, { frontier }]) => [day, frontier])),
    addNames: (names) => ledger.addNames(names, clock()),
    replaceNames: ledger.replaceNames,
  };
}

/** The blocks' items only, without the ledger. */
export function createBlocks(table: Table): Pick<BlockStore, "put" | "putOnce" | "get"> {
  return {
    put: (item) => table.put(toItem(item)),
    putOnce: (item) => table.putOnce(toItem(item)),
    get: async (keys, isFresh) => {
      const items = await table.getMany(keys.map(keyIn), isFresh);
      return new Map(items.flatMap(({ pk, sk, d }) => (d?.B === undefined ? [] : [[itemIdOf(pk?.S, sk?.S), d.B]])));
    },
  };
}

function toItem(item: StoredItem): NewItem {
  return { ...keyIn(item), d: { B: item.body }, expires: number(item.expires) };
}

function keyIn({ day, sk }: BlockKey) {
  return keyOf(PREFIX + day, sk);
}

/** The inverse of `keyIn`, as `itemId` writes it. */
function itemIdOf(pk = "", sk = ""): string {
  return itemId({ day: pk.slice(PREFIX.length), sk });
}
