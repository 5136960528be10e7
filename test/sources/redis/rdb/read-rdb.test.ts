import { expect, test } from "vitest";
import { createCrc64 } from "../../../../src/sources/redis/rdb/crc64.ts";
import { unpackLzf } from "../../../../src/sources/redis/rdb/lzf.ts";
import { createRdbReader } from "../../../../src/sources/redis/rdb/read-rdb.ts";

/** A string; of more than 63 bytes with its length in four. */
const text = (value: string | Buffer) => {
  const length = Buffer.alloc(5, 0x80);
  length.writeUInt32BE(value.length, 1);
  return Buffer.concat([value.length < 64 ? Buffer.of(value.length) : length, Buffer.from(value)]);
};
const checksumOf = (bytes: Buffer) => {
  const crc = createCrc64();
  crc.add(bytes);
  return crc.value;
};

/** A file with these elements. */
function fileOf(...elements: Buffer[]): Buffer {
  const created = Buffer.concat([Buffer.of(250), text("ctime"), text("1795655163")]);
  const body = Buffer.concat([Buffer.from("REDIS0011"), created, ...elements, Buffer.of(255)]);
  const checksum = Buffer.alloc(8);
  checksum.writeBigUInt64LE(checksumOf(body));
  return Buffer.concat([body, checksum]);
}
const keyOf = (form: number, ...value: Buffer[]) => Buffer.concat([Buffer.of(form), text("k"), ...value]);
function read(file: Buffer) {
  const reader = createRdbReader();
  const keys = [...reader.take(file), ...reader.end()];
  return keys.map(({ key: _, database: _of, ...rest }) => rest);
}

/** A ziplist; items are their bytes, with how they are encoded in front. */
const ziplist = (...items: Buffer[]) =>
  text(Buffer.concat([Buffer.alloc(10), ...items.map((item) => Buffer.concat([Buffer.of(0), item])), Buffer.of(255)]));
const numbers = [
  Buffer.of(0xf1),
  Buffer.of(0xfd),
  Buffer.of(0xfe, 0x80),
  Buffer.of(0xc0, 0xff, 0x7f),
  Buffer.of(0xf0, 0, 0, 0x80),
];
const long = Buffer.concat([Buffer.of(0x40, 70), Buffer.alloc(70, "x")]);

test.each([
  {
    of: "a list",
    file: keyOf(10, ziplist(text("ab"), ...numbers, long)),
    type: "list",
    value: ["ab", "0", "12", "-128", "32767", "-8388608", "x".repeat(70)],
  },
  {
    of: "a list of several",
    file: keyOf(14, Buffer.of(2), ziplist(text("a")), ziplist(text("b"))),
    type: "list",
    value: ["a", "b"],
  },
  { of: "a hash", file: keyOf(13, ziplist(text("f"), text("v"))), type: "hash", value: { f: "v" } },
  { of: "scores", file: keyOf(12, ziplist(text("a"), text("0.5"))), type: "zset", value: [["a", 0.5]] },
  {
    of: "old scores",
    file: keyOf(3, Buffer.of(2), text("b"), Buffer.of(254), text("a"), text("1.5")),
    type: "zset",
    value: [
      ["a", 1.5],
      ["b", "inf"],
    ],
  },
  { of: "an old list", file: keyOf(1, Buffer.of(1), text("a")), type: "list", value: ["a"] },
  {
    of: "a hash with times",
    file: keyOf(24, Buffer.alloc(8), Buffer.of(1, 5), text("f"), text("v")),
    type: "hash",
    value: { f: "v" },
  },
])("forms that other versions of Redis write are read: $of", ({ file, type, value }) => {
  const keys = read(fileOf(file));
  expect(keys.map((key) => ({ ...key, value: JSON.parse(key.value) }))).toEqual([{ type, ttl: undefined, value }]);
});

