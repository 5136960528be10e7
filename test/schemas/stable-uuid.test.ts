import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timedUuidFrom, uuidFrom } from "../../src/schemas/stable-uuid.ts";
import { pagesOf } from "../../src/stream/request-pages.ts";

const version8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("uuidFrom", () => {
  test("is a UUID of version 8, the same for the same texts and another for others", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(uuidFrom(a)).toMatch(version8);
        expect(uuidFrom(a)).toBe(uuidFrom(a));
        expect(uuidFrom(a) === uuidFrom(b)).toBe(a === b);
      }),
    );
  });

  test("does not change between releases, or repeats would be counted", () => {
    expect(uuidFrom("daymark")).toMatchInlineSnapshot(`"6faf1562-97b2-83d8-9a72-7e5fb2f055a2"`);
  });
});

describe("timedUuidFrom", () => {
  test("is a UUID of version 7 with the instant and a hash of the texts, which does not change between releases", () => {
    // 1795309800000 is 0x1a200cd8a40; the rest is from SHA-256 of "web\\na".
    expect(timedUuidFrom(1795309800000, "web", "a")).toBe("01a200cd-8a40-7316-8336-3a52866e9cae");
    expect(timedUuidFrom(5, "web", "a")).toBe("00000000-0005-7316-8336-3a52866e9cae");
  });

  test("has no instant before 1970", () => {
    expect(timedUuidFrom(-1, "web", "a")).toBe(timedUuidFrom(0, "web", "a"));
  });

  test("leads the stream to the minute of its instant, however much later a copy is received", () => {
    const instants = fc.integer({ min: 0, max: 2 ** 47 });
    fc.assert(
      fc.property(instants, fc.string(), (instant, text) => {
        const receivedAt = "2026-11-22T01:10:00.000Z";
        const { pages } = pagesOf({ batchId: timedUuidFrom(instant, text), receivedAt, trusted: true });
        expect(pages).toEqual([`m${Math.floor(instant / 60_000)}`]);
      }),
    );
  });
});
