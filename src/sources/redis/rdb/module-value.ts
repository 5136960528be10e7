/** Values of modules' types: the bytes that DUMP answers, from which Redis could restore the value. */
import { createCrc64 } from "./crc64.ts";
import type { Cursor } from "./cursor.ts";

export const MODULE_FORM = 7;

const [END, SIGNED, UNSIGNED, FLOAT, DOUBLE, STRING] = [0, 1, 2, 3, 4, 5];
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** `version` is that of the file. */
export function readModule(cursor: Cursor, version: number): { type: string; value: string } {
  const start = cursor.at;
  const id = cursor.wide();
  skipModule(cursor);
  const dump = Buffer.concat([Buffer.of(MODULE_FORM), cursor.from(start), Buffer.of(version & 255, version >> 8)]);
  const crc = createCrc64();
  crc.add(dump);
  const checksum = Buffer.alloc(8);
  checksum.writeBigUInt64LE(crc.value);
  return { type: nameOf(id), value: `{"dump":"${Buffer.concat([dump, checksum]).toString("base64")}"}` };
}

/** Goes on behind what a module has written: values, each behind the number of its kind. */
export function skipModule(cursor: Cursor): void {
  for (let kind = cursor.length(); kind !== END; kind = cursor.length()) {
    if (kind === SIGNED || kind === UNSIGNED) cursor.wide();
    else if (kind === FLOAT) cursor.skip(4);
    else if (kind === DOUBLE) cursor.skip(8);
    else if (kind === STRING) cursor.string();
    else throw new Error(`Cannot read an RDB file: a module's value has kind ${kind}, which is not known`);
  }
}

/** A module's type: nine letters of six bits each, in front of ten bits that are its version. */
function nameOf(id: bigint): string {
  return Array.from({ length: 9 }, (_, i) => LETTERS[Number((id >> BigInt(58 - 6 * i)) & 63n)]).join("");
}
