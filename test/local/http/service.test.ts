import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { afterEach, describe, expect, test } from "vitest";
import type { Api } from "../../../local/cloudformation/template.ts";
import { AwsError, type Invoke } from "../../../local/endpoint/aws-error.ts";
import type { KeyFinder } from "../../../local/http/keys.ts";
import { refusals } from "../../../local/http/refusal.ts";
import { type HttpApi, type HttpApiOptions, startHttpApi } from "../../../local/http/service.ts";
import { type ProblemCode, problemOf, problems } from "../../../src/schemas/problems.ts";

const api: Api = {
  routes: [
    { method: "POST", path: "/v1/events", functionName: "collect" },
    { method: "GET", path: "/v1/pixel.gif", functionName: "collect" },
    { method: "GET", path: "/v1/metrics", functionName: "query" },
    { method: "GET", path: "/v1/metrics/{metric}", functionName: "query" },
  ],
  cors: {
    allowOrigins: ["*"],
    allowMethods: ["GET", "POST"],
    allowHeaders: ["content-type", "x-write-key"],
    exposeHeaders: ["retry-after"],
    maxAge: 600,
  },
  throttle: undefined,
  timeoutMs: 30_000,
};

type Refusal = [
  name: string,
  answer: () => unknown,
  path: string,
  init: RequestInit,
  status: number,
  code: ProblemCode,
];

