import { gzipSync } from "node:zlib";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { eventsEnvironment } from "../../bench/traffic/events-environment.ts";
import { collectAnswer } from "../../src/schemas/api/collect-answer.ts";
import { type LoopbackFirehose, startLoopbackFirehose } from "../loopback-firehose.ts";

const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36";
const events = "events-0";
const rejected = "rejected";

let firehose: LoopbackFirehose;
let handler: (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;
const written: string[] = [];

beforeAll(async () => {
  firehose = await startLoopbackFirehose({ "trusted-key": "tk_secret", "visitor-salt": "salt_secret" });
  const environment = {
    ...eventsEnvironment,
    AWS_ENDPOINT_URL: firehose.url,
    EVENTS_STREAMS: events,
    REJECTED_STREAM: rejected,
    APPS: JSON.stringify([
      { app: "web", key: "wk_web", origins: ["https://example.com"], names: ["page_view", "click", "login", "custom"] },
      { app: "plain", key: "wk_plain", origins: ["*"] },
    ]),
    TRUSTED_KEY_SECRET: "trusted-key",
    EDGE: "cloudfront",
    EVENTS_PER_MINUTE: "2000",
    BYTES_PER_MINUTE: "10000000",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  // The module reads the environment once, so it is imported after that is set.
  ({ handler } = await import("../../src/handlers/collect.ts"));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await firehose[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});
beforeEach(() => {
  firehose.clear();
  written.length = 0;
});

type Request = { headers?: Record<string, string>; query?: string; route?: string; body?: string | Buffer };

async function call({ headers = {}, query = "", route = "POST /v1/events", body }: Request) {
  const [method = "", path = ""] = route.split(" ");
  const event: APIGatewayProxyEventV2 = {
    version: "2.0",
    routeKey: route,
    rawPath: path,
    rawQueryString: query,
    headers: { "user-agent": chrome, ...headers },
    ...(query === "" ? {} : { queryStringParameters: Object.fromEntries(new URLSearchParams(query)) }),
    requestContext: {
      accountId: "1",
      apiId: "a",
      domainName: "d",
      domainPrefix: "d",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "203.0.113.7", userAgent: chrome },
      requestId: "r",
      routeKey: route,
      stage: "$default",
      time: "",
      timeEpoch: 0,
    },
    isBase64Encoded: typeof body === "object",
    ...(body === undefined ? {} : { body: typeof body === "object" ? body.toString("base64") : body }),
  };
  const answer = await handler(event, {} as Context);

  return { ...answer, headers: answer.headers ?? {}, json: () => JSON.parse(answer.body ?? "") };
}
const post = (body: unknown, headers: Record<string, string> = {}) =>
  call({
    headers: { "x-write-key": "wk_web", ...headers },
    body: typeof body === "string" || body instanceof Buffer ? body : JSON.stringify(body),
  });
const click = { name: "click", target: "posting-1" };

describe("POST /v1/events", () => {
  test("answers 202 once the events are on the stream", async () => {
    const answer = await post([click, { name: "page_view", url: "https://example.com/x" }]);
    expect([answer.statusCode, answer.json()]).toEqual([202, { accepted: 2, rejected: [] }]);
    expect(answer.headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" });
    expect(firehose.rows(events).map((row) => [row.name, row.app, row.browser])).toEqual([
      ["click", "web", "Chrome"],
      ["page_view", "web", "Chrome"],
    ]);
    expect(firehose.calls).toHaveLength(1);
    expect(firehose.calls[0]?.records).toHaveLength(1);
  });

  test("keeps good events and the bad ones beside them, each on its stream", async () => {
    const answer = await post([click, { name: "click", target: 42 }, { nonsense: true }]);
    expect(answer.statusCode).toBe(202);
    expect(collectAnswer.parse(answer.json())).toMatchObject({ accepted: 1, rejected: [{ index: 1 }, { index: 2 }] });
    expect(firehose.rows(events)).toHaveLength(1);
    expect(firehose.rows(rejected).map((row) => [row.reason, row.raw])).toEqual([
      ["target", '{"name":"click","target":42}'],
      ["name", '{"nonsense":true}'],
    ]);
  });

  test("answers 400 when nothing can be accepted, and keeps it", async () => {
    const answer = await post('{"name":');
    expect([answer.statusCode, answer.json().accepted]).toEqual([400, 0]);
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.json()).toEqual({
      type: "urn:problem-type:daymark:no_event_accepted",
      title: "Nothing in the request can be accepted",
      status: 400,
      detail: 'Cannot accept the body: Expected JSON, got "{\\"name\\":"',
      code: "no_event_accepted",
      request_id: "r",
      accepted: 0,
      rejected: [{ index: 0, errors: [expect.objectContaining({ path: "" })] }],
    });
    expect(firehose.rows(rejected)).toMatchObject([{ raw: '{"name":', app: "web" }]);
    expect(firehose.rows(events)).toEqual([]);
    const more = (await post([{ name: "click" }, { name: "payment" }, {}])).json();
    expect(more.detail).toMatch(/^Cannot accept target: .*, and 2 more events$/);
  });

  test("takes gzip, base64 and a key in the address", async () => {
    expect((await post(gzipSync(JSON.stringify(click)), { "content-encoding": "gzip" })).statusCode).toBe(202);
    expect((await post(gzipSync(JSON.stringify(click)))).statusCode).toBe(202);
    expect((await post(click, { "content-encoding": "gzip" })).statusCode).toBe(202);
    expect((await post(Buffer.from(JSON.stringify(click)))).statusCode).toBe(202);
    expect((await call({ query: "key=wk_web", body: JSON.stringify(click) })).statusCode).toBe(202);
    expect(firehose.rows(events)).toHaveLength(5);
  });

  test.each([
    ["no key", click, { "x-write-key": "" }, 401],
    ["a wrong key", click, { "x-write-key": "nope" }, 401],
    ["another origin", click, { origin: "https://evil.example" }, 403],
    ["more than 1 MiB", `["${"x".repeat(1_048_576)}"]`, {}, 413],
    ["501 events", Array.from({ length: 501 }, () => click), {}, 413],
    [
      "gzip that was taken for text",
      gzipSync(JSON.stringify(click)).toString("utf8"),
      { "content-encoding": "gzip" },
      400,
    ],
    ["another encoding", Buffer.from("nonsense"), { "content-encoding": "br" }, 400],
    ["a decompression bomb", gzipSync(Buffer.alloc(50_000_000)), { "content-encoding": "gzip" }, 413],
    ["bytes that are not UTF-8", Buffer.from([0xff, 0xfe]), {}, 400],
  ])("answers %s with a reason and stores no event", async (_what, body, headers, status) => {
    const answer = await post(body, headers);
    expect(answer.statusCode).toBe(status);
    expect(answer.json().detail).toMatch(/^(Cannot|Expected) /);
    expect(firehose.rows(events)).toEqual([]);
  });

  test("lets the app's own origin and the trusted key pass, but that one from no page", async () => {
    expect((await post(click, { origin: "https://example.com" })).statusCode).toBe(202);
    expect((await post(click, { "x-write-key": "tk_secret" })).statusCode).toBe(202);
    expect((await post(click, { "x-write-key": "tk_secret", origin: "https://example.com" })).statusCode).toBe(403);
    expect((await call({ query: "key=tk_secret", body: JSON.stringify(click) })).statusCode).toBe(403);
    expect(firehose.rows(events).map((row) => row.app)).toEqual(["web", "server"]);
  });

  test.each([
    [{ name: "payment", amount: 5, currency: "EUR" }, "name"],
    [{ name: "login", user_id: "u" }, "name"],
    [{ name: "access_log", status: 200 }, "name"],
    [{ name: "signed_up", amount: 9007199254740991 }, "amount"],
  ])(
    "refuses %j with a page's key, beside what that one may send, and takes it with the trusted one",
    async (event, path) => {
      const answer = await post([click, event], { "x-write-key": "wk_plain" });
      expect(answer.json()).toMatchObject({ accepted: 1, rejected: [{ index: 1, errors: [{ path }] }] });
      expect(firehose.rows(rejected)).toMatchObject([{ reason: path, app: "plain" }]);
      expect((await post([event], { "x-write-key": "tk_secret" })).json()).toEqual({ accepted: 1, rejected: [] });
    },
  );

  test("answers 429 to an address that has used up its budget, and to no other, and says so in the status once", async () => {
    const from = (address: string, key: string) => ({
      "cloudfront-viewer-address": `${address}:1`,
      "x-write-key": key,
    });
    const many = Array.from({ length: 500 }, () => click);
    // The first of these reports what other tests had refused; the next refusals are reported five seconds later.
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
    await post(many.slice(1), from("198.51.100.1", "wk_web"));
    for (let i = 0; i < 4; i++) await post(many, from("198.51.100.1", "wk_web"));
    vi.setSystemTime(Date.now() + 5_000);
    firehose.clear();
    const refused = await post(click, from("198.51.100.1", "wk_web"));
    expect([refused.statusCode, Number(refused.headers["retry-after"])]).toEqual([429, expect.any(Number)]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect((await post(click, from("198.51.100.1", "wk_web"))).statusCode).toBe(429);
    expect(firehose.rows(events)).toEqual([]);
    expect(firehose.rows(rejected)).toMatchObject([{ reason: "rate", app: "web", raw: "", requests: 1 }]);
    expect(JSON.stringify(firehose.rows(rejected)) + written.join("")).not.toContain("198.51.100.1");
    expect((await post(click, from("198.51.100.2", "wk_web"))).statusCode).toBe(202);
    expect((await post(click, from("198.51.100.1", "wk_plain"))).statusCode).toBe(202);
    expect((await post(click, from("198.51.100.1", "tk_secret"))).statusCode).toBe(202);
    vi.useRealTimers();
  });

  test("says in the status how many requests were refused, why, and by whose key", async () => {
    vi.useFakeTimers({ now: Date.now() + 120_000, toFake: ["Date"] });
    await post(click);
    firehose.clear();
    await post(click, { "x-write-key": "nope" });
    for (let i = 0; i < 3; i++) await post(click, { origin: "https://evil.example" });
    await post(" ".repeat(2_000_000));
    await post(Buffer.from([0x1f, 0x8b, 0]), { "x-write-key": "wk_plain" });
    vi.setSystemTime(Date.now() + 5_000);
    await post(click);
    expect(firehose.rows(rejected).map(({ reason, app, requests }) => [reason, app, requests])).toEqual([
      ["key", "", 1],
      ["origin", "web", 3],
      ["size", "web", 1],
      ["unreadable", "plain", 1],
    ]);
    vi.useRealTimers();
  });

  test("takes the many addresses of one IPv6 network for one sender", async () => {
    const send = (end: string, body: unknown) => post(body, { "cloudfront-viewer-address": `2001:db8:1:1::${end}:1` });
    const many = Array.from({ length: 500 }, () => click);
    for (let i = 0; i < 5; i++) await send(`a${i}`, many);
    expect((await send("b", click)).statusCode).toBe(429);
  });

  test("reads country and address from the edge", async () => {
    const edge = { "cloudfront-viewer-country": "KR", "cloudfront-viewer-address": "2001:db8::7:49152" };
    await post({ name: "login" }, edge);
    await post({ name: "login" }, { ...edge, "cloudfront-viewer-address": "2001:db8::7:50000" });
    await post({ name: "login" }, { "cloudfront-viewer-country": "<script>" });
    const [first, again, other] = firehose.rows(events);
    expect([first?.country, other?.country]).toEqual(["KR", undefined]);
    expect(first?.visitor_id).toBe(again?.visitor_id);
    expect(first?.visitor_id).not.toBe(other?.visitor_id);
  });

  test("reads the browser's language out of a page's request, and none out of a server's", async () => {
    const header = { "accept-language": "ko-KR,ko;q=0.9,en;q=0.8" };
    await post(click, header);
    await post({ ...click, language: "ja-JP" }, header);
    await post(click, { "accept-language": `${"\u0000;q=1,".repeat(100_000)}ko` });
    await post(click, { ...header, "x-write-key": "tk_secret" });
    await post({ ...click, language: "de" }, { ...header, "x-write-key": "tk_secret" });
    expect(firehose.rows(events).map(({ language }) => language)).toEqual(["ko", "ja", undefined, undefined, "de"]);
  });

  test("sends only the failed entries of a put again", async () => {
    firehose.break({ fail: [0] });
    expect((await post([click, { name: "login", occurred_at: Date.now() - 86_400_000 }])).statusCode).toBe(202);
    expect(firehose.rows(events)).toHaveLength(2);
  });

  test("answers 503 with Retry-After when Firehose cannot take the events", async () => {
    firehose.break({ error: "InvalidKMSResourceException", status: 400 });
    const answer = await post(click);
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "5"]);
    expect(firehose.rows(events)).toEqual([]);
    expect(written.join("")).toContain("InvalidKMSResourceException");
  });

  test("answers 202 and raises an alarm when only the rejected events could not be kept", async () => {
    const onRejected = (c: { stream: string }) =>
      c.stream === rejected ? { error: "InvalidKMSResourceException", status: 400 } : undefined;
    firehose.break(onRejected);
    expect((await post([click, { nonsense: true }])).statusCode).toBe(202);
    expect(firehose.rows(events)).toHaveLength(1);
    expect(written.map((line) => JSON.parse(line).message)).toContain("RejectedNotKept");
    firehose.clear();
    firehose.break(onRejected);
    expect((await post([{ nonsense: true }])).statusCode).toBe(503);
  });

  test("logs no key, no address and nothing of the events", async () => {
    firehose.break({ error: "InvalidKMSResourceException", status: 400 });
    await post([{ name: "login", user_id: "private-person" }]);
    await post("{", { "x-write-key": "tk_secret" });
    expect(written.join("")).not.toMatch(/tk_secret|wk_web|salt_secret|203\.0\.113\.7|private-person/);
    expect(written.length).toBeGreaterThan(0);
  });

  test("gives a request sent again the same ids", async () => {
    const body = { batch_id: "0A000000-0000-4000-8000-00000000000A", events: [click, click] };
    await post(body);
    await post(body);
    const [a, b, c, d] = firehose.rows(events).map((row) => `${row.batch_id} ${row.event_id}`);
    expect([a, b]).toEqual([c, d]);
    expect(a).not.toBe(b);
  });
});

describe("GET /v1/pixel.gif", () => {
  const pixel = (query: string, headers: Record<string, string> = {}) =>
    call({ route: "GET /v1/pixel.gif", query, headers });

  test("takes an event and shows nothing", async () => {
    const answer = await pixel("key=wk_web&name=page_view&url=https%3A%2F%2Fexample.com%2Fmail&campaign=a");
    expect(answer).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: { "content-type": "image/gif", "cache-control": "no-store, max-age=0" },
    });
    expect(Buffer.from(answer.body ?? "", "base64").toString("latin1")).toMatch(/^GIF89a/);
    expect(firehose.rows(events)).toMatchObject([
      { name: "page_view", url: "https://example.com/mail", properties: '{"campaign":"a"}' },
    ]);
  });

  test.each([
    ["name=login", {}, 401, /key is missing/],
    ["key=nope&name=login", {}, 401, /key is unknown/],
    ["key=wk_web&name=login", { origin: "https://evil.example" }, 403, /origin/],
    ["key=wk_web&name=page_view", {}, 400, /^url: Expected/],
    ["key=wk_web&name=%ED%95%98", {}, 400, /^name: Expected [ -~]*$/],
  ])("answers %j with an image, the status and a reason", async (query, headers, status, reason) => {
    const answer = await pixel(query, headers);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers).toMatchObject({
      "content-type": "image/gif",
      "x-daymark-error": expect.stringMatching(reason),
    });
  });

  test.each([
    ["Mozilla/5.0", false],
    ["Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", false],
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", true],
  ])("counts what a mail's proxy fetches, and no robot: %s", async (agent, isBot) => {
    await pixel("key=wk_web&name=custom", { "user-agent": agent });
    expect(firehose.rows(events)).toMatchObject([{ is_bot: isBot }]);
    await call({ body: '{"name":"custom"}', headers: { "x-write-key": "wk_web", "user-agent": "Mozilla/5.0" } });
    expect(firehose.rows(events)[1]).toMatchObject({ is_bot: true });
  });

  test("answers 503 when Firehose cannot take it", async () => {
    firehose.break({ error: "InvalidKMSResourceException", status: 400 });
    const answer = await pixel("key=wk_web&name=login");
    expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "5"]);
  });
});

test("the handler has an arity that Lambda accepts", () => {
  expect(handler.length).toBeLessThanOrEqual(2);
});
