/**
 * The keys of an RDB file, a snapshot that Redis itself has written: of one instant, and with a checksum. The file is
 * read in chunks, from its beginning to its end, and only what is not complete yet stays in memory.
 * https://rdb.fnordig.de/file_format.html
 */
import type { RedisKey } from "../key-row.ts";
import { createCrc64 } from "./crc64.ts";
import { type Cursor, CutShort, createCursor } from "./cursor.ts";
import { MODULE_FORM, readModule, skipModule } from "./module-value.ts";
import { readValue } from "./value.ts";

/** What is known of a file so far. */
export type RdbFacts = {
  version: number;
  /** When it was written, in epoch ms; its keys live on from then. */
  at: number | undefined;
  /** How many keys the file says that each database has, and how many of these had expired. */
  sizes: Map<string, number>;
  expired: Map<string, number>;
  isComplete: boolean;
};
export type RdbKey = RedisKey & { database: string };

type Reading = RdbFacts & { database: string; expires: number | undefined };

/** Valkey 9 has a name and numbers of its own. */
const HEAD = /^(?:REDIS|VALKEY)(\d{3,4})$/;
const HEAD_BYTES = 9;
/** A longer element is no value that Redis can have (512 MB), but a damaged file. */
const MOST_BYTES = 1 << 30;
/** Of Redis 2.6; the ones before have no checksum. */
const FIRST_VERSION = 5;

export function createRdbReader(): {
  facts: RdbFacts;
  take(chunk: Buffer): RdbKey[];
  end(): RdbKey[];
} {
  const reading: Reading = {
    version: 0,
    at: undefined,
    sizes: new Map(),
    expired: new Map(),
    isComplete: false,
    database: "0",
    expires: undefined,
  };
  const crc = createCrc64();
  let [chunks, size, needed]: [Buffer[], number, number] = [[], 0, HEAD_BYTES];
  /** The keys that are complete with this chunk. Throws an Error for a damaged file. */
  function take(chunk: Buffer): RdbKey[] {
    chunks.push(chunk);
    size += chunk.length;
    if (size < needed || reading.isComplete) return [];
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const { keys, used } = readElements(bytes, reading, crc);
    chunks = [bytes.subarray(used)];
    size -= used;
    // A long value is tried again when twice as much is there.
    needed = used > 0 ? 0 : 2 * size;
    if (size > MOST_BYTES) throw new Error("Cannot read an RDB file: an element of it has no end");
    return keys;
  }
  return {
    facts: reading,
    take,
    /** The last keys, at the end of the file. Throws an Error if it is cut short. */
    end(): RdbKey[] {
      needed = 0;
      const keys = take(Buffer.alloc(0));
      if (!reading.isComplete) throw new Error("Cannot read an RDB file: it is cut short");
      return keys;
    },
  };
}

/** All elements that are complete, and how many bytes they take. */
function readElements(bytes: Buffer, reading: Reading, crc: ReturnType<typeof createCrc64>) {
  const cursor = createCursor(bytes);
  const keys: RdbKey[] = [];
  let [used, isOver]: [number, boolean] = [0, false];
  let checksum: Buffer | undefined;
  try {
    if (reading.version === 0) reading.version = readHead(cursor);
    used = cursor.at;
    while (cursor.at < bytes.length && !isOver) {
      isOver = readElement(cursor, reading, keys);
      used = cursor.at;
    }
    if (isOver) checksum = cursor.take(8);
  } catch (error) {
    // Of lengths and numbers that cannot be, which then lead out of their element.
    if (error instanceof RangeError || error instanceof SyntaxError)
      throw new Error(`Cannot read an RDB file: it is damaged (${error.message})`, { cause: error });
    if (!(error instanceof CutShort)) throw error;
    // The last element is read again along with its checksum.
    if (isOver) used--;
  }
  crc.add(bytes.subarray(0, used));
  if (checksum !== undefined) {
    requireChecksum(checksum, crc.value);
    reading.isComplete = true;
  }
  return { keys, used };
}

function readHead(cursor: Cursor): number {
  const head = cursor.take(HEAD_BYTES).toString("latin1");
  const [, version] = HEAD.exec(head) ?? [];
  if (version === undefined)
    throw new Error("Cannot read an RDB file: it does not begin with REDIS or VALKEY and a version");
  if (Number(version) < FIRST_VERSION)
    throw new Error(`Cannot read an RDB file: it is of version ${version}, which has no checksum`);
  return Number(version);
}

/** A checksum of 0 is none: the server was told to write none. */
function requireChecksum(written: Buffer, counted: bigint): void {
  const expected = written.readBigUInt64LE(0);
  if (expected !== 0n && expected !== counted)
    throw new Error(`Cannot trust an RDB file: its checksum is ${expected}, and that of its bytes ${counted}`);
}

const END = 255;

/** Reads an element: a key, or something about the file, which changes `reading`. True if it was the last. */
function readElement(cursor: Cursor, reading: Reading, keys: RdbKey[]): boolean {
  const code = cursor.byte();
  if (code === END) return true;
  const about = others[code];
  if (about !== undefined) {
    about(cursor, reading);
    return false;
  }
  const { database, expires } = reading;
  const key = cursor.string();
  const { type, value } = code === MODULE_FORM ? readModule(cursor, reading.version) : readValue(code, cursor);
  reading.expires = undefined;
  const ttl = expires === undefined ? undefined : expires - (reading.at ?? 0);
  if (ttl === undefined || ttl > 0) keys.push({ database, key, type, ttl, value });
  else reading.expired.set(database, (reading.expired.get(database) ?? 0) + 1);
  return false;
}

/** Elements that are no keys, by their code; what they are read into stays as it is until all of it is there. */
const others: Record<number, (cursor: Cursor, reading: Reading) => void> = {
  244: (cursor) => {
    // How many keys a slot of a cluster has.
    for (let i = 0; i < 3; i++) cursor.wide();
  },
  245: (cursor) => void cursor.string(),
  247: (cursor) => {
    cursor.wide();
    skipModule(cursor);
  },
  248: (cursor) => void cursor.wide(),
  249: (cursor) => void cursor.byte(),
  250: (cursor, reading) => {
    const [name, value] = [String(cursor.string()), String(cursor.string())];
    if (name === "ctime") reading.at = Number(value) * 1000;
  },
  251: (cursor, reading) => {
    const keys = cursor.length();
    cursor.length();
    reading.sizes.set(reading.database, keys);
  },
  252: (cursor, reading) => {
    reading.expires = cursor.uint64();
  },
  253: (cursor, reading) => {
    reading.expires = cursor.uint32() * 1000;
  },
  254: (cursor, reading) => {
    reading.database = String(cursor.length());
  },
};
