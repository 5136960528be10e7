/**
 * Small lists, sets and hashes, which Redis stores as one string of bytes: as a listpack, as a ziplist (before Redis 7),
 * or, sets of numbers, as an intset. Each function returns the items, numbers as their texts.
 * https://github.com/antirez/listpack/blob/master/listpack.md
 */

const textOfNumber = (value: number | bigint): Buffer => Buffer.from(String(value), "latin1");

export function readIntset(bytes: Buffer): Buffer[] {
  const [width, count] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
  return Array.from({ length: count }, (_, i) => textOfNumber(readInt(bytes, 8 + i * width, width)));
}

function readInt(bytes: Buffer, at: number, width: number): number | bigint {
  return width === 8 ? bytes.readBigInt64LE(at) : bytes.readIntLE(at, width);
}

/** An item, and where its content ends. */
type Item = { item: Buffer; end: number };

const HEAD_OF_LISTPACK = 6;
const HEAD_OF_ZIPLIST = 10;
const END = 0xff;

export function readListpack(bytes: Buffer): Buffer[] {
  const items: Buffer[] = [];
  let at = HEAD_OF_LISTPACK;
  while (bytes[at] !== END) {
    if (at >= bytes.length) throw new RangeError("Cannot read a listpack: it has no end");
    const { item, end } = readListpackItem(bytes, at);
    items.push(item);
    at = end + widthOfLength(end - at);
  }
  return items;
}

/** Bytes of an item's own length, which is written behind it. */
function widthOfLength(length: number): number {
  if (length < 128) return 1;
  if (length < 16_384) return 2;
  if (length < 2_097_152) return 3;
  return length < 268_435_456 ? 4 : 5;
}

function readListpackItem(bytes: Buffer, at: number): Item {
  const first = bytes[at] ?? END;
  if (first < 0x80) return { item: textOfNumber(first), end: at + 1 };
  if (first < 0xc0) return stringAt(bytes, at + 1, first & 63);
  if (first < 0xe0) {
    const value = ((first & 31) << 8) | (bytes[at + 1] ?? 0);
    return { item: textOfNumber(value < 4096 ? value : value - 8192), end: at + 2 };
  }
  if (first < 0xf0) return stringAt(bytes, at + 2, ((first & 15) << 8) | (bytes[at + 1] ?? 0));
  if (first === 0xf0) return stringAt(bytes, at + 5, bytes.readUInt32LE(at + 1));
  return numberAt(bytes, at + 1, [2, 3, 4, 8][first - 0xf1]);
}

export function readZiplist(bytes: Buffer): Buffer[] {
  const items: Buffer[] = [];
  let at = HEAD_OF_ZIPLIST;
  while (bytes[at] !== END) {
    if (at >= bytes.length) throw new RangeError("Cannot read a ziplist: it has no end");
    // The length of the item before comes first, in one byte or, behind 254, in four.
    const { item, end } = readZiplistItem(bytes, at + (bytes[at] === 0xfe ? 5 : 1));
    items.push(item);
    at = end;
  }
  return items;
}

const widths: Record<number, number> = { 192: 2, 208: 4, 224: 8, 240: 3, 254: 1 };

function readZiplistItem(bytes: Buffer, at: number): Item {
  const first = bytes[at] ?? END;
  if (first < 0x40) return stringAt(bytes, at + 1, first);
  if (first < 0x80) return stringAt(bytes, at + 2, ((first & 63) << 8) | (bytes[at + 1] ?? 0));
  if (first === 0x80) return stringAt(bytes, at + 5, bytes.readUInt32BE(at + 1));
  if (first > 0xf0 && first < 0xfe) return { item: textOfNumber((first & 15) - 1), end: at + 1 };
  return numberAt(bytes, at + 1, widths[first]);
}

function stringAt(bytes: Buffer, at: number, length: number): Item {
  if (at + length > bytes.length) throw new RangeError("Cannot read a list of an RDB file: an item is cut short");
  return { item: bytes.subarray(at, at + length), end: at + length };
}

function numberAt(bytes: Buffer, at: number, width: number | undefined): Item {
  if (width === undefined) throw new RangeError("Cannot read a list of an RDB file: an item has an unknown form");
  return { item: textOfNumber(readInt(bytes, at, width)), end: at + width };
}
