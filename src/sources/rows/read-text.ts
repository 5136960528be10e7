/**
 * Reads values as databases write them, exactly or not at all: nothing is rounded, no year becomes another, no infinity
 * becomes null.
 */
import type { ReadText, Scalar } from "./kind.ts";
import { readDate, readTimestamp } from "./read-time.ts";

/** The reader for values of a type. `true` is how the database writes a true boolean. */
export function readerOf(scalar: Scalar): ReadText {
  if (scalar.is === "decimal") return readDecimal(scalar.scale);
  return readers[scalar.is];
}

const readers = {
  bigint: readBigint,
  double: readDouble,
  boolean: (text) => (text === "t" ? true : text === "f" ? false : undefined),
  string: (text) => text,
  binary: readHex,
  date: readDate,
  timestamp: readTimestamp,
} satisfies Record<Exclude<Scalar["is"], "decimal">, ReadText>;

const [POINT, DASH] = [0x2e, 0x2d];
const MOST = 2n ** 63n - 1n;

function readBigint(text: string): bigint | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  // Most numbers are far below the limit, and small ones are read several times faster.
  if (text.length < 16) return BigInt(Number(text));
  const value = BigInt(text);
  return value > MOST || value < -MOST - 1n ? undefined : value;
}

function readDouble(text: string): number | undefined {
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isNaN(value) && text !== "NaN" ? undefined : value;
}

function readHex(text: string): Uint8Array | undefined {
  return /^\\x(?:[0-9a-f]{2})*$/.test(text) ? Buffer.from(text.slice(2), "hex") : undefined;
}

/** A decimal's digits without its point, which belongs before the last `scale` digits. */
function readDecimal(scale: number): ReadText {
  return (text) => {
    // As databases write it, with all of its places and few digits, it is read several times faster.
    const point = text.length - scale - 1;
    if (text.length < 16 && text.charCodeAt(point) === POINT) {
      const digits = text.slice(0, point) + text.slice(point + 1);
      if (point > 0 && text.charCodeAt(point - 1) !== DASH && /^-?\d+$/.test(digits)) return BigInt(Number(digits));
    }
    const [, whole = "", fraction = ""] = /^(-?\d+)(?:\.(\d+))?$/.exec(text) ?? [];
    if (whole === "" || fraction.length > scale) return undefined;
    return BigInt(whole + fraction.padEnd(scale, "0"));
  };
}
