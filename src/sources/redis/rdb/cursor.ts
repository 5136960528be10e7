/** Reads the elements of an RDB file from bytes, one after the other: numbers, lengths, strings. */
import { unpackLzf } from "./lzf.ts";

/** The bytes end within an element: more are needed. */
export class CutShort extends Error {
  override readonly name = "CutShort";
}
/** Thrown for each key that a chunk ends in: one for all, because making it takes a while. */
const cutShort = new CutShort("An element of an RDB file is cut short");

export type Cursor = ReturnType<typeof createCursor>;

/** A length, or how a string is packed. https://rdb.fnordig.de/file_format.html#length-encoding */
const [SHORT, LONGER, LONG, PACKED] = [0, 1, 2, 3];
const LENGTH_OF_64_BITS = 0x81;
const LZF = 3;

export function createCursor(bytes: Buffer, start = 0) {
  let at = start;
  /** Moves on by `count`, and returns where it was. */
  const skip = (count: number): number => {
    if (at + count > bytes.length) throw cutShort;
    at += count;
    return at - count;
  };
  const byte = (): number => bytes[skip(1)] ?? 0;
  const take = (count: number): Buffer => bytes.subarray(skip(count), at);

  /** A number up to 2^64 - 1. */
  function wide(): bigint {
    if (bytes[at] === LENGTH_OF_64_BITS) return bytes.readBigUInt64BE(skip(9) + 1);
    return BigInt(length());
  }

  function length(): number {
    const first = byte();
    switch (first >> 6) {
      case SHORT:
        return first & 63;
      case LONGER:
        return ((first & 63) << 8) | byte();
      case LONG:
        return first === LENGTH_OF_64_BITS ? Number(bytes.readBigUInt64BE(skip(8))) : bytes.readUInt32BE(skip(4));
    }
    throw new RangeError("Cannot read an RDB file: expected a length");
  }

  /** A string's bytes; numbers and packed strings as what they stand for. */
  function string(): Buffer {
    const first = bytes[at] ?? 0;
    if (first >> 6 !== PACKED) return take(length());
    skip(1);
    const form = first & 63;
    if (form !== LZF) return Buffer.from(String(bytes.readIntLE(skip(1 << form), 1 << form)));
    const [packed, unpacked] = [length(), length()];
    return unpackLzf(take(packed), unpacked);
  }

  return {
    skip,
    byte,
    take,
    wide,
    length,
    string,
    uint32: (): number => bytes.readUInt32LE(skip(4)),
    double: (): number => bytes.readDoubleLE(skip(8)),
    /** Milliseconds, or any number that a double can hold. */
    uint64: (): number => Number(bytes.readBigUInt64LE(skip(8))),
    from: (position: number): Buffer => bytes.subarray(position, at),
    get at() {
      return at;
    },
  };
}
