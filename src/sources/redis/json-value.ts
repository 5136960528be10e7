/**
 * Redis values as JSON text. Bytes that are UTF-8 become strings, other bytes `{"base64": "…"}`: nothing is replaced,
 * and nothing is read as a number.
 */
import { textOf } from "./text-of.ts";

/** Bytes as JSON. */
export function jsonOfBytes(bytes: Buffer): string {
  const text = textOf(bytes);
  return text === undefined ? `{"base64":"${bytes.toString("base64")}"}` : JSON.stringify(text);
}

export function jsonOfList(list: readonly Buffer[]): string {
  return `[${list.map(jsonOfBytes).join(",")}]`;
}

/** An object of fields; a list of pairs if a field's name is not UTF-8. */
export function jsonOfHash(fields: readonly (readonly [Buffer, Buffer])[]): string {
  const isObject = fields.every(([name]) => textOf(name) !== undefined);
  const pairs = fields.map(([name, value]) =>
    isObject ? `${jsonOfBytes(name)}:${jsonOfBytes(value)}` : `[${jsonOfBytes(name)},${jsonOfBytes(value)}]`,
  );
  return isObject ? `{${pairs.join(",")}}` : `[${pairs.join(",")}]`;
}

/** Pairs of a member and its score, a number as Redis writes it; an infinite score is a string. */
export function jsonOfScores(members: readonly (readonly [Buffer, string])[]): string {
  return `[${members.map(([member, score]) => `[${jsonOfBytes(member)},${jsonOfScore(score)}]`).join(",")}]`;
}

/** If it is also a valid JSON number. */
function jsonOfScore(score: string): string {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/.test(score) ? score : JSON.stringify(score);
}

type Entry = { id: string; fields: readonly (readonly [Buffer, Buffer])[] };
type Group = { name: Buffer; lastDelivered: string };

/** A stream: its entries in order, each with its fields in order (names may repeat), and its groups. */
export function jsonOfStream(entries: readonly Entry[], groups: readonly Group[]): string {
  const pairs = (fields: Entry["fields"]) => fields.map(([name, value]) => jsonOfList([name, value])).join(",");
  const all = entries.map(({ id, fields }) => `[${JSON.stringify(id)},[${pairs(fields)}]]`);
  const of = groups.map(({ name, lastDelivered }) => {
    return `{"name":${jsonOfBytes(name)},"last_delivered_id":${JSON.stringify(lastDelivered)}}`;
  });
  return `{"entries":[${all.join(",")}],"groups":[${of.join(",")}]}`;
}
