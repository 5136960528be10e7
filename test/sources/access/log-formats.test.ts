import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkEvent } from "../../../src/collect/event/check-event.ts";
import type { LogFormat } from "../../../src/sources/access/access-event.ts";
import { customFormat } from "../../../src/sources/access/custom-log.ts";
import { detectFormat, logFormats } from "../../../src/sources/access/log-formats.ts";
import { readCloudFrontObject, w3cFormat } from "../../../src/sources/access/w3c-log.ts";
import { anyText } from "../../fixtures/any-text.ts";
import { cloudFrontFile, cloudFrontRow, documentedRows } from "../../fixtures/cloudfront-lines.ts";

const fieldsLine =
  "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol";

/** What a line of CloudFront's log says, in both of its forms. */
const cloudFrontRequest = {
  event: {
    occurred_at: "2026-11-25T01:06:03Z",
    method: "GET",
    url: "https://www.example.com/a/b%20c?x=1&y=%20",
    status: 200,
    bytes: 2390,
    referrer: "https://e.com/q?x=하",
    user_agent: "Mozilla/5.0 (X11)",
    ip: "203.0.113.7",
  },
  requestId: "SOX4xwn4XV6Q4rgb7==",
};

/** Lines of each format, and the event of their last line. */
const samples: { name: string; what: string; lines: string[]; event: object; requestId?: string }[] = [
  {
    name: "combined",
    what: "Apache",
    lines: ['203.0.113.7 - joe [25/Nov/2026:10:06:03 +0900] "GET /a?x=1 HTTP/1.1" 200 512 "https://e.com/" "UA 1"'],
    event: {
      occurred_at: "2026-11-25T10:06:03+09:00",
      method: "GET",
      url: "/a?x=1",
      status: 200,
      bytes: 512,
      referrer: "https://e.com/",
      user_agent: "UA 1",
      user_id: "joe",
      ip: "203.0.113.7",
    },
  },
  {
    name: "json",
    what: "nginx",
    lines: [
      '{"time_iso8601":"2026-11-25T10:06:03+09:00","remote_addr":"10.0.0.9","http_x_forwarded_for":"203.0.113.7, 10.0.0.1","request":"POST /pay HTTP/2.0","status":"502","body_bytes_sent":"0","http_referer":"","http_user_agent":"UA \\"1\\"","host":"shop.example.com","scheme":"https","request_id":"abc1"}',
    ],
    event: {
      occurred_at: "2026-11-25T10:06:03+09:00",
      method: "POST",
      url: "https://shop.example.com/pay",
      status: 502,
      bytes: 0,
      user_agent: 'UA "1"',
      ip: "203.0.113.7",
    },
    requestId: "abc1",
  },
  {
    name: "json",
    what: "nginx with msec and numbers",
    lines: [
      '{"msec":"1795568763.123","remote_addr":"203.0.113.7","request_method":"GET","request_uri":"/a?b=c","status":304,"bytes_sent":180,"remote_user":"-"}',
    ],
    event: { occurred_at: 1795568763123, method: "GET", url: "/a?b=c", status: 304, bytes: 180, ip: "203.0.113.7" },
  },
  {
    name: "json",
    what: "Caddy",
    lines: [
      '{"level":"info","ts":1795568763.5,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"203.0.113.7","remote_port":"41342","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"GET","host":"localhost:8443","uri":"/x","headers":{"User-Agent":["curl/8.5"],"Referer":["https://e.com/"]}},"bytes_read":0,"user_id":"","duration":0.0009,"size":2326,"status":200}',
    ],
    event: {
      occurred_at: 1795568763500,
      method: "GET",
      url: "http://localhost:8443/x",
      status: 200,
      bytes: 2326,
      referrer: "https://e.com/",
      user_agent: "curl/8.5",
      ip: "203.0.113.7",
    },
  },
  {
    name: "json",
    what: "Traefik",
    lines: [
      '{"ClientHost":"203.0.113.7","DownstreamContentSize":19,"DownstreamStatus":404,"RequestHost":"e.com","RequestMethod":"GET","RequestPath":"/no","RequestScheme":"https","request_User-Agent":"UA","StartUTC":"2026-11-25T01:06:03.123456789Z"}',
    ],
    event: {
      occurred_at: "2026-11-25T01:06:03.123456789Z",
      method: "GET",
      url: "https://e.com/no",
      status: 404,
      bytes: 19,
      user_agent: "UA",
      ip: "203.0.113.7",
    },
  },
  {
    name: "w3c",
    what: "CloudFront",
    lines: [
      "#Version: 1.0",
      fieldsLine,
      [
        "2026-11-25\t01:06:03\tICN54-C1\t2390\t203.0.113.7\tGET\td111.cloudfront.net\t/a/b%20c\t200\thttps://e.com/q?x=%25ED%2595%2598",
        "Mozilla/5.0%20(X11)\tx=1&y=%20\t-\tHit\tSOX4xwn4XV6Q4rgb7==\twww.example.com\thttps",
      ].join("\t"),
    ],
    ...cloudFrontRequest,
  },
  {
    name: "w3c",
    what: "CloudFront as JSON",
    lines: [
      '{"date":"2026-11-25","time":"01:06:03","x-edge-location":"ICN54-C1","sc-bytes":"2390","c-ip":"203.0.113.7","cs-method":"GET","cs(Host)":"d111.cloudfront.net","cs-uri-stem":"/a/b%20c","sc-status":"200","cs(Referer)":"https://e.com/q?x=%25ED%2595%2598","cs(User-Agent)":"Mozilla/5.0%20(X11)","cs-uri-query":"x=1&y=%20","cs(Cookie)":"-","x-edge-request-id":"SOX4xwn4XV6Q4rgb7==","x-host-header":"www.example.com","cs-protocol":"https","timestamp(ms)":"1795568763183","asn":"16509"}',
    ],
    ...cloudFrontRequest,
  },
  {
    name: "w3c",
    what: "IIS",
    lines: [
      "#Software: Microsoft Internet Information Services 10.0",
      "#Version: 1.0",
      "#Date: 2026-11-25 01:00:00",
      "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
      "2026-11-25 01:06:03 10.0.0.5 GET /default.aspx id=1 443 CORP\\joe 203.0.113.7 Mozilla/5.0+(Windows+NT+10.0) https://e.com/ 200 0 0 15",
    ],
    event: {
      occurred_at: "2026-11-25T01:06:03Z",
      method: "GET",
      url: "/default.aspx?id=1",
      status: 200,
      referrer: "https://e.com/",
      user_agent: "Mozilla/5.0 (Windows NT 10.0)",
      user_id: "CORP\\joe",
      ip: "203.0.113.7",
    },
  },
  {
    name: "alb",
    what: "ALB",
    lines: [
      'h2 2026-11-25T01:06:03.186641Z app/my-lb/50dc6c495c0c9188 203.0.113.7:2817 10.0.0.1:80 0.001 0.048 0.000 200 200 34 366 "GET https://www.example.com:443/a?x=1 HTTP/2.0" "curl/8.5" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/t/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:x" 1 2026-11-25T01:06:03.186000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"',
    ],
    event: {
      occurred_at: "2026-11-25T01:06:03.186641Z",
      method: "GET",
      url: "https://www.example.com/a?x=1",
      status: 200,
      bytes: 366,
      user_agent: "curl/8.5",
      ip: "203.0.113.7",
    },
    requestId: "Root=1-58337281-1d84f3d73c47ec4e58577259 2026-11-25T01:06:03.186641Z 203.0.113.7:2817",
  },
  {
    name: "s3",
    what: "S3",
    lines: [
      '79a59df900b949e55d96a1e698fbaced my-bucket [25/Nov/2026:01:06:03 +0000] 203.0.113.7 arn:aws:iam::123456789012:user/joe 3E57427F3EXAMPLE REST.GET.OBJECT a/b.png "GET /my-bucket/a/b.png HTTP/1.1" 206 - 113 4406 7 6 "https://e.com/" "S3Console/0.4" - host= SigV4 ECDHE AuthHeader s3.amazonaws.com TLSv1.3 - -',
    ],
    event: {
      occurred_at: "2026-11-25T01:06:03+00:00",
      method: "GET",
      url: "/my-bucket/a/b.png",
      status: 206,
      bytes: 113,
      referrer: "https://e.com/",
      user_agent: "S3Console/0.4",
      user_id: "arn:aws:iam::123456789012:user/joe",
      ip: "203.0.113.7",
      properties: { bucket: "my-bucket", operation: "REST.GET.OBJECT" },
    },
    requestId: "3E57427F3EXAMPLE",
  },
];

