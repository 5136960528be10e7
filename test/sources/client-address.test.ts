import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressOf, firstAddressOf, isClient, readClients } from "../../src/sources/client-address.ts";

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

  test.each([
    "203.0.113.7:5678",
    "::ffff:203.0.113.7",
    "::FFFF:203.0.113.7",
    "::ffff:cb00:7107",
    "0:0:0:0:0:ffff:cb00:7107",
    "[::ffff:203.0.113.7]:443",
    "64:ff9b::203.0.113.7",
    "64:ff9b::cb00:7107",
    "::ffff:203.0.113.7%eth0",
  ])("is 203.0.113.7 for %s", (text) => {
    expect(addressOf(text)).toBe("203.0.113.7");
  });

  test.each([
    ["2001:db8:1:2::203.0.113.7", "2001:db8:1:2::/64"],
    ["::1", "::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["fd00::5", "fd00::5"],
    ["[::1]:80", "::1"],
  ])("of %s is %s", (text, address) => {
    expect(addressOf(text)).toBe(address);
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

describe("readClients", () => {
  test.each([
    ["203.0.113.7 10.0.0.1", { clients: ["203.0.113.7", "10.0.0.1"] }],
    ["203.0.113.7, 10.0.0.2 10.0.0.1", { clients: ["203.0.113.7", "10.0.0.2", "10.0.0.1"] }],
    ["203.0.113.7:51234 10.0.0.1", { clients: ["203.0.113.7:51234", "10.0.0.1"] }],
    ["198.51.100.1:443 203.0.113.7", { host: "198.51.100.1:443", clients: ["203.0.113.7"] }],
    ["[2001:db8::1]:80 203.0.113.7", { host: "[2001:db8::1]:80", clients: ["203.0.113.7"] }],
    ["e.com 203.0.113.7 10.0.0.1", { host: "e.com", clients: ["203.0.113.7", "10.0.0.1"] }],
    ["e.com -", { host: "e.com", clients: ["-"] }],
    ["e.com nginx 203.0.113.7", undefined],
    ["203.0.113.7 -", undefined],
    ["a b c", undefined],
    ["203.0.113.7 (client)", undefined],
  ])("finds in %j %j", (words, found) => {
    expect(readClients(words)).toEqual(found);
  });
});

describe("isClient", () => {
  test("answers soon for any text", () => {
    for (const text of ["a".repeat(100_000), "a.".repeat(50_000), "1:".repeat(50_000)])
      expect(isClient(text)).toBe(false);
  });
});
