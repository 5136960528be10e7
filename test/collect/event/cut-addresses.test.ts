import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutAddresses, cutNamedAddresses, cutPublicAddresses } from "../../../src/collect/event/cut-addresses.ts";

/** Texts with addresses, and what is left of them. */
const texts: [string, string][] = [
  ["203.0.113.7", "[address]"],
  ["203.0.113.7 - joe [22/Nov/2026:10:06:03 +0900]", "[address] - joe [22/Nov/2026:10:06:03 +0900]"],
  ["203.0.113.7, 10.0.0.1 - -", "[address], [address] - -"],
  ['{"ip":"203.0.113.7","line":"a\\n198.51.100.1 b"}', '{"ip":"[address]","line":"a\\n[address] b"}'],
  ["203.0.113.7:5678", "[address]:5678"],
  ["[2001:db8::7]:443", "[[address]]:443"],
  ["2001:DB8:1:2:3:4:5:6 - -", "[address] - -"],
  ["::1", "[address]"],
  ["::ffff:203.0.113.7", "::ffff:[address]"],
  ["fe80::1%eth0", "[address]%eth0"],
  ["https://203.0.113.7/a?ip=198.51.100.1&b=%20198.51.100.2", "https://[address]/a?ip=[address]&b=%20[address]"],
  ["web1/203.0.113.7:5678 and /203.0.113.8", "web1/[address]:5678 and /[address]"],
  ["(203.0.113.7)", "([address])"],
  ["for=203.0.113.7;by=203.0.113.9.", "for=[address];by=[address]."],
];
/** What only looks like one. */
const others = [
  "Chrome/147.0.0.0 Safari/537.36",
  "Whale/3.25.232.19",
  '{"version":"1.2.3.4"}',
  "app version 1.2.3.4",
  "v1.2.3.4",
  "1.2.3.4.5",
  "300.1.1.1",
  "10:06:03",
  "2026-11-25T10:06:03.123456789Z",
  "[25/Nov/2026:10:06:03 +0900]",
  "std::string Foo::Bar",
  "AA:BB:CC:DD:EE:FF",
  "a1:b2",
  "{}",
  "",
];

/** What is in and around addresses, and in what almost is one. */
const piece = fc.constantFrom(
  ...[
    "",
    " ",
    ".",
    ":",
    "::",
    "/",
    "\n",
    "\\n",
    "\\t",
    "%20",
    "%c3",
    '"',
    "[",
    "]",
    "=",
    "v",
    "ver",
    "version",
    "Version: ",
  ],
  ...["0", "1", "9", "25", "255", "256", "01", "1.2", "1.2.3.4", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"],
  ...["a", "f", "fe80:", "fd00:", "fc", "dead", "1:2:3:4:5:6:7:8", "g", "x/", "한", "😀", "_", "-"],
);

/** The same in patterns, which are easier to read, and slower. */
function byPatterns(text: string, which: "all" | "public"): string {
  const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]\\d|\\d)";
  const own =
    "0\\.|10\\.|127\\.|169\\.254\\.|192\\.168\\.|172\\.(?:1[6-9]|2\\d|3[01])\\.|100\\.(?:6[4-9]|[7-9]\\d|1[01]\\d|12[0-7])\\.";
  const address = `${which === "all" ? "" : `(?!${own})`}${octet}(?:\\.${octet}){3}`;
  const start = "(?:(?<![\\w.])(?<!\\w/)|(?<=\\\\[nrt])|(?<=%[0-9a-f]{2}))";
  const noVersion = '(?<!v(?:er(?:sion)?)?["\\s:=]{0,6})';
  const v4 = `${start}${noVersion}${address}(?!\\w|\\.\\d)|(?<=\\w/)${address}(?=:\\d)`;
  const groups = "(?=[0-9a-f:]{3,45}(?<![^:]:)(?![\\w:]))(?=[0-9a-f:]*::|(?:[0-9a-f]*:){7}[0-9a-f]*(?![\\w:]))";
  const ownV6 = which === "all" ? "" : "(?!f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1(?![\\w:]))";
  const v6 = `(?:(?<![\\w:.])|(?<=\\\\[nrt]))${groups}${ownV6}[0-9a-f:]+`;
  return text.replace(new RegExp(v4, "gi"), "[address]").replace(new RegExp(v6, "gi"), "[address]");
}