function lastOf(format: LogFormat, lines: readonly string[]) {
  const read = format.open();
  return lines.map((line) => read(line)).at(-1);
}

describe("detectFormat", () => {
  test.each(samples)("tells $what from its lines, and reads them", ({ name, lines, event, requestId }) => {
    const format = detectFormat(lines);
    expect(format?.name).toBe(name);
    const read = format === undefined ? undefined : lastOf(format, lines);
    expect(read).toEqual({ event: { name: "access_log", ...event }, ...(requestId && { requestId }) });
    expect(checkEvent(typeof read === "object" ? read.event : undefined)).not.toHaveProperty("errors");
  });

  test.each(samples)("reads $what although a line before is damaged", ({ name, lines }) => {
    const last = lines.at(-1) ?? "";
    expect(detectFormat(["damaged", ...lines, last, last])?.name).toBe(name);
    expect(detectFormat([...lines, last.slice(0, 9), last])?.name).toBe(name);
  });

  test.each(samples.filter(({ name }) => name !== "w3c"))(
    "reads no half of a field of $what, wherever a line is cut off",
    (sample) => {
      const format = logFormats.find(({ name }) => name === sample.name);
      const line = sample.lines.at(-1) ?? "";
      // Nobody knows whether bare bytes at the end are whole where a format may end with them.
      const whole: Record<string, unknown> = { name: "access_log", ...sample.event };
      for (let end = 1; end < line.length; end++) {
        const cut = line.slice(0, end);
        const read = format?.open()(cut);
        const { bytes, ...fields }: Record<string, unknown> = typeof read === "object" ? read.event : {};
        if (!/ \d+$/.test(cut)) expect([cut, bytes]).toEqual([cut, bytes && whole.bytes]);
        expect([cut, fields]).toEqual([
          cut,
          Object.fromEntries(Object.keys(fields).map((field) => [field, whole[field]])),
        ]);
        if (typeof read === "object" && fields.user_agent === undefined && sample.name !== "combined")
          expect([cut, read.isPartly]).toEqual([cut, true]);
      }
    },
  );

  test.each([
    ['{"name":"daymark"', '  "version": "0.1.0",', '  "license": "MIT",'],
    ["id,name,price", "1,apple,5", "2,pear,6"],
    ['{"name":"click","target":"a","occurred_at":1795568763123}'],
    ["-----BEGIN CERTIFICATE-----", "MIIB"],
    ["#Fields: date time", "#Version: 1.0"],
    [],
  ])("finds none in %j", (...lines) => {
    expect(detectFormat(lines.flat())).toBeUndefined();
  });

  test("no reader throws, whatever the line, and each answers soon", () => {
    const line = fc.oneof(anyText(), fc.constantFrom(...samples.flatMap(({ lines }) => lines)), fc.json());
    const readers = logFormats.map((format) => format.open());
    fc.assert(
      fc.property(line, fc.nat(400), (text, at) => {
        for (const read of readers) {
          read(text.slice(0, at));
          read(text);
          read(fieldsLine);
        }
      }),
    );
    for (const text of ['"'.repeat(100_000), "[ ".repeat(50_000), '" "'.repeat(30_000), "a\t".repeat(50_000)])
      for (const read of readers) expect(read(text)).toBeUndefined();
  });
});

