/** The lines of a file or of standard input, plain or gzip, of any size: only a few at a time are in memory. */
import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { firstBytes, isGzip } from "../../src/sources/first-bytes.ts";
import { splitLines } from "../../src/sources/split-lines.ts";

const CHUNK_BYTES = 256 * 1024;

/**
 * Yields the lines of `path` (`-` is standard input) in groups, without their line ends; `onOpenEnd` is called before the
 * last one if it has none. Throws an Error that says what cannot be read.
 */
export async function* readLines(path: string, onOpenEnd?: () => void): AsyncGenerator<string[]> {
  try {
    yield* splitLines(await unpack(openInput(path)), onOpenEnd);
  } catch (cause) {
    throw new Error(`Cannot read ${path === "-" ? "standard input" : path}: ${reasonOf(cause)}`, { cause });
  }
}

function openInput(path: string): Readable {
  return path === "-" ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
}

async function unpack(input: Readable): Promise<AsyncIterable<Buffer>> {
  const { start, whole } = await firstBytes(input, 6);
  const packed = packers.find(({ magic }) => start.subarray(0, magic.length).equals(magic));
  if (packed !== undefined)
    throw new Error(`it is packed with ${packed.name}: unpack it first (${packed.command} FILE | npm run import -- -)`);
  const encoding = encodings.find(({ magic }) => start.subarray(0, magic.length).equals(magic));
  if (encoding !== undefined)
    throw new Error(
      `it is ${encoding.name}: convert it first (iconv -f ${encoding.name} -t UTF-8 FILE | npm run import -- -)`,
    );
  // pipeline passes errors from one stream to the next only if it has a callback; reading the result throws them.
  return isGzip(start) ? pipeline(Readable.from(whole), createGunzip({ chunkSize: CHUNK_BYTES }), () => {}) : whole;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause ? String(cause.code) : "";
  return reasons.get(code) ?? cause.message;
}

const packers = [
  { name: "bzip2", magic: Buffer.from("BZh"), command: "bzcat" },
  { name: "xz", magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), command: "xzcat" },
  { name: "zstd", magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), command: "zstdcat" },
  { name: "lz4", magic: Buffer.from([0x04, 0x22, 0x4d, 0x18]), command: "lz4cat" },
  { name: "compress", magic: Buffer.from([0x1f, 0x9d]), command: "zcat" },
  { name: "zip", magic: Buffer.from("PK\x03\x04"), command: "unzip -p" },
];

/** Texts of two bytes a character, as PowerShell writes them. */
const encodings = [
  { name: "UTF-16LE", magic: Buffer.from([0xff, 0xfe]) },
  { name: "UTF-16BE", magic: Buffer.from([0xfe, 0xff]) },
];

const reasons = new Map([
  ["ENOENT", "there is no such file"],
  ["EACCES", "it may not be read"],
  ["EISDIR", "it is a folder"],
  ["Z_BUF_ERROR", "its gzip ends too early"],
  ["Z_DATA_ERROR", "its gzip is damaged"],
]);
