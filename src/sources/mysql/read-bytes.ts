/** MySQL values with a meaning in their bytes; they arrive as text: `\x` and two digits per byte. */
import type { Cell, ReadText } from "../rows/kind.ts";

/** A BIT(n): its n digits. */
export function readBits(digits: number): ReadText {
  return (text) => {
    const bits = [...bytesOf(text)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    return bits.slice(-digits);
  };
}

const HAS_SRID = 0x20000000;

/**
 * A geometry: four bytes for the coordinate system (SRID), then well-known binary. Without a system, only the latter is
 * returned; otherwise the extended form, which contains the system.
 * https://dev.mysql.com/doc/refman/8.4/en/gis-data-formats.html
 */
export function readGeometry(text: string): Uint8Array | undefined {
  const bytes = bytesOf(text);
  // MySQL always writes little-endian numbers.
  if (bytes.length < 9 || bytes[4] !== 1) return undefined;
  const srid = bytes.subarray(0, 4);
  if (srid.every((byte) => byte === 0)) return bytes.subarray(4);
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeUInt32LE((bytes.readUInt32LE(5) | HAS_SRID) >>> 0, 1);
  return Buffer.concat([head, srid, bytes.subarray(9)]);
}

/** A VECTOR: floats of four bytes. */
export function readFloats(text: string): Cell[] | undefined {
  const bytes = bytesOf(text);
  if (bytes.length % 4 !== 0) return undefined;
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(2), "hex");
}
