import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressOf, firstAddressOf, isClient } from "../../src/sources/client-address.ts";

describe("addressOf", () => {
  test("gives one spelling for all hosts of an IPv6 network of 64 bits, however they are written", () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.tuple(group, group, group), fc.array(group, { minLength: 4, maxLength: 4 }), (net, host) => {
        const hex = [0x2001, ...net].map((n) => n.toString(16));
        const written = [...hex, ...host.map((n) => n.toString(16).padStart(4, "0"))].join(":");
        expect(addressOf(written)).toBe(`${hex.join(":")}::/64`);
        expect(addressOf(`[${written.toUpperCase()}]:443`)).toBe(addressOf(written));
      }),
    );
  });

  test("is the same for the compressed and the long spelling", () => {
    expect(addressOf("2001:db8::7")).toBe(addressOf("2001:0db8:0000:0000:0000:0000:0000:0007"));
    expect(addressOf("2001:db8:0:0:1::")).toBe(addressOf("2001:db8::1:2:3:4"));
  });

  test.each(["", "-", "unix:", "host.example.com", "203.0.113", "203.0.113.7,", "1.2.3.4.5", "[::1", "203.0.113.256"])(
    "is nothing for %j",
    (text) => {
      expect(addressOf(text)).toBeUndefined();
    },
  );
});

describe("firstAddressOf", () => {
  test("passes over proxies, and over what is no address", () => {
    expect(firstAddressOf(["unknown", "fd00::1", "127.0.0.1", "203.0.113.7", "198.51.100.1"])).toBe("203.0.113.7");
    expect(firstAddressOf(["10.0.0.1", "unknown"])).toBe("10.0.0.1");
    expect(firstAddressOf(["-"])).toBeUndefined();
  });
});

describe("isClient", () => {
  test("answers soon for any text", () => {
    for (const text of ["a".repeat(100_000), "a.".repeat(50_000), "1:".repeat(50_000)])
      expect(isClient(text)).toBe(false);
  });
});
