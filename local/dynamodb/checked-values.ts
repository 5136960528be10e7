/**
 * How values are written in the store: JSON and its checksum. LevelDB checks what it reads from its log, but not what it
 * reads from its tables, where a flipped bit would be read as another number. Values of earlier releases have no
 * checksum.
 */
import { crc32 } from "node:zlib";
import type { Item } from "dynalite/db/index.js";

const MARK = "#";
const CHECKSUM_LENGTH = 8;

/** An encoding for LevelDB, which is given with each call. `decode` throws for a value that is not what was written. */
export const checkedValues = { name: "checked-json", format: "utf8", encode, decode } as const;

function encode(value: unknown): string {
  const json = JSON.stringify(value);
  return `${json}${MARK}${checksum(json)}`;
}

function decode(text: string): Item {
  const end = text.length - CHECKSUM_LENGTH - MARK.length;
  // A value of an earlier release: JSON of an object, and nothing behind it.
  if (text.endsWith("}")) return JSON.parse(text);
  const json = text.slice(0, end);
  if (text.slice(end) !== MARK + checksum(json)) throw new RangeError("its checksum is wrong");
  return JSON.parse(json);
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(CHECKSUM_LENGTH, "0");
}
