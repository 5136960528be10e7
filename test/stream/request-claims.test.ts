import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Claim,
  eventOf,
  holds,
  packClaims,
  readClaims,
  requestOf,
  windowByte,
} from "../../src/stream/request-claims.ts";

const claim: fc.Arbitrary<Claim> = fc.record({
  request: fc.string({ minLength: 16, maxLength: 16, unit: fc.constantFrom(..."0123456789abcdef") }),
  window: fc.option(fc.nat(10_000_000), { nil: undefined }),
  events: fc.array(fc.nat(2 ** 32 - 1), { maxLength: 20 }),
});

test("claims are read as they were packed, from bytes that stand inside of others too", () => {
  fc.assert(
    fc.property(fc.array(claim), fc.nat(5), (claims, before) => {
      const bytes = Buffer.concat([Buffer.alloc(before), packClaims(claims)]).subarray(before);
      const read: unknown[] = [];
      readClaims(bytes, (packed) => {
        const index = read.length;
        for (const event of claims[index]?.events ?? []) expect(holds(packed, event)).toBe(true);
        read.push([packed.request, packed.window, packed.count]);
      });
      expect(read).toEqual(claims.map(({ request, window, events }) => [request, windowByte(window), events.length]));
    }),
  );
});

test("claims are the same bytes in every release, because a ledger outlives one", () => {
  const claims = [
    { request: requestOf("web", "7f0c1de2-3a5b-4c6d-8e9f-0123456789ab"), window: 5_984_300, events: [eventOf("a"), 1] },
  ];
  expect(Buffer.from(packClaims(claims)).toString("hex")).toMatchInlineSnapshot(
    `"8efdfc793b255e37d80002e40c292c00000001"`,
  );
});

test("bytes of another form are passed over", () => {
  const read: string[] = [];
  for (const bytes of [Buffer.alloc(5), Buffer.alloc(11, 255), Buffer.alloc(0)])
    readClaims(bytes, ({ request }) => read.push(request));
  expect(read).toEqual([]);
});
