/** Streams in an RDB file. https://github.com/redis/redis/blob/7.2/src/t_stream.c (streamAppendItem) */
import { jsonOfStream } from "../json-value.ts";
import { readListpack } from "./compact.ts";
import type { Cursor } from "./cursor.ts";

type Entry = Parameters<typeof jsonOfStream>[0][number];

const [DELETED, SAME_FIELDS] = [1, 2];
const ID_BYTES = 16;

/** `version`: 1 to 3, as the form grew. Entries in order, and groups without their consumers. */
export function readStream(cursor: Cursor, version: 1 | 2 | 3): string {
  const entries: Entry[] = [];
  for (let left = cursor.length(); left > 0; left--) {
    const first = cursor.string();
    entries.push(...readEntries(first.readBigUInt64BE(0), first.readBigUInt64BE(8), readListpack(cursor.string())));
  }
  // Length and last id; then the first id, the last deleted id, and how many were ever added.
  for (let left = version === 1 ? 3 : 8; left > 0; left--) cursor.wide();
  const groups = Array.from({ length: cursor.length() }, () => readGroup(cursor, version));
  return jsonOfStream(entries, groups);
}

/** A node of a stream: what its entries share, then each of them by how it differs. */
function readEntries(ms: bigint, sequence: bigint, items: readonly Buffer[]): Entry[] {
  let at = 0;
  const next = () => items[at++] ?? Buffer.alloc(0);
  const number = () => Number(next());
  const [live, deleted] = [number(), number()];
  const names = Array.from({ length: number() }, next);
  next();
  const entries: Entry[] = [];
  for (let left = live + deleted; left > 0; left--) {
    const flags = number();
    const id = `${ms + BigInt(String(next()))}-${sequence + BigInt(String(next()))}`;
    const fields =
      (flags & SAME_FIELDS) === 0
        ? Array.from({ length: number() }, (): [Buffer, Buffer] => [next(), next()])
        : names.map((name): [Buffer, Buffer] => [name, next()]);
    next();
    if ((flags & DELETED) === 0) entries.push({ id, fields });
  }
  return entries;
}

function readGroup(cursor: Cursor, version: 1 | 2 | 3) {
  const name = cursor.string();
  const lastDelivered = `${cursor.wide()}-${cursor.wide()}`;
  // How many entries it has read.
  if (version > 1) cursor.wide();
  for (let left = cursor.length(); left > 0; left--) {
    // An entry that is not acknowledged: its id, when it was delivered, and how often.
    cursor.skip(ID_BYTES + 8);
    cursor.wide();
  }
  for (let left = cursor.length(); left > 0; left--) {
    // A consumer: its name, when it was seen and active, and the ids of what it has not acknowledged.
    cursor.string();
    cursor.skip(version === 3 ? 16 : 8);
    cursor.skip(ID_BYTES * cursor.length());
  }
  return { name, lastDelivered };
}