describe("cutAddresses", () => {
  test.each(texts)("leaves of %j %j", (text, left) => {
    expect(cutAddresses(text).text).toBe(left);
  });

  test.each(others)("leaves %j as it is", (text) => {
    expect(cutAddresses(text).text).toBe(text);
  });

  test("finds every address between any blanks and marks", () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6().filter((text) => !text.includes(".") && text !== "::"),
    );
    const mark = fc.constantFrom(" ", ", ", '"', "=", "(", "\n", "\t", "|", ";");
    fc.assert(
      fc.property(mark, address, mark, (before, text, after) => {
        expect(cutAddresses(`${before}${text}${after}`).text).toBe(`${before}[address]${after}`);
      }),
    );
  });

  test.each(["all", "public"] as const)("finds what the patterns of addresses find: %s", (which) => {
    const cutThem = which === "all" ? cutAddresses : cutPublicAddresses;
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.ipV4(), fc.ipV6()), { maxLength: 12 }), (pieces) => {
        const text = pieces.join("");
        expect([text, cutThem(text).text]).toEqual([text, byPatterns(text, which)]);
      }),
      { numRuns: 5000 },
    );
  });

  test("cuts as many as it may, and keeps what is before the next", () => {
    const text = "a 203.0.113.7 b 203.0.113.8 c 2001:db8::7 d";
    const cut = (left: number) => {
      const cuts = { left };
      return [cutAddresses(text, cuts), cuts.left];
    };
    expect(cut(4)).toEqual([{ text: "a [address] b [address] c [address] d", isWhole: true }, 1]);
    expect(cut(3)).toEqual([{ text: "a [address] b [address] c [address] d", isWhole: true }, 0]);
    expect(cut(2)).toEqual([{ text: "a [address] b [address] c ", isWhole: false }, 0]);
    expect(cut(1)).toEqual([{ text: "a [address] b ", isWhole: false }, 0]);
    expect(cut(0)).toEqual([{ text: "a ", isWhole: false }, 0]);
    expect(cutPublicAddresses("a ::1 b 10.0.0.1 c 1.2.3.4 d", { left: 3 }).text).toBe("a ::1 b 10.0.0.1 c [address] d");
    expect(cutPublicAddresses("a 10.0.0.1 b v1.2.3.4 c 1.2.3.4 d", { left: 2 })).toEqual({
      text: "a 10.0.0.1 b v1.2.3.4 c ",
      isWhole: false,
    });
    expect(cutAddresses("none, 1.2.3", { left: 0 })).toEqual({ text: "none, 1.2.3", isWhole: true });
  });

  test("answers soon for any text", () => {
    const started = performance.now();
    for (const text of ["1.".repeat(50_000), "a:".repeat(50_000), ":".repeat(100_000), "1.1.1.1 ".repeat(10_000)])
      cutAddresses(text);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

test("cutPublicAddresses leaves those of one's own machines", () => {
  const text = "203.0.113.7 to 10.0.0.5:5432, 127.0.0.1, 172.16.3.4, ::1, fd00::5 and 2001:db8::1";
  expect(cutPublicAddresses(text).text).toBe(
    "[address] to 10.0.0.5:5432, 127.0.0.1, 172.16.3.4, ::1, fd00::5 and [address]",
  );
});

test.each([
  ['{"ip":"203.0.113.7","plan":"pro"}', '{"ip":"[address]","plan":"pro"}'],
  ['{"client.address":"2001:db8::7"}', '{"client.address":"[address]"}'],
  ['{"x_forwarded_for":"203.0.113.7, 10.0.0.1"}', '{"x_forwarded_for":"[address], [address]"}'],
  ['{"a":{"remoteAddr":"203.0.113.7:80"}}', '{"a":{"remoteAddr":"[address]:80"}}'],
  ['{"app":"1.2.3.4","text":"203.0.113.7"}', '{"app":"1.2.3.4","text":"203.0.113.7"}'],
  [
    '{"ips":["203.0.113.7","2001:db8::7"],"b":["203.0.113.7"]}',
    '{"ips":["[address]","[address]"],"b":["203.0.113.7"]}',
  ],
  ['{"a":{"client_addresses":["203.0.113.7"]}}', '{"a":{"client_addresses":["[address]"]}}'],
  ['{"address":"1 Main St"}', '{"address":"1 Main St"}'],
  ...["IP", "ips", "Addr", "ADDRESS", "addresses", "forwardedFor", "x-forwarded-for", "Peer"].flatMap(
    (name): [string, string][] => [
      [`{"${name}":"203.0.113.7"}`, `{"${name}":"[address]"}`],
      [`{"${name}":["::1"]}`, `{"${name}":["[address]"]}`],
    ],
  ),
])("cutNamedAddresses leaves of %s %s", (json, left) => {
  expect(cutNamedAddresses(json).text).toBe(left);
});
