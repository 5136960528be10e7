import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkEvent } from "../../../src/collect/event/check-event.ts";
import { parseAccessLogLine, readAccessLine } from "../../../src/sources/access/access-log.ts";
import { anyText } from "../../fixtures/any-text.ts";

const at = "[22/Nov/2026:21:05:03 +0900]";
const line = (rest: string, address = "203.0.113.7") => `${address} - - ${at} ${rest}`;
const parse = (rest: string) => parseAccessLogLine(line(rest));

describe("parseAccessLogLine", () => {
  test("reads a line in combined format", () => {
    expect(parse('"GET /list?x=1 HTTP/1.1" 200 512 "https://e.com/" "Mozilla/5.0 (X11)"')).toEqual({
      name: "access_log",
      occurred_at: "2026-11-22T21:05:03+09:00",
      method: "GET",
      url: "/list?x=1",
      status: 200,
      bytes: 512,
      referrer: "https://e.com/",
      user_agent: "Mozilla/5.0 (X11)",
      ip: "203.0.113.7",
    });
  });

  test("reads a line in common format", () => {
    expect(parse('"HEAD / HTTP/1.0" 304 -')).toEqual({
      name: "access_log",
      occurred_at: "2026-11-22T21:05:03+09:00",
      method: "HEAD",
      url: "/",
      status: 304,
      ip: "203.0.113.7",
    });
  });

  test.each([
    ['"GET /a HTTP/1.1" 200', {}],
    ['"GET /a HTTP/1.1" 200 ', {}],
    ['"GET /a HTTP/1.1" 200 51', { bytes: 51 }],
    ['"GET /a HTTP/1.1" 200 512 "https://e.c', { bytes: 512 }],
    ['"GET /a HTTP/1.1" 200 512 "https://e.com/" "Mozilla/5.0 (', { bytes: 512, referrer: "https://e.com/" }],
    ['"GET /a HTTP/1.1" 200 512 "-" "-"', { bytes: 512 }],
    ['"GET /a HTTP/1.1" 200 512 "" ""', { bytes: 512 }],
    ['"GET /a HTTP/1.1" 200 512 "-" "curl/8" "198.51.100.4" 0.004', { bytes: 512, user_agent: "curl/8" }],
  ])("reads what is there of %s", (rest, more) => {
    expect(parse(rest)).toEqual({
      name: "access_log",
      occurred_at: "2026-11-22T21:05:03+09:00",
      method: "GET",
      url: "/a",
      status: 200,
      ip: "203.0.113.7",
      ...more,
    });
  });

  test.each([
    ['"GET http://e.com/x HTTP/1.1" 200 1', { method: "GET", url: "http://e.com/x" }],
    ['"GET /a b HTTP/1.1" 200 1', { method: "GET", url: "/a b" }],
    ['"GET /old" 200 1', { method: "GET", url: "/old" }],
    ['"GET //x HTTP/1.1" 404 1', { method: "GET", url: "//x" }],
    ['"OPTIONS * HTTP/1.0" 200 1', { properties: { request: "OPTIONS * HTTP/1.0" } }],
    ['"CONNECT e.com:443 HTTP/1.1" 405 1', { properties: { request: "CONNECT e.com:443 HTTP/1.1" } }],
    ['"GET http://[bad HTTP/1.1" 400 1', { properties: { request: "GET http://[bad HTTP/1.1" } }],
    ['"\\x16\\x03\\x01" 400 226', { properties: { request: "\u0016\u0003\u0001" } }],
    ['"-" 408 -', {}],
    ['"" 408 -', {}],
  ])("takes %s for a request whatever it asked for", (rest, fields) => {
    const { name, occurred_at, status, bytes, ip, ...others } = parse(rest) ?? {};
    expect([name, others]).toEqual(["access_log", fields]);
  });

  test("undoes the escapes of quoted fields", () => {
    const event = parse(
      '"GET /a HTTP/1.1" 200 1 "https://e.com/\\"q\\"" "\\xED\\x95\\x98\\xEB\\xA3\\xA8 \\\\ \\t \\xff"',
    );
    expect(event).toMatchObject({ referrer: 'https://e.com/"q"', user_agent: "하루 \\ \t \ufffd" });
  });

  test("reads a user of one word, and takes no more for one", () => {
    expect(parseAccessLogLine(`::1 - joe ${at} "GET / HTTP/1.1" 200 1`)).toMatchObject({ ip: "::1", user_id: "joe" });
    expect(parseAccessLogLine(`::1 - joe the user ${at} "GET / HTTP/1.1" 200 1`)).toBeUndefined();
    expect(parseAccessLogLine(`203.0.113.7 - joe doe ${at} "GET / HTTP/1.1" 200 1`)).toBeUndefined();
    expect(parseAccessLogLine(`203.0.113.7 - "" ${at} "GET / HTTP/1.1" 200 1`)).not.toHaveProperty("user_id");
  });

  // What comes before the time, and the host, address and user that it gives.
  const senders: [string, { ip?: string; url?: string; user_id?: string } | undefined][] = [
    ["203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["203.0.113.7  -  joe", { ip: "203.0.113.7", user_id: "joe" }],
    ["203.0.113.7:5678 - -", { ip: "203.0.113.7" }],
    ["::ffff:203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["2001:db8:1:2:3::7 - -", { ip: "2001:db8:1:2::/64" }],
    ["2001:DB8:1:2:ffff:0:0:9 - -", { ip: "2001:db8:1:2::/64" }],
    ["[2001:db8::7]:443 - -", { ip: "2001:db8:0:0::/64" }],
    ["::1 - -", { ip: "::1" }],
    ["fe80::1%eth0 - -", { ip: "fe80::1" }],
    // Lists that proxies make: the first public address, or else the first.
    ["203.0.113.7, 10.0.0.1 - -", { ip: "203.0.113.7" }],
    ["203.0.113.7, 10.0.0.1, 10.0.0.2 - -", { ip: "203.0.113.7" }],
    ["10.0.0.1, 203.0.113.7, 172.16.0.1 - joe", { ip: "203.0.113.7", user_id: "joe" }],
    ["10.0.0.1, 192.168.0.1 - -", { ip: "10.0.0.1" }],
    ["unknown, 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["100.64.0.9, 100.128.0.9 - -", { ip: "100.128.0.9" }],
    // What is not an address is ignored.
    ["unix: - -", {}],
    ["unix:/run/app.sock - -", {}],
    ["host.example.com - -", {}],
    ["- - -", {}],
    // vhost_combined
    ["www.example.com:443 198.51.100.1 - -", { ip: "198.51.100.1", url: "https://www.example.com/a" }],
    [
      "www.example.com:8080 198.51.100.1 - joe",
      { ip: "198.51.100.1", url: "http://www.example.com:8080/a", user_id: "joe" },
    ],
    ["www.example.com 198.51.100.1 - -", { ip: "198.51.100.1", url: "http://www.example.com/a" }],
    ["www.example.com:80 198.51.100.1, 10.0.0.1 - -", { ip: "198.51.100.1", url: "http://www.example.com/a" }],
    ["- 198.51.100.1 - -", { ip: "198.51.100.1" }],
    // What shippers and collectors put before a line.
    ["Nov 25 10:06:03 web1 nginx: 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["<134>Nov  5 10:06:03 web1 nginx[12]: 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["2026-11-25T10:06:03+09:00 web1 httpd[9]: 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["<190>1 2026-11-25T01:06:03Z web1 nginx - access - 203.0.113.7 - joe", { ip: "203.0.113.7", user_id: "joe" }],
    ["2026-11-25T01:06:03.123456789Z stdout F 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["nginx-1  | 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["web-1 | www.example.com:443 203.0.113.7 - -", { ip: "203.0.113.7", url: "https://www.example.com/a" }],
    // Lists without blanks, with ports, between quotes, and with the peer that passed them on.
    ["203.0.113.7,10.0.0.1 - -", { ip: "203.0.113.7" }],
    ["203.0.113.7:51234, 10.0.0.1:80 - -", { ip: "203.0.113.7" }],
    ['"203.0.113.7, 10.0.0.1" - joe', { ip: "203.0.113.7", user_id: "joe" }],
    ["203.0.113.7 10.0.0.1 - -", { ip: "203.0.113.7" }],
    ["203.0.113.7, 10.0.0.2 10.0.0.1 - -", { ip: "203.0.113.7" }],
    ["- 10.0.0.1 - -", { ip: "10.0.0.1" }],
    ["unknown 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["203.0.113.7 client.example.com - -", { ip: "203.0.113.7" }],
    ["www.example.com 203.0.113.7 10.0.0.1 - -", { ip: "203.0.113.7", url: "http://www.example.com/a" }],
    ["198.51.100.1:443 203.0.113.7 - -", { ip: "203.0.113.7", url: "https://198.51.100.1/a" }],
    ["::ffff:203.0.113.7:51234 - -", { ip: "203.0.113.7" }],
    // Nobody's address, which servers write that may not keep addresses.
    ["0.0.0.0 - -", {}],
    [":: - -", {}],
    ["0.0.0.0, 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["_ 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["*:80 203.0.113.7 - -", { ip: "203.0.113.7" }],
    // More prefixes: a syslog without a host, times of docker and kubectl, colours of compose, Heroku.
    ["Nov 25 10:06:03 nginx: 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["2026-11-25T01:06:03.123456789Z 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["[pod/web-1/nginx] 203.0.113.7 - joe", { ip: "203.0.113.7", user_id: "joe" }],
    ["\u001b[36mnginx-1  | \u001b[0m203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["nginx-1  | 2026-11-25T01:06:03Z 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["2026-11-25T01:06:03.1+00:00 app[web.1]: 203.0.113.7 - -", { ip: "203.0.113.7" }],
    ["203.0.113.7\t-\tjoe\t", { ip: "203.0.113.7", user_id: "joe" }],
    // Other formats: no part of them may become a person.
    ["203.0.113.7 - - joe", undefined],
    ["203.0.113.7 10.0.0.1 - joe doe", undefined],
    ["web1 nginx 203.0.113.7 - -", undefined],
    ["Nov 25 203.0.113.7 - -", undefined],
    ["web1 nginx: 203.0.113.7 - -", undefined],
    ["203.0.113.7 -", undefined],
    ["", undefined],
    ["203.0.113.7 10.0.0.1 10.0.0.2 - -", undefined],
    ["203.0.113.7 - a b c", undefined],
    ["(client) 203.0.113.7 - -", undefined],
    [`203.0.113.7 - ${"a".repeat(257)}`, undefined],
  ];

  test.each(senders)("reads who asked from %j", (sender, expected) => {
    const event = parseAccessLogLine(`${sender} ${at} "GET /a HTTP/1.1" 200 1`);
    const { ip, url, user_id } = event ?? {};
    if (expected === undefined) expect(event).toBeUndefined();
    else expect({ ip, url, user_id }).toEqual({ url: "/a", ...expected });
  });

  test.each([
    [
      '200 512 0.004 "https://www.google.com/" "UA"',
      { bytes: 512, referrer: "https://www.google.com/", user_agent: "UA" },
    ],
    ['200 512 0.004 0.003 "https://e.com/" "UA"', { bytes: 512, referrer: "https://e.com/", user_agent: "UA" }],
    ['200 24829 - "UA"', { bytes: 24829, user_agent: "UA" }],
    ['200 24829 "https://e.com/" -', { bytes: 24829, referrer: "https://e.com/" }],
    ['200 - "-" "UA"', { user_agent: "UA" }],
    ['200 5 0.004 - "UA"', { bytes: 5, user_agent: "UA" }],
    ['200 5 - 0.004 "https://e.com/" "UA"', { bytes: 5, referrer: "https://e.com/", user_agent: "UA" }],
    ['200 5 "UA"', { bytes: 5, user_agent: "UA" }],
    ['200 5 "https://e.com/"', { bytes: 5, referrer: "https://e.com/" }],
    [
      '200 5 "Mozilla/5.0 (X11)" "https://e.com/"',
      { bytes: 5, referrer: "https://e.com/", user_agent: "Mozilla/5.0 (X11)" },
    ],
    ['200 "https://e.com/" "UA"', { referrer: "https://e.com/", user_agent: "UA" }],
    ['200 "-" "UA"', { user_agent: "UA" }],
    ['200 "5" "https://e.com/" "UA"', { bytes: 5, referrer: "https://e.com/", user_agent: "UA" }],
    ['200 5 sn="e.com" "https://e.com/" "UA"', { bytes: 5, referrer: "https://e.com/", user_agent: "UA" }],
    ['200 5 "google.com" "UA"', { bytes: 5, referrer: "google.com", user_agent: "UA" }],
    ['200 5 "-" "UA" e.com sn="e.com" rt=0.004', { bytes: 5, user_agent: "UA" }],
    ['200\t5\t"-"\t"UA"', { bytes: 5, user_agent: "UA" }],
    ['200  5   "https://e.com/"   "UA"', { bytes: 5, referrer: "https://e.com/", user_agent: "UA" }],
  ])("reads bytes, referrer and user agent of %s", (rest, fields) => {
    const { bytes, referrer, user_agent } = parse(`"GET /a HTTP/1.1" ${rest}`) ?? {};
    expect({ bytes, referrer, user_agent }).toEqual(fields);
  });

  test.each([
    ["10.0.0.9", '"203.0.113.7, 10.0.0.1"', "203.0.113.7"],
    ["10.0.0.9", '"203.0.113.7"', "203.0.113.7"],
    ["10.0.0.9", '"-"', "10.0.0.9"],
    ["10.0.0.9", '"web1.example.com"', "10.0.0.9"],
    ["198.51.100.4", '"203.0.113.7"', "198.51.100.4"],
  ])("of the peer %s takes the list %s behind the user agent: %s", (peer, list, ip) => {
    const text = line(`"GET / HTTP/1.1" 200 5 "-" "UA" ${list}`, peer);
    expect(parseAccessLogLine(text)?.ip).toBe(ip);
  });

  test.each([
    ['200 512 "-" "UA" rt=0.004 uct="0.000" uht="0.003" urt="0.003"', undefined],
    ["200 512 - -", undefined],
    ['200 - "-" "UA" e.com', undefined],
    ["200 512 UA", true],
    ['200 512 "-" UA with blanks', true],
    ['200 512B "-" "UA"', true],
    ['200 0.004 "-" "UA"', true],
    ["200 512 https://e.com/", true],
  ])("says whether there is something that it cannot read: %s", (rest, hasUnread) => {
    const read = readAccessLine(line(`"GET /a HTTP/1.1" ${rest}`));
    expect(typeof read === "object" && [read.hasUnread, read.isPartly]).toEqual([hasUnread, undefined]);
  });

  test.each([
    ['200 512 "https://e.c', true],
    ['200 512 "https://e.com/" "Mozilla/5.0 (', true],
    ['200 512 "-" "UA\\"', true],
    ['200 512 "-" "UA"x', true],
    ["200", undefined],
    ['200 512 "-" "UA" ', undefined],
    ['200 512 "-" "UA" "a" "b" "c" "d" "e" "f', undefined],
  ])("says whether a line is cut off: %s", (rest, isPartly) => {
    const read = readAccessLine(line(`"GET /a HTTP/1.1" ${rest}`));
    expect(typeof read === "object" && read.isPartly).toBe(isPartly);
  });

  test("puts a leap second at the end of the second before it", () => {
    const event = parseAccessLogLine('::1 - - [31/Dec/2016:23:59:60 +0000] "GET / HTTP/1.1" 200 1');
    expect(event?.occurred_at).toBe("2016-12-31T23:59:59+00:00");
  });

  test("keeps the line's own offset", () => {
    const of = (offset: string) =>
      parseAccessLogLine(`::1 - - [01/Jan/2020:00:30:00 ${offset}] "GET / HTTP/1.1" 200 1`);
    expect([of("-0330")?.occurred_at, of("+0000")?.occurred_at]).toEqual([
      "2020-01-01T00:30:00-03:30",
      "2020-01-01T00:30:00+00:00",
    ]);
  });

  test.each([
    "",
    "nonsense",
    '{"name":"click"}',
    `203.0.113.7 - - ${at} "GET /a HTTP/1.1`,
    `203.0.113.7 - - ${at} "GET /a HTTP/1.1" 20`,
    `203.0.113.7 - - ${at} "GET /a HTTP/1.1" 2000`,
    `203.0.113.7 - - ${at} "GET /a HTTP/1.1" ok 5`,
    `203.0.113.7 - - [22/Nov/2026] "GET /a HTTP/1.1" 200 5`,
    `203.0.113.7 - - [22/Foo/2026:21:05:03 +0900] "GET /a HTTP/1.1" 200 5`,
    "2026-11-22T21:05:03Z GET /a 200",
    `# Fields: date time`,
  ])("does not take %j for a line of its formats", (text) => {
    expect(parseAccessLogLine(text)).toBeUndefined();
  });

  test("makes events that collect accepts, of any request, referrer and user agent", () => {
    const quoted = anyText().map((text) => text.replace(/[\\"]/g, "\\$&").replace(/\n/g, ""));
    fc.assert(
      fc.property(quoted, quoted, quoted, fc.integer({ min: 100, max: 599 }), (request, referrer, agent, status) => {
        const event = parse(`"${request}" ${status} 5 "${referrer}" "${agent}"`);
        expect(event).toBeDefined();
        expect(checkEvent(event)).not.toHaveProperty("errors");
      }),
    );
  });

  test("answers soon for any text", () => {
    const started = performance.now();
    parseAccessLogLine(`${"a ".repeat(50_000)}[`);
    parseAccessLogLine(`a - ${"[".repeat(100_000)}`);
    parseAccessLogLine(line(`"${"\\".repeat(100_001)}`));
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
