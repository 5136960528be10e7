/**
 * Who may read without the token: the sessions of those who signed in, and the links that were shared. One item each,
 * with an attribute for every session and link, so that ending one is a single write. Only what is listed is valid, so
 * what is forgotten can only end. A running function remembers the list for a few seconds.
 */
import { type Item, type Key, keyOf, number, type Table } from "./table.ts";

/** The filters that a link is limited to, and when it was made (epoch ms). */
export type Share = { where: Readonly<Record<string, string>>; createdAt: number };

/** How long an ended session or link may go on in another running function. */
export const REMEMBERED_MS = 10_000;
export const MOST_SHARES = 100;
/** When there are more, the one that would end first ends. */
const MOST_SESSIONS = 500;

const SESSIONS = keyOf("access", "sessions");
const SHARES = keyOf("access", "shares");
const ID = "id_";

export type AccessList = ReturnType<typeof createAccessList>;

export function createAccessList(table: Table, clock: () => number) {
  const sessions = rememberedIds(table, SESSIONS, clock);
  const shares = rememberedIds(table, SHARES, clock);
  return {
    hasSession: sessions.has,
    hasShare: shares.has,

    async startSession(id: string, expires: number): Promise<void> {
      const known = await sessions.read();
      const ended = [...known].filter(([, item]) => Number(item.N) * 1000 <= clock()).map(([one]) => one);
      const left = [...known].filter(([one]) => !ended.includes(one)).sort(([, a], [, b]) => Number(a.N) - Number(b.N));
      const removed = [...ended, ...left.slice(0, Math.max(0, left.length + 1 - MOST_SESSIONS)).map(([one]) => one)];
      await change(table, SESSIONS, { set: [id, number(Math.floor(expires / 1000))], remove: removed });
      sessions.forget();
    },

    async endSession(id: string): Promise<void> {
      await change(table, SESSIONS, { remove: [id] });
      sessions.forget();
    },

    async shares(): Promise<Map<string, Share>> {
      return new Map([...(await shares.read())].map(([id, { S }]) => [id, JSON.parse(S ?? "{}")]));
    },

    /** False if there are too many already. */
    async addShare(id: string, share: Share): Promise<boolean> {
      if ((await shares.read()).size >= MOST_SHARES) return false;
      await change(table, SHARES, { set: [id, { S: JSON.stringify(share) }] });
      shares.forget();
      return true;
    },

    async endShare(id: string): Promise<void> {
      await change(table, SHARES, { remove: [id] });
      shares.forget();
    },
  };
}

type Change = { set?: [id: string, value: { S: string } | ReturnType<typeof number>]; remove?: readonly string[] };

async function change(table: Table, key: Key, { set, remove = [] }: Change): Promise<void> {
  const names = remove.map((id, i): [string, string] => [`#r${i}`, ID + id]);
  const parts = [
    ...(set === undefined ? [] : ["SET #id = :value"]),
    ...(names.length === 0 ? [] : [`REMOVE ${names.map(([name]) => name).join(", ")}`]),
  ];
  await table.update(key, {
    UpdateExpression: parts.join(" "),
    ExpressionAttributeNames: Object.fromEntries([...(set === undefined ? [] : [["#id", ID + set[0]]]), ...names]),
    ...(set !== undefined && { ExpressionAttributeValues: { ":value": set[1] } }),
  });
}

function rememberedIds(table: Table, key: Key, clock: () => number) {
  let known: { at: number; ids: Map<string, Item[string]> } | undefined;
  const read = async () => {
    const at = clock();
    const item = (await table.get(key)) ?? {};
    const ids = new Map(
      Object.entries(item).flatMap(([name, value]) => (name.startsWith(ID) ? [[name.slice(ID.length), value]] : [])),
    );
    known = { at, ids };
    return ids;
  };
  return {
    read,
    forget: () => {
      known = undefined;
    },
    /** What is not in the remembered list may be new: it is looked up. */
    has: async (id: string): Promise<boolean> => {
      const age = known === undefined ? Number.POSITIVE_INFINITY : clock() - known.at;
      if (known?.ids.has(id) && age >= 0 && age < REMEMBERED_MS) return true;
      return (await read()).has(id);
    },
  };
}
