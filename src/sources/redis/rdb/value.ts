/**
 * The values of keys in an RDB file, as the same JSON as over the wire. Each is written in one of several forms, by what
 * it is and how large. https://github.com/redis/redis/blob/7.4/src/rdb.h (RDB_TYPE_*)
 */
import { jsonOfBytes, jsonOfHash, jsonOfList, jsonOfScores } from "../json-value.ts";
import { readIntset, readListpack, readZiplist } from "./compact.ts";
import type { Cursor } from "./cursor.ts";
import { readStream } from "./stream-value.ts";

type Form = { type: string; read(cursor: Cursor): string };

const hash = (items: readonly Buffer[], width = 2) => jsonOfHash(pairs(items, width));
const scores = (items: readonly Buffer[]) =>
  jsonOfScores(pairs(items, 2).map(([member, score]) => [member, score.toString("latin1")]));

/** By the number of the form in the file. */
const forms: Record<number, Form> = {
  0: { type: "string", read: (cursor) => jsonOfBytes(cursor.string()) },
  1: { type: "list", read: (cursor) => jsonOfList(strings(cursor, cursor.length())) },
  2: { type: "set", read: (cursor) => jsonOfList(strings(cursor, cursor.length())) },
  3: { type: "zset", read: (cursor) => readScores(cursor, readOldScore) },
  4: { type: "hash", read: (cursor) => hash(strings(cursor, 2 * cursor.length())) },
  5: { type: "zset", read: (cursor) => readScores(cursor, () => textOfScore(cursor.double())) },
  10: { type: "list", read: (cursor) => jsonOfList(readZiplist(cursor.string())) },
  11: { type: "set", read: (cursor) => jsonOfList(readIntset(cursor.string())) },
  12: { type: "zset", read: (cursor) => scores(readZiplist(cursor.string())) },
  13: { type: "hash", read: (cursor) => hash(readZiplist(cursor.string())) },
  14: { type: "list", read: (cursor) => jsonOfList(strings(cursor, cursor.length()).flatMap(readZiplist)) },
  15: { type: "stream", read: (cursor) => readStream(cursor, 1) },
  16: { type: "hash", read: (cursor) => hash(readListpack(cursor.string())) },
  17: { type: "zset", read: (cursor) => scores(readListpack(cursor.string())) },
  18: { type: "list", read: readQuicklist },
  19: { type: "stream", read: (cursor) => readStream(cursor, 2) },
  20: { type: "set", read: (cursor) => jsonOfList(readListpack(cursor.string())) },
  21: { type: "stream", read: (cursor) => readStream(cursor, 3) },
  // Of Valkey 9: https://github.com/valkey-io/valkey/blob/9.0/src/rdb.h (RDB_TYPE_HASH_2)
  22: { type: "hash", read: readHashWithTimesBehind },
  24: { type: "hash", read: readHashWithTimes },
  25: {
    type: "hash",
    read: (cursor) => {
      cursor.skip(8);
      return hash(readListpack(cursor.string()), 3);
    },
  },
};

/** Throws an Error for a form that is not known. */
export function readValue(form: number, cursor: Cursor): { type: string; value: string } {
  const known = forms[form];
  if (known === undefined) throw new Error(`Cannot read an RDB file: a value has form ${form}, which is not known`);
  return { type: known.type, value: known.read(cursor) };
}

function strings(cursor: Cursor, count: number): Buffer[] {
  const list: Buffer[] = [];
  for (let i = 0; i < count; i++) list.push(cursor.string());
  return list;
}

/** The first two of each `width` items. */
function pairs(items: readonly Buffer[], width: number): [Buffer, Buffer][] {
  const list: [Buffer, Buffer][] = [];
  for (let i = 0; i + 1 < items.length; i += width) {
    const [name, value] = [items[i], items[i + 1]];
    if (name !== undefined && value !== undefined) list.push([name, value]);
  }
  return list;
}

/** Redis writes them beginning with the highest. */
function readScores(cursor: Cursor, score: (cursor: Cursor) => string): string {
  const members = Array.from({ length: cursor.length() }, (): [Buffer, string] => [cursor.string(), score(cursor)]);
  return jsonOfScores(members.reverse());
}

/** Before Redis 4: the length of a text, and the text. */
function readOldScore(cursor: Cursor): string {
  const length = cursor.byte();
  return { 253: "nan", 254: "inf", 255: "-inf" }[length] ?? cursor.take(length).toString("latin1");
}

function textOfScore(score: number): string {
  if (Number.isFinite(score)) return Object.is(score, -0) ? "-0" : String(score);
  return score > 0 ? "inf" : "-inf";
}

const [PLAIN, PACKED] = [1, 2];

/** Nodes, each of which is one large item or a listpack. */
function readQuicklist(cursor: Cursor): string {
  const items: Buffer[] = [];
  for (let left = cursor.length(); left > 0; left--) {
    const container = cursor.length();
    const bytes = cursor.string();
    if (container === PACKED) items.push(...readListpack(bytes));
    else if (container === PLAIN) items.push(bytes);
    else throw new Error(`Cannot read an RDB file: a list has nodes of form ${container}, which is not known`);
  }
  return jsonOfList(items);
}

/** A hash some of whose fields expire; over the wire, too, those times are not read. */
function readHashWithTimesBehind(cursor: Cursor): string {
  const fields = Array.from({ length: cursor.length() }, (): [Buffer, Buffer] => {
    const field: [Buffer, Buffer] = [cursor.string(), cursor.string()];
    cursor.skip(8);
    return field;
  });
  return jsonOfHash(fields);
}

function readHashWithTimes(cursor: Cursor): string {
  cursor.skip(8);
  const fields = Array.from({ length: cursor.length() }, (): [Buffer, Buffer] => {
    cursor.wide();
    return [cursor.string(), cursor.string()];
  });
  return jsonOfHash(fields);
}
