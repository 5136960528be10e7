import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_LINE_LENGTH, splitLines } from "../../../src/sources/split-lines.ts";
import { readLines } from "../../../tools/import/lines.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "daymark-lines-"));
});
afterAll(async () => await rm(folder, { recursive: true }));

async function linesOf(content: string | Buffer): Promise<string[]> {
  const path = join(folder, "file");
  await writeFile(path, content);
  return await all(readLines(path));
}

async function all(groups: AsyncIterable<string[]>): Promise<string[]> {
  const lines: string[] = [];
  for await (const group of groups) lines.push(...group);
  return lines;
}

describe("readLines", () => {
  test("reads plain files and gzip alike, whatever they are called", async () => {
    expect(await linesOf("a\n하루\r\n\nb")).toEqual(["a", "하루", "", "b"]);
    expect(await linesOf(gzipSync("a\nb\n"))).toEqual(["a", "b"]);
    expect(await linesOf(Buffer.concat([gzipSync("a\n"), gzipSync("b\n")]))).toEqual(["a", "b"]);
    expect(await linesOf("")).toEqual([]);
    expect(await linesOf("x")).toEqual(["x"]);
  });

  test("reads no mark of byte order as part of the first line, and keeps any other", async () => {
    expect(await linesOf("\ufeffa\n\ufeffb\n")).toEqual(["a", "\ufeffb"]);
    expect(await linesOf("\ufeff")).toEqual([]);
  });

  test.each([
    ["BZh91AY", /it is packed with bzip2: unpack it first \(bzcat FILE/],
    ["PK\u0003\u0004abc", /it is packed with zip/],
    [Buffer.from([0x04, 0x22, 0x4d, 0x18, 0, 0]), /it is packed with lz4/],
    [Buffer.from([0x1f, 0x9d, 0x90, 0, 0, 0]), /it is packed with compress/],
    [Buffer.from("\ufeffa\n", "utf16le"), /it is UTF-16LE: convert it first \(iconv/],
    [Buffer.from([0xfe, 0xff, 0, 0x61]), /it is UTF-16BE/],
    [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), /it is packed with zstd/],
    [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), /it is packed with xz/],
  ])("says what it does not unpack: %j", async (content, message) => {
    await expect(linesOf(content)).rejects.toThrow(message);
  });

  test("says what it cannot read", async () => {
    const reading = async (content: Buffer) => await linesOf(content);
    const gzip = gzipSync("a\n".repeat(100_000));
    const damaged = Buffer.from(gzip);
    damaged.writeUInt32LE(0, gzip.length - 8); // its checksum
    await expect(reading(gzip.subarray(0, 50))).rejects.toThrow(/^Cannot read .*file: its gzip ends too early$/);
    await expect(reading(damaged)).rejects.toThrow(/gzip is damaged$/);
    await expect(all(readLines(join(folder, "none")))).rejects.toThrow(/there is no such file$/);
    await expect(all(readLines(folder))).rejects.toThrow(/it is a folder$/);
  });

  test("cuts a line that has no end, and goes on after it", async () => {
    const lines = await linesOf(`a\n${"x".repeat(3_000_000)}\nb\n`);
    expect(lines.map((line) => line.length)).toEqual([1, MAX_LINE_LENGTH, 1]);
  });
});

describe("splitLines", () => {
  test("finds the same lines however the bytes are divided", async () => {
    const text = fc
      .array(fc.constantFrom("a", "하", "😀", "\n", "\r\n", " "), { maxLength: 60 })
      .map((t) => t.join(""));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (content, size) => {
        const bytes = Buffer.from(content);
        async function* chunks() {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        }
        const expected = content.split("\n").map((line) => line.replace(/\r$/, ""));
        if (expected.at(-1) === "" && !content.endsWith("\r")) expected.pop();
        expect(await all(splitLines(chunks()))).toEqual(expected);
      }),
    );
  });
});
