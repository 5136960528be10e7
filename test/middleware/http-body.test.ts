import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HttpError } from "../../src/errors.ts";
import { readBody } from "../../src/middleware/http-body.ts";

const read = (body: string | Buffer | undefined, headers: Record<string, string> = {}, maxBytes = 1000) =>
  typeof body === "string" || body === undefined
    ? readBody({ ...(body === undefined ? {} : { body }), isBase64Encoded: false, headers }, maxBytes)
    : readBody({ body: body.toString("base64"), isBase64Encoded: true, headers }, maxBytes);
const gzip = { "content-encoding": "gzip" };
const problem = (status: number) => expect.objectContaining({ name: "HttpError", status });

describe("readBody", () => {
  test("takes text as it is, base64, and gzip with or without its header", () => {
    expect(read("하루")).toBe("하루");
    expect(read("a\ud83d")).toBe("a\ufffd");
    expect(read(undefined)).toBe("");
    expect(read(Buffer.from("하루"))).toBe("하루");
    expect(read(gzipSync("하루"), gzip)).toBe("하루");
    expect(read(gzipSync("하루"), { "content-encoding": " GZIP " })).toBe("하루");
    expect(read(gzipSync("하루"))).toBe("하루");
    expect(read(Buffer.from("x"), { "content-encoding": "identity" })).toBe("x");
  });

  test("answers 413 for one byte too many, counted in UTF-8, packed or unpacked", () => {
    expect(read("x".repeat(1000))).toHaveLength(1000);
    expect(() => read("x".repeat(1001))).toThrow(problem(413));
    expect(() => read("한".repeat(334))).toThrow(problem(413));
    expect(() => read(Buffer.alloc(1001, "x"))).toThrow(problem(413));
    expect(read(gzipSync("x".repeat(1000)), gzip)).toHaveLength(1000);
    expect(() => read(gzipSync("x".repeat(1001)), gzip)).toThrow(problem(413));
  });

  test("answers 413 for a decompression bomb without unpacking it", () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000), { level: 9 });
    const before = process.memoryUsage().arrayBuffers;
    expect(() => read(bomb, gzip, 1_048_576)).toThrow(problem(413));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });

  test("takes what was unpacked on its way as it is, though the header says otherwise", () => {
    const json = '{"name":"하루"}';
    for (const encoding of ["gzip", "br", "deflate", "zstd, gzip"]) {
      expect(read(json, { "content-encoding": encoding })).toBe(json);
      expect(read(Buffer.from(json), { "content-encoding": encoding })).toBe(json);
      expect(read(`\n ${json}`, { "content-encoding": encoding })).toBe(`\n ${json}`);
    }
    expect(() => read(`[${"1".repeat(1000)}]`, gzip)).toThrow(problem(413));
  });

  test("unpacks gzip whatever the header says, and though each byte came as a character", () => {
    const packed = gzipSync('{"name":"x"}');
    expect(read(packed, { "content-encoding": "identity" })).toBe('{"name":"x"}');
    expect(read(packed, { "content-encoding": "br" })).toBe('{"name":"x"}');
    expect(read(packed.toString("latin1"))).toBe('{"name":"x"}');
    expect(() => read(gzipSync("x".repeat(1001)).toString("latin1"))).toThrow(problem(413));
  });

  test("says what to send when gzip was taken for text on its way", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom({}, gzip), (json, headers) => {
        const mangled = gzipSync(json).toString("utf8");
        expect(() => read(mangled, headers, 1_000_000)).toThrow(
          expect.objectContaining({
            status: 400,
            message: expect.stringMatching(/gzip .*as text.*content-type: application\/octet-stream/),
          }),
        );
        // A front door that does not say what is text may still send it as base64.
        expect(() => read(Buffer.from(mangled), headers, 1_000_000)).toThrow(/octet-stream/);
      }),
    );
  });

  test("keeps a replacement character in plain text", () => {
    expect(read('{"title":"\ufffd"}')).toBe('{"title":"\ufffd"}');
  });

  test("answers 400 for damaged gzip", () => {
    const packed = gzipSync("x".repeat(500));
    const broken = Buffer.from(packed);
    broken.writeUInt32LE(0, broken.length - 8); // its checksum
    expect(() => read(packed.subarray(0, 20), gzip)).toThrow(problem(400));
    expect(() => read(broken, gzip)).toThrow(problem(400));
  });

  test("answers 400 for another encoding, and for what is not UTF-8", () => {
    expect(() => read(Buffer.from("x"), { "content-encoding": "br" })).toThrow(problem(400));
    expect(() => read(Buffer.from([0x7b, 0xff, 0xfe]))).toThrow(problem(400));
    expect(() => read(gzipSync(Buffer.from([0xc3, 0x28])), gzip)).toThrow(problem(400));
  });

  test("throws nothing but its own errors", () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.boolean(),
        fc.constantFrom("gzip", "br", "identity", ""),
        (bytes, packed, encoding) => {
          const body = packed ? gzipSync(bytes) : Buffer.from(bytes);
          try {
            read(body, { "content-encoding": encoding });
          } catch (error) {
            expect(error).toBeInstanceOf(HttpError);
          }
        },
      ),
    );
  });
});