describe("http api", () => {
  let server: HttpApi;
  let events: { functionName: string; event: APIGatewayProxyEventV2 }[] = [];
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    events = [];
  });

  async function start(
    answer: (event: APIGatewayProxyEventV2) => unknown = () => ({ statusCode: 200, body: "ok" }),
    changed: Partial<Api> = {},
    options: Partial<HttpApiOptions> = {},
  ) {
    const invoke: Invoke = async (functionName, payload) => {
      const event = payload as APIGatewayProxyEventV2;
      events.push({ functionName, event });
      const result = await answer(event);
      return result instanceof Error
        ? { payload: { errorMessage: result.message }, functionError: "Unhandled" }
        : { payload: result };
    };
    server = await startHttpApi({ api: { ...api, ...changed }, port: 0, invoke, ...options });
    return (path: string, init?: RequestInit) => fetch(server.url + path, init);
  }

  test("hands a request to its function in payload format 2.0", async () => {
    const get = await start();
    await get("/v1/metrics/page%20views?from=2026-01-01&by=app&by=path&q=a%20b", {
      headers: { "X-Write-Key": "k", cookie: "a=1; b=2" },
    });
    expect(events).toMatchObject([
      {
        functionName: "query",
        event: {
          version: "2.0",
          routeKey: "GET /v1/metrics/{metric}",
          rawPath: "/v1/metrics/page%20views",
          rawQueryString: "from=2026-01-01&by=app&by=path&q=a%20b",
          queryStringParameters: { from: "2026-01-01", by: "app,path", q: "a b" },
          pathParameters: { metric: "page views" },
          headers: { "x-write-key": "k", "x-forwarded-for": "127.0.0.1" },
          cookies: ["a=1", "b=2"],
          isBase64Encoded: false,
          requestContext: { http: { method: "GET", sourceIp: "127.0.0.1", protocol: "HTTP/1.1" }, stage: "$default" },
        },
      },
    ]);
    expect(events[0]?.event).not.toHaveProperty("body");
  });

  test("joins repeated headers with commas, lower-case", async () => {
    await start();
    await new Promise((resolve) =>
      request(`${server.url}/v1/metrics`, { headers: { "X-A": ["1", "2"] } }, resolve).end(),
    );
    expect(events[0]?.event.headers["x-a"]).toBe("1,2");
  });

  test.each([
    ["application/json", '{"a":"é"}', false],
    ["text/plain;charset=UTF-8", "héllo", false],
    ["application/vnd.api+json", "{}", false],
    ["application/x-www-form-urlencoded", "a=1", true],
    ["application/octet-stream", "x", true],
  ])("gives a body of type %s as text or base64, as AWS does", async (type, body, isBase64Encoded) => {
    const post = await start();
    await post("/v1/events", { method: "POST", body, headers: { "content-type": type } });
    expect(events[0]?.event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? btoa(body) : body });
  });

  // It is not documented whether AWS also looks at the encoding; a sender that names the type can rely on it.
  test.each([
    ["application/octet-stream", "base64", true],
    ["application/json", "utf8", false],
  ] as const)(
    "gives gzip of type %s as %s: the type decides, and the encoding does not",
    async (type, form, isBase64Encoded) => {
      const post = await start();
      const body = gzipSync("{}");
      await post("/v1/events", { method: "POST", body, headers: { "content-type": type, "content-encoding": "gzip" } });
      expect(events[0]?.event).toMatchObject({ isBase64Encoded, body: body.toString(form) });
    },
  );

  test("sends what the function answers: status, headers, cookies, binary bodies", async () => {
    const answer = {
      statusCode: 202,
      headers: { "Content-Type": "image/gif", "x-n": 1 },
      cookies: ["a=1", "b=2"],
      body: "R0lG",
      isBase64Encoded: true,
    };
    const get = await start(() => answer);
    const response = await get("/v1/pixel.gif");
    expect([response.status, response.headers.get("content-type"), response.headers.get("x-n")]).toEqual([
      202,
      "image/gif",
      "1",
    ]);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await response.text()).toBe("GIF");
  });

  test("sends a value without a status as JSON", async () => {
    const get = await start(() => ({ hello: 1 }));
    const response = await get("/v1/metrics");
    expect([response.status, response.headers.get("content-type"), await response.json()]).toEqual([
      200,
      "application/json",
      { hello: 1 },
    ]);
  });

  test.each([
    ["a path that no route has", () => "x", "/nowhere", {}, 404, "not_found"],
    ["a method that the route has not", () => "x", "/v1/metrics", { method: "DELETE" }, 404, "not_found"],
    ["a function that fails", () => new Error("no"), "/v1/metrics", {}, 500, "internal_error"],
    ["an answer that makes no sense", () => ({ statusCode: "many" }), "/v1/metrics", {}, 500, "internal_error"],
    [
      "too many calls at once",
      () => Promise.reject(new AwsError("TooManyRequestsException", "")),
      "/v1/metrics",
      {},
      503,
      "unavailable",
    ],
  ] satisfies Refusal[])("answers %s as a problem", async (_, answer, path, init, status, code) => {
    const get = await start(answer);
    const response = await get(path, init);
    expect([response.status, response.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
    expect(await response.json()).toEqual(
      problemOf(code, expect.any(String), response.headers.get("apigw-requestid") ?? "none"),
    );
  });

  test("knows each problem as the functions do", () => {
    for (const [code, status, title] of Object.values(refusals))
      expect(Object.entries(problems)).toContainEqual([code, { status, title }]);
  });

  test("says the request's id to the function and to the sender", async () => {
    const get = await start();
    const response = await get("/v1/metrics");
    expect(response.headers.get("apigw-requestid")).toBe(events[0]?.event.requestContext.requestId);
  });

  test("hands what no route takes to the default route, without its body", async () => {
    const routes = [...api.routes, { method: "$default", path: "", functionName: "site" }];
    const get = await start(() => ({ statusCode: 405, headers: { allow: "GET" }, body: "{}" }), { routes });
    const response = await get("/v1/metrics", { method: "POST", body: "x".repeat(100) });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET"]);
    expect(events[0]).toMatchObject({ functionName: "site", event: { routeKey: "$default", rawPath: "/v1/metrics" } });
    expect(events[0]?.event).not.toHaveProperty("body");
  });

  test("states no length of a body that HEAD leaves out", async () => {
    const routes = [{ method: "HEAD", path: "/v1/status", functionName: "query" }];
    const get = await start(() => ({ statusCode: 200 }), { routes });
    const response = await get("/v1/status", { method: "HEAD" });
    expect([response.status, response.headers.get("content-length")]).toEqual([200, null]);
  });

  test("answers 503 when the function takes longer than the API waits", async () => {
    const get = await start(() => new Promise((resolve) => setTimeout(resolve, 500, {})), { timeoutMs: 50 });
    expect((await get("/v1/metrics")).status).toBe(503);
  });

  test("answers 413 to a body beyond its own limit, and beyond the function's", async () => {
    const post = await start();
    for (const [type, bytes] of [
      ["text/plain", 10 * 1024 * 1024 + 1],
      ["application/octet-stream", 5 * 1024 * 1024],
    ] as const) {
      const response = await post("/v1/events", {
        method: "POST",
        body: new Uint8Array(bytes),
        headers: { "content-type": type },
      });
      expect([response.status, await response.json()]).toEqual([
        413,
        expect.objectContaining({ code: "body_too_large" }),
      ]);
    }
    expect(events).toEqual([]);
  });

  test("answers 431 to headers beyond 10 KB", async () => {
    const get = await start();
    expect((await get("/v1/metrics", { headers: { "x-large": "x".repeat(10_240) } })).status).toBe(431);
  });

  test("answers 429 beyond rate and burst, and goes on when the rate allows it", async () => {
    const get = await start(undefined, { throttle: { rate: 1, burst: 2 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => get("/v1/metrics")));
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([200, 429]));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await get("/v1/metrics")).status).toBe(200);
  });

  test("answers 503 to more calls than may run and wait, and says when to come again", async () => {
    const admission = { calls: 1, waiting: 1, waitMs: 5_000, bodyBytes: 1000 };
    const held = Promise.withResolvers<object>();
    const get = await start(() => held.promise, {}, { admission });
    let answered = 0;
    const calls = Array.from({ length: 4 }, () => get("/v1/metrics").finally(() => answered++));
    await expect.poll(() => answered).toBe(2);
    held.resolve({ statusCode: 200, body: "done" });
    const answers = await Promise.all(calls);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503]);
    for (const { status, headers } of answers) expect(headers.get("retry-after")).toBe(status === 503 ? "1" : null);
  });

  test("answers 503 when the bodies under way leave no room, and forgets those that were given up", async () => {
    const admission = { calls: 9, waiting: 9, waitMs: 5_000, bodyBytes: 1000 };
    const post = await start(undefined, {}, { admission });
    const sendBody = () => post("/v1/events", { method: "POST", body: "x".repeat(600) });
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 700\r\n\r\n${"x".repeat(600)}`);
    const status = async () => (await sendBody()).status;
    await expect.poll(status).toBe(503);
    socket.destroy();
    await expect.poll(status).toBe(200);
    expect((await sendBody()).status).toBe(200);
  });

  describe("with keys", () => {
    const keyOf: KeyFinder = (name, { headers }) => {
      if (name === "query") return "";
      return typeof headers["x-write-key"] === "string" ? headers["x-write-key"] : undefined;
    };
    const stalled = (head: string, body: string) =>
      new Promise<{ text: string; socket: Socket }>((resolve) => {
        const socket = connect(server.port, "127.0.0.1");
        let text = "";
        socket.on("error", () => {});
        socket.on("data", (chunk) => {
          text += chunk;
        });
        socket.on("close", () => resolve({ text, socket }));
        socket.write(`${head}\r\nhost: localhost\r\ncontent-length: 9000\r\n\r\n${body}`);
      });

    test("asks a function without a body when no key came, and cuts off whoever goes on sending", async () => {
      await start(({ body }) => ({ statusCode: body === undefined ? 401 : 202 }), {}, { keyOf, progressMs: 200 });
      const { text } = await stalled("POST /v1/events HTTP/1.1", "x".repeat(3000));
      expect(text).toMatch(/^HTTP\/1.1 401 /);
      expect(events.map(({ event }) => event.body)).toEqual([undefined]);
      const get = await stalled("GET /v1/metrics HTTP/1.1", "x".repeat(3000));
      expect(get.text).toMatch(/^HTTP\/1.1 401 /);
    });

    test("takes every post while connections without a key, or of another key, are stalled", async () => {
      const admission = { calls: 4, waiting: 8, waitMs: 5_000, bodyBytes: 100_000 };
      const post = await start(
        ({ body }) => ({ statusCode: body === undefined ? 401 : 202 }),
        {},
        { keyOf, admission },
      );
      const all = Array.from({ length: 277 }, (_, index) => {
        const key = index % 2 === 0 ? "" : "\r\nx-write-key: other";
        return stalled(`POST /v1/events HTTP/1.1${key}`, "x".repeat(5000));
      });
      await expect.poll(() => events.length).toBe(139);
      const send = () =>
        post("/v1/events", { method: "POST", body: "y".repeat(5000), headers: { "x-write-key": "own" } });
      const answers = await Promise.all(Array.from({ length: 10 }, send));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202));
      await server[Symbol.asyncDispose]();
      await Promise.all(all);
    });

    test("answers 408 to a body that does not get on, a byte now and then included, and lets a slow one end", async () => {
      await start(undefined, {}, { keyOf, progressMs: 150 });
      const head = "POST /v1/events HTTP/1.1\r\nx-write-key: own";
      const dripping = connect(server.port, "127.0.0.1");
      let text = "";
      dripping.on("error", () => {});
      dripping.on("data", (chunk) => {
        text += chunk;
      });
      dripping.write(`${head}\r\nhost: localhost\r\ncontent-length: 9000\r\n\r\n`);
      const drip = setInterval(() => dripping.write("x"), 20);
      await new Promise((resolve) => dripping.on("close", resolve));
      clearInterval(drip);
      expect([text.slice(0, 12), events]).toEqual(["HTTP/1.1 408", []]);

      await server[Symbol.asyncDispose]();
      const postSlowly = await start(undefined, {}, { keyOf, progressMs: 1500 });
      const slow = new ReadableStream({
        async start(controller) {
          for (let i = 0; i < 5; i++) {
            controller.enqueue(new Uint8Array(2048));
            await new Promise((resolve) => setTimeout(resolve, 400));
          }
          controller.close();
        },
      });
      const init: RequestInit = { method: "POST", body: slow, duplex: "half", headers: { "x-write-key": "own" } };
      expect((await postSlowly("/v1/events", init)).status).toBe(200);
    });
  });

  test("answers a preflight by itself", async () => {
    const get = await start();
    const response = await get("/v1/events", { method: "OPTIONS", headers: { origin: "https://a.example" } });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "content-type,x-write-key",
      "access-control-max-age": "600",
    });
    expect(events).toEqual([]);
  });

  test("puts its own CORS headers on every answer to another origin, and over the function's", async () => {
    const get = await start(() => ({
      statusCode: 200,
      headers: { "Access-Control-Allow-Origin": "https://b.example" },
    }));
    for (const path of ["/v1/metrics", "/nowhere"]) {
      const response = await get(path, { headers: { origin: "https://a.example" } });
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(response.headers.get("access-control-expose-headers")).toBe("retry-after");
    }
  });

  test("allows only the origins that are declared", async () => {
    const get = await start(undefined, {
      cors: { allowOrigins: ["https://a.example"], allowMethods: [], allowHeaders: [], exposeHeaders: [], maxAge: 0 },
    });
    const allowed = async (origin: string) =>
      (await get("/v1/metrics", { headers: { origin } })).headers.get("access-control-allow-origin");
    expect([await allowed("https://a.example"), await allowed("https://b.example")]).toEqual([
      "https://a.example",
      null,
    ]);
  });

  test("survives a client that goes away in the middle of its body", async () => {
    const get = await start();
    const socket = connect(server.port, "127.0.0.1");
    socket.write("POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nabc");
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    expect((await get("/v1/metrics")).status).toBe(200);
  });

  test("names the port and its variable when the port is in use", async () => {
    await start();
    const second = startHttpApi({ api, port: server.port, invoke: async () => ({ payload: null }) });
    await expect(second).rejects.toThrow(
      `Cannot listen for requests on 127.0.0.1:${server.port}: the port is in use (set PORT)`,
    );
  });

  test("lets requests under way end when it stops", async () => {
    const held = Promise.withResolvers<object>();
    const get = await start(() => held.promise);
    const running = get("/v1/metrics");
    await expect.poll(() => events.length).toBe(1);
    const stopped = server[Symbol.asyncDispose]();
    held.resolve({ statusCode: 200, body: "done" });
    await stopped;
    expect(await (await running).text()).toBe("done");
    await expect(get("/v1/metrics")).rejects.toThrow();
  });
});
