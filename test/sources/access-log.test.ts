import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkEvent } from "../../src/pipeline/check-event.ts";
import { parseAccessLogLine } from "../../src/sources/access-log.ts";
import { anyText } from "../fixtures/any-text.ts";

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

  test("reads IPv6 addresses, host names and users", () => {
    expect(parseAccessLogLine(line('"GET / HTTP/1.1" 200 1', "2001:db8::7"))?.ip).toBe("2001:db8::7");
    expect(parseAccessLogLine(line('"GET / HTTP/1.1" 200 1', "host.example.com"))?.ip).toBe("host.example.com");
    expect(parseAccessLogLine(`::1 - joe ${at} "GET / HTTP/1.1" 200 1`)).toMatchObject({ ip: "::1", user_id: "joe" });
    expect(parseAccessLogLine(`::1 - joe the user ${at} "GET / HTTP/1.1" 200 1`)?.user_id).toBe("joe the user");
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
