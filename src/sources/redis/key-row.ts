/** A Redis key as a row, and the row's columns. */
import type { Kind, ReadText } from "../rows/kind.ts";
import { readerOf } from "../rows/read-text.ts";
import { textOf } from "./text-of.ts";

const string: Kind = { is: "string" };
const bigint = { is: "bigint" } as const;
const asItIs: ReadText = (value) => value;

/**
 * `key_base64` is only present if the key is not UTF-8: then `key` is null. `ttl_ms` is null if the key never expires.
 */
export const keyColumns = [
  { name: "key", kind: string, read: asItIs },
  { name: "key_base64", kind: string, read: asItIs },
  { name: "type", kind: string, read: asItIs },
  { name: "ttl_ms", kind: bigint, read: readerOf(bigint) },
  { name: "value", kind: string, read: asItIs },
];

/** `value` is JSON. */
export type RedisKey = { key: Buffer; type: string; ttl: number | undefined; value: string };

/** The row of a key, with only the columns at the indexes in `chosen`. */
export function keyRow({ key, type, ttl, value }: RedisKey, chosen: readonly number[]) {
  const text = textOf(key);
  const all = [
    text ?? null,
    text === undefined ? key.toString("base64") : null,
    type,
    ttl === undefined ? null : String(ttl),
    value,
  ];
  const fields = chosen.map((i) => all[i] ?? null);
  const nulls = fields.filter((field) => field === null).length;
  return { fields, nulls, text: fields.map((field) => field ?? "\\N").join("\t") };
}
