/**
 * Reads protobuf's wire format, as far as one schema needs it: a message is a list of fields, each a number and a
 * value. A library would bring a schema compiler along; logs are the hottest way in, and need no more than this.
 * https://protobuf.dev/programming-guides/encoding/
 */

/** A field's value on the wire: a varint, 8 or 4 bytes, or a range of bytes. */
export type Field = { number: number; at: number; end: number; varint: bigint };

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;

/**
 * Calls `take` for each field of the message in `bytes` from `at` to `end`. The same `Field` object is reused for all
 * of them, so `take` must not keep it. Throws a RangeError that says where the bytes stop being a message.
 */
export function readMessage(bytes: Buffer, at: number, end: number, take: (field: Field) => void): void {
  const field: Field = { number: 0, at: 0, end: 0, varint: 0n };
  const reader = { at };
  while (reader.at < end) {
    const key = readVarint(bytes, reader, end);
    field.number = Number(key >> 3n);
    const type = Number(key & 7n);
    field.varint = 0n;
    field.at = reader.at;
    if (type === VARINT) field.varint = readVarint(bytes, reader, end);
    else if (type === FIXED64) reader.at += 8;
    else if (type === FIXED32) reader.at += 4;
    else if (type === BYTES) {
      const length = Number(readVarint(bytes, reader, end));
      field.at = reader.at;
      reader.at += length;
    } else throw new RangeError(`Cannot read protobuf: wire type ${type} at byte ${field.at}`);
    field.end = reader.at;
    if (reader.at > end || field.number === 0)
      throw new RangeError(`Cannot read protobuf: it ends at byte ${end}, inside of a field`);
    take(field);
  }
}

/** A whole number of 8 bytes, as used for timestamps. */
export function fixed64(bytes: Buffer, { at, end }: Field): bigint {
  return end - at === 8 ? bytes.readBigUInt64LE(at) : 0n;
}

/** The text of a field. */
export function textOf(bytes: Buffer, { at, end }: Field): string {
  return bytes.toString("utf8", at, end);
}

/** A number from 0 to 2 ** 31 as a varint. */
export function writeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128);
  return Buffer.from([...bytes, left]);
}

function readVarint(bytes: Buffer, reader: { at: number }, end: number): bigint {
  let small = 0;
  let shift = 0;
  let large = 0n;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    if (reader.at >= end) break;
    const byte = bytes[reader.at++] ?? 0;
    if (shift < 28) small |= (byte & 127) << shift;
    else large |= BigInt(byte & 127) << BigInt(shift);
    shift += 7;
    if (byte < 128) return large === 0n ? BigInt(small) : BigInt.asUintN(64, large | BigInt(small));
  }
  throw new RangeError(`Cannot read protobuf: a number without end at byte ${reader.at}`);
}
