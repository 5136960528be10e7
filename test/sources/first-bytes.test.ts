import fc from "fast-check";
import { expect, test } from "vitest";
import { firstBytes, isGzip } from "../../src/sources/first-bytes.ts";

test("a stream is whole after its first bytes were looked at, however it is cut", async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 5 }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.nat(8), async (parts, count) => {
      const all = Buffer.concat(parts);
      const { start, whole } = await firstBytes(streamOf(parts), count);
      expect(start.length).toBeGreaterThanOrEqual(Math.min(count, all.length));
      expect(start.equals(all.subarray(0, start.length))).toBe(true);
      const read: Buffer[] = [];
      for await (const chunk of whole) read.push(chunk);
      expect(Buffer.concat(read).equals(all)).toBe(true);
    }),
  );
});

async function* streamOf(parts: readonly Uint8Array[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

test("gzip is recognised by its first two bytes", () => {
  expect([Buffer.from([0x1f, 0x8b, 8]), Buffer.from([0x1f]), Buffer.from("{"), Buffer.alloc(0)].map(isGzip)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
