/**
 * Whole numbers and texts as bytes, as used in blocks. A number takes a byte for each seven bits (LEB128); a signed one
 * has its sign in the lowest bit. A list of texts is JSON, which can hold any text and which the engine itself parses.
 */

const SMALL = 2 ** 31;

export type ByteWriter = ReturnType<typeof createWriter>;

/** A growing sequence of bytes. */
export function createWriter() {
  let buffer = Buffer.allocUnsafe(4096);
  let at = 0;
  const reserve = (bytes: number) => {
    if (at + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };
  const big = (value: bigint) => {
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) {
      reserve(1);
      buffer[at++] = Number(rest & 127n) | 128;
    }
    reserve(1);
    buffer[at++] = Number(rest);
  };
  const uint = (value: number) => {
    if (value >= SMALL) return big(BigInt(value));
    reserve(5);
    let rest = value;
    for (; rest >= 128; rest >>>= 7) buffer[at++] = (rest & 127) | 128;
    buffer[at++] = rest;
  };
  const bytes = (some: Uint8Array) => {
    reserve(some.length);
    buffer.set(some, at);
    at += some.length;
  };
  return {
    /** A whole number of 0 or more. */
    uint,
    /** Any whole number. */
    int(value: number | bigint) {
      if (typeof value === "number" && value >= -SMALL / 2 && value < SMALL / 2)
        return uint(value < 0 ? -2 * value - 1 : 2 * value);
      const exact = BigInt(value);
      big(exact < 0n ? -2n * exact - 1n : 2n * exact);
    },
    bytes,
    text(text: string) {
      const utf8 = Buffer.from(text);
      uint(utf8.length);
      bytes(utf8);
    },
    texts: (texts: readonly string[]) => bytes(Buffer.from(JSON.stringify(texts))),
    get length() {
      return at;
    },
    /** What was written so far; do not modify it. */
    toBytes: (): Uint8Array => buffer.subarray(0, at),
  };
}

export type ByteReader = ReturnType<typeof createReader>;

/** Reads what a writer wrote, from `start` on. Throws a RangeError if the bytes end too early. */
export function createReader(source: Uint8Array, start = 0, end: number = source.length) {
  const buffer = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  let at = start;
  const next = (): number => {
    const byte = buffer[at++];
    if (byte === undefined || at > end) throw new RangeError(`Cannot read block: it ends at byte ${end}`);
    return byte;
  };
  /** A number, or a bigint if it takes more than four bytes. */
  const any = (): number | bigint => {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = next();
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    let large = BigInt(value);
    for (let shift = 28n; ; shift += 7n) {
      const byte = next();
      large |= BigInt(byte & 127) << shift;
      if (byte < 128) return large;
    }
  };
  return {
    uint: (): number => Number(any()),
    int(): bigint {
      const value = any();
      if (typeof value === "number") return BigInt(value & 1 ? -((value + 1) >>> 1) : value >>> 1);
      return value & 1n ? -((value + 1n) >> 1n) : value >> 1n;
    },
    text(): string {
      const length = Number(any());
      at += length;
      if (at > end) throw new RangeError(`Cannot read block: it ends at byte ${end}`);
      return buffer.toString("utf8", at - length, at);
    },
    texts: (length: number): string[] => {
      at += length;
      return JSON.parse(buffer.toString("utf8", at - length, at));
    },
    get at() {
      return at;
    },
    get isAtEnd() {
      return at >= end;
    },
  };
}
