/**
 * The speed layer's part of the table in memory, with DynamoDB's semantics: each write is atomic and conditional. Tests
 * interleave other calls; benchmarks count what is written.
 */
import {
  type BlockKey,
  type BlockStore,
  itemId,
  type NewName,
  type StoredItem,
} from "../../src/table/blocks/block-store.ts";
import { type Frontier, noBlocks } from "../../src/table/blocks/frontier.ts";

export type Head = Frontier & { seen: number };

export function createMemoryStore() {
  const items = new Map<string, StoredItem>();
  const heads = new Map<string, Head>();
  const opened = new Map<string, number>();
  const units = { blocks: 0, heads: 0, state: 0, calls: 0 };
  const headOf = (day: string): Head => heads.get(day) ?? { ...noBlocks, seen: 0 };
  const store: BlockStore = {
    frontiers: async (days) => new Map(days.flatMap((day) => (heads.has(day) ? [[day, headOf(day)]] : []))),
    get: async (keys) => new Map(keys.flatMap((key) => found(key, items))),
    async put(item) {
      pay(item);
      items.set(itemId(item), item);
    },
    async putOnce(item) {
      pay(item);
      if (items.has(itemId(item))) return false;
      items.set(itemId(item), item);
      return true;
    },
    async addNames(names) {
      const price = names.length > 1 || names.some(opens) ? 2 : 1;
      units.calls++;
      units.heads += price * names.length;
      units.state += names.some(opens) ? price : 0;
      const allFit = names.every((name) => fits(name, headOf(name.day)));
      if (allFit) names.forEach(add);
      return allFit;
    },
    async replaceNames(day, { folds, old, fold }) {
      units.calls++;
      units.heads++;
      const head = headOf(day);
      if (head.folds === folds) heads.set(day, withFold(head, old, fold));
      return head.folds === folds;
    },
  };

  function pay(item: StoredItem): void {
    units.calls++;
    units.blocks += unitsOf(item);
  }
  function add(added: NewName): void {
    if (opens(added)) opened.set(added.day, (opened.get(added.day) ?? 0) + 1);
    heads.set(added.day, withName(added, headOf(added.day)));
  }

  return {
    store,
    heads,
    items,
    opened,
    /** Write units used, by kind of item, and how many calls were made. */
    units,
    /** Does what a batch run does when it seals a day: from then on, a block has to reopen the day. */
    close(day: string): void {
      heads.set(day, { ...headOf(day), isMarked: false });
      opened.delete(day);
    },
  };
}

function found(key: BlockKey, items: ReadonlyMap<string, StoredItem>): [string, Uint8Array][] {
  const item = items.get(itemId(key));
  return item === undefined ? [] : [[itemId(key), item.body]];
}

function withName({ name, rows, isJoint }: NewName, { names, seen, version, joint, isMarked, ...head }: Head): Head {
  const change = rows > 0 ? { seen: seen + rows, version: version + 1, isMarked: true } : { seen, version, isMarked };
  return { ...head, ...change, names: [...names, name], joint: joint + Number(isJoint) };
}

function withFold(head: Head, old: readonly string[], fold: string): Head {
  return { ...head, names: [...head.names.filter((name) => !old.includes(name)), fold], folds: head.folds + 1 };
}

function fits({ name, rows, known }: NewName, head: Head): boolean {
  const isSameMark = rows === 0 || head.isMarked === known.isMarked;
  return head.folds === known.folds && !head.names.includes(name) && isSameMark;
}

function opens({ rows, known }: NewName): boolean {
  return rows > 0 && !known.isMarked;
}

/** One unit per KB of an item, including its keys; attribute names and `expires` take 30 bytes. */
function unitsOf({ day, sk, body }: StoredItem): number {
  return Math.ceil((body.length + "blocks#".length + day.length + sk.length + 30) / 1024);
}
