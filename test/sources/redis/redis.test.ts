import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonOfBytes, jsonOfHash, jsonOfScores } from "../../../src/sources/redis/json-value.ts";
import { createReplyReader, encodeCommand, RedisError, type Reply } from "../../../src/sources/redis/replies.ts";
import { createSeenKeys } from "../../../src/sources/rows/seen-keys.ts";

const bytes = fc.uint8Array({ maxLength: 20 }).map((list) => Buffer.from(list));

function encode(reply: Reply): Buffer {
  if (reply === null) return Buffer.from("$-1\r\n");
  if (typeof reply === "number") return Buffer.from(`:${reply}\r\n`);
  if (reply instanceof RedisError) return Buffer.from(`-${reply.message}\r\n`);
  if (Buffer.isBuffer(reply)) return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from("\r\n")]);
  return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(encode)]);
}

const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3 },
    bytes,
    fc.integer(),
    fc.constant(null),
    fc.constant(new RedisError("WRONGTYPE x")),
    fc.array(tie("reply"), { maxLength: 4 }),
  ),
}));

describe("replies", () => {
  test("are read whole, however they are cut", () => {
    fc.assert(
      fc.property(fc.array(reply), fc.array(fc.nat(50)), (replies, cuts) => {
        const all = Buffer.concat(replies.map(encode));
        const read = createReplyReader();
        const found: Reply[] = [];
        let at = 0;
        for (const cut of [...cuts, all.length]) {
          found.push(...read(all.subarray(at, at + cut)));
          at = Math.min(at + cut, all.length);
        }
        expect(found).toEqual(replies);
      }),
    );
  });

  test("that are none fail, and a command is its words with their lengths", () => {
    expect(() => createReplyReader()(Buffer.from("HTTP/1.1 400\r\n"))).toThrow(/begins with byte 72/);
    expect(encodeCommand(["GET", Buffer.from([0xff])]).toString("latin1")).toBe("*2\r\n$3\r\nGET\r\n$1\r\n\xff\r\n");
  });
});

test("bytes are in their JSON as they were", () => {
  fc.assert(
    fc.property(bytes, (one) => {
      const value = JSON.parse(jsonOfBytes(one));
      const back = typeof value === "string" ? Buffer.from(value) : Buffer.from(value.base64, "base64");
      expect(back).toEqual(one);
    }),
  );
});

test("a hash whose field is no text is a list of pairs, and a score that is no number of JSON a string", () => {
  const [text, odd] = [Buffer.from("a"), Buffer.from([0xff])];
  expect(jsonOfHash([[text, odd]])).toBe('{"a":{"base64":"/w=="}}');
  expect(
    jsonOfHash([
      [text, text],
      [odd, text],
    ]),
  ).toBe('[["a","a"],[{"base64":"/w=="},"a"]]');
  expect(
    jsonOfScores([
      [text, "-inf"],
      [text, "1e+20"],
      [text, "-0"],
    ]),
  ).toBe('[["a","-inf"],["a",1e+20],["a",-0]]');
});

test("a key is new once", () => {
  const seen = createSeenKeys();
  const keys = Array.from({ length: 20_000 }, (_, i) => Buffer.from(`key ${i % 10_000}`));
  expect([keys.filter(seen.add).length, seen.count]).toEqual([10_000, 10_000]);
});