describe("CloudFront", () => {
  const fromFile = (row: Record<string, string>) => lastOf(w3cFormat, cloudFrontFile([row]).trimEnd().split("\n"));
  const numbers = (row: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, /^(?:0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value]),
    );
  const without = (row: Record<string, string>) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== "-"));

  test("says the same of a request in a file and as an object, whose values may be numbers, or left out", () => {
    let read = 0;
    const isSame = (row: Record<string, string>) => {
      const line = fromFile(row);
      if (line !== undefined) read++;
      expect(lastOf(w3cFormat, [JSON.stringify(row)])).toEqual(line);
      for (const object of [row, numbers(row), without(row)]) expect(readCloudFrontObject(object)).toEqual(line);
    };
    documentedRows.forEach(isSame);
    expect(read).toBe(documentedRows.length);
    fc.assert(fc.property(cloudFrontRow, isSame));
    expect(read).toBeGreaterThan(60);
  });

  test("is nothing of what has no time and no status", () => {
    for (const object of [{}, { date: "2026-11-25", time: "01:06:03" }, { "sc-status": 200, date: {}, time: [] }])
      expect(readCloudFrontObject(object)).toBeUndefined();
  });
});

describe("customFormat", () => {
  const nginx =
    '$host $remote_addr [$time_local] $request_time "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
  const apache = '%v %{X-Forwarded-For}i %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i" %D';

  test("reads nginx's variables", () => {
    const line = 'e.com 203.0.113.7 [25/Nov/2026:10:06:03 +0900] 0.004 "GET /a HTTP/1.1" 200 5 "-" "a \\x22b\\x22"';
    expect(customFormat(nginx).open()(line)).toEqual({
      event: {
        name: "access_log",
        occurred_at: "2026-11-25T10:06:03+09:00",
        method: "GET",
        url: "http://e.com/a",
        status: 200,
        bytes: 5,
        user_agent: 'a "b"',
        ip: "203.0.113.7",
      },
    });
  });

  test("reads Apache's directives", () => {
    const line =
      'e.com 203.0.113.7, 10.0.0.1 - joe [25/Nov/2026:10:06:03 +0900] "GET /a HTTP/1.1" 200 5 "https://x.com/" "UA" 812';
    expect(customFormat(apache).open()(line)).toEqual({
      event: {
        name: "access_log",
        occurred_at: "2026-11-25T10:06:03+09:00",
        method: "GET",
        url: "http://e.com/a",
        status: 200,
        bytes: 5,
        referrer: "https://x.com/",
        user_agent: "UA",
        user_id: "joe",
        ip: "203.0.113.7",
      },
    });
    expect(customFormat("%h %t %m %U%q %s").open()("::1 [25/Nov/2026:10:06:03 +0900] GET /a?b 404")).toMatchObject({
      event: { method: "GET", url: "/a?b", status: 404 },
    });
  });

  test.each([
    ["$remote_addr $status", "it has no time"],
    ["%h %t", "it has no status"],
    ["", "it has no time"],
  ])("refuses %j: %s", (template, reason) => {
    expect(() => customFormat(template)).toThrow(`Cannot read format "${template}": ${reason}`);
  });

  test("does not read other lines", () => {
    expect(customFormat(nginx).open()("nonsense")).toBeUndefined();
    expect(customFormat(nginx).open()('e.com ::1 [yesterday] 0 "GET / HTTP/1.1" 200 5 "-" "-"')).toBeUndefined();
  });
});