test("a module's value is what DUMP answers, and its type has the module's name", () => {
  const id = Buffer.concat([Buffer.of(0x81), Buffer.alloc(8)]);
  // "ReJSON-RL", version 3.
  const letters = [17, 30, 9, 18, 14, 13, 62, 17, 11];
  id.writeBigUInt64BE(letters.reduce((sum, letter) => (sum << 6n) | BigInt(letter), 0n) * 1024n + 3n, 1);
  const written = Buffer.concat([id, Buffer.of(5), text('{"a":1}'), Buffer.of(0)]);
  const [key] = read(fileOf(keyOf(7, written)));
  expect(key?.type).toBe("ReJSON-RL");
  const dump = Buffer.from(JSON.parse(key?.value ?? "").dump, "base64");
  expect(dump.subarray(0, -10)).toEqual(Buffer.concat([Buffer.of(7), written]));
  expect(dump.subarray(-10, -8)).toEqual(Buffer.of(11, 0));
  expect(dump.readBigUInt64LE(dump.length - 8)).toBe(checksumOf(dump.subarray(0, -8)));
});

test("a time to live counts from when the file was written; what had expired by then is left out and counted", () => {
  const expiring = (ms: bigint) => {
    const time = Buffer.alloc(9, 252);
    time.writeBigUInt64LE(ms, 1);
    return Buffer.concat([time, keyOf(0, text("v"))]);
  };
  const seconds = Buffer.of(253, 0, 0, 0, 0);
  seconds.writeUInt32LE(1_795_655_164, 1);
  const file = fileOf(
    expiring(1_795_655_163_250n),
    expiring(1_795_655_162_999n),
    seconds,
    keyOf(0, text("v")),
    keyOf(0, text("v")),
  );
  expect(read(file).map(({ ttl }) => ttl)).toEqual([250, 1000, undefined]);
  const reader = createRdbReader();
  reader.take(file);
  expect([...reader.facts.expired]).toEqual([["0", 1]]);
});

test.each([
  { of: "a form that is not known", file: fileOf(keyOf(99)), message: /form 99, which is not known/ },
  { of: "a list with a wrong node", file: fileOf(keyOf(18, Buffer.of(1, 9), text("a"))), message: /nodes of form 9/ },
  { of: "another file", file: Buffer.from("GIF89a and more"), message: /does not begin with REDIS or VALKEY/ },
  { of: "a version without checksums", file: Buffer.from("REDIS0003 and more"), message: /version 0003/ },
  { of: "nothing", file: Buffer.alloc(0), message: /cut short/ },
])("$of is an error that says so", ({ file, message }) => {
  expect(() => read(file)).toThrow(message);
});

test("a file without a checksum is read", () => {
  const file = fileOf(keyOf(0, text("v")));
  file.fill(0, file.length - 8);
  expect(read(file)).toHaveLength(1);
});

test("a file of Valkey 9 is read, with its hashes whose fields expire", () => {
  const never = Buffer.alloc(8, 255);
  const file = fileOf(
    keyOf(22, Buffer.of(2), text("a"), text("1"), never, text("b"), text("2"), never),
    keyOf(0, text("v")),
  );
  file.write("VALKEY080");
  file.fill(0, file.length - 8);
  expect(read(file).map(({ value }) => value)).toEqual(['{"a":"1","b":"2"}', '"v"']);
});

test("the checksum is that of Redis, in whatever parts the bytes come", () => {
  const bytes = Buffer.from("123456789");
  expect(checksumOf(bytes)).toBe(0xe9c6d914c4b8d9can);
  const long = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7919) % 251));
  for (const part of [1, 3, 8, 13]) {
    const crc = createCrc64();
    for (let at = 0; at < long.length; at += part) crc.add(long.subarray(at, at + part));
    expect(crc.value).toBe(checksumOf(long));
  }
});

test("packed strings are unpacked, with copies that overlap what they make", () => {
  expect(String(unpackLzf(Buffer.of(0, 0x61, 0x60, 0), 6))).toBe("aaaaaa");
  expect(String(unpackLzf(Buffer.of(1, 0x61, 0x62, 0xe0, 3, 1), 14))).toBe("ababababababab");
  for (const wrong of [Buffer.of(0x60, 0), Buffer.of(0, 0x61, 0x60, 9), Buffer.of(5, 0x61)])
    expect(() => unpackLzf(wrong, 6)).toThrow(/Cannot unpack/);
});
