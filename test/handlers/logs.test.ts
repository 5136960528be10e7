import { readFileSync } from "node:fs";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { eventsEnvironment } from "../../bench/traffic/events-environment.ts";
import { type LoopbackFirehose, startLoopbackFirehose } from "../loopback-firehose.ts";

let firehose: LoopbackFirehose;
let handler: (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

beforeAll(async () => {
  firehose = await startLoopbackFirehose({ "trusted-key": "tk_secret", "visitor-salt": "salt_secret" });
  const environment = {
    ...eventsEnvironment,
    AWS_ENDPOINT_URL: firehose.url,
    TRUSTED_KEY_SECRET: "trusted-key",
    EDGE: "none",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  ({ handler } = await import("../../src/handlers/logs.ts"));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await firehose[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});
beforeEach(() => firehose.clear());

type Request = {
  route?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  body?: string | Buffer;
};

async function call({ route = "POST /v1/logs/app", headers = {}, query = {}, body }: Request) {
  const event = {
    version: "2.0",
    routeKey: route,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { "x-write-key": "tk_secret", ...headers },
    queryStringParameters: query,
    requestContext: { http: { sourceIp: "203.0.113.9", userAgent: "Fluent-Bit" } },
    isBase64Encoded: Buffer.isBuffer(body),
    body: Buffer.isBuffer(body) ? body.toString("base64") : body,
  };
  const answer = await handler(event as unknown as APIGatewayProxyEventV2, {} as Context);
  return {
    status: answer.statusCode,
    headers: answer.headers ?? {},
    body: answer.body ?? "",
    isBase64: answer.isBase64Encoded,
  };
}
const rows = () => firehose.rows("events-0");
const otlp = readFileSync(new URL("../fixtures/otlp-logs.bin", import.meta.url));
const otlpJson = readFileSync(new URL("../fixtures/otlp-logs.json", import.meta.url), "utf8");
const line = '203.0.113.7 - - [25/Nov/2026:10:06:03 +0900] "GET /a HTTP/1.1" 200 5 "-" "UA"';

describe("logs", () => {
  test.each([
    ["protobuf", otlp, "application/x-protobuf"],
    ["JSON", otlpJson, "application/json"],
    ["packed protobuf", gzipSync(otlp), "application/x-protobuf"],
  ])("of OpenTelemetry in %s are taken, and answered in the same form", async (_, body, type) => {
    const answer = await call({ route: "POST /v1/logs", headers: { "content-type": type }, body });
    expect([answer.status, answer.headers["content-type"]]).toEqual([200, type]);
    expect(answer.body).toBe(type === "application/json" ? "{}" : "");
    expect(rows().map(({ name, level, service, status }) => ({ name, level, service, status }))).toEqual([
      { name: "app_log", level: "error", service: "checkout" },
      { name: "user_signup" },
      { name: "access_log", status: 503 },
      { name: "app_log", level: "info", service: "checkout" },
    ]);
  });

  test("of which some are rejected say how many, in either form", async () => {
    const attributes = [{ key: "big", value: { stringValue: "x".repeat(40_000) } }];
    const body = JSON.stringify({
      resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes }, { body: { stringValue: "good" } }] }] }],
    });
    const answer = await call({ route: "POST /v1/logs", headers: { "content-type": "application/json" }, body });
    expect(JSON.parse(answer.body)).toEqual({
      partialSuccess: {
        rejectedLogRecords: "1",
        errorMessage: expect.stringContaining("properties: Expected properties"),
      },
    });
    expect([rows().length, firehose.rows("rejected").length]).toEqual([1, 1]);
  });

  test("of access come as lines or as records, and a bad one is kept beside the others", async () => {
    const body = JSON.stringify([
      { date: 1795568763.5, log: line },
      { log: "nonsense" },
      { log: line.replace("/a", "/b") },
    ]);
    const answer = await call({ route: "POST /v1/logs/access", body });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      {
        accepted: 2,
        rejected: 1,
        reasons: [{ index: 1, path: "status", message: expect.stringMatching("got nothing") }],
      },
    ]);
    expect(rows().map(({ path }) => path)).toEqual(["/a", "/b"]);
    expect(JSON.parse(firehose.rows("rejected")[0]?.raw ?? "").record).toEqual({ log: "nonsense" });
  });

  test("that are sent again are the same events", async () => {
    const body = JSON.stringify([
      { date: 1795568763.123, log: "x" },
      { date: 1795568763.456, log: "y" },
    ]);
    await call({ body });
    const first = rows().map(({ event_id, batch_id }) => [event_id, batch_id]);
    firehose.clear();
    await call({ body: gzipSync(body) });
    expect(rows().map(({ event_id, batch_id }) => [event_id, batch_id])).toEqual(first);
    firehose.clear();
    await call({ body, query: { host: "web2" } });
    expect(rows().map(({ event_id }) => event_id)).not.toContain(first[0]?.[0]);
  });

  test("may be thousands of lines, of any way of packing", async () => {
    const lines = Array.from({ length: 3000 }, (_, i) =>
      JSON.stringify({ ts: 1795568763000 + i, level: "warn", msg: `m ${i}` }),
    ).join("\n");
    for (const pack of [gzipSync, zstdCompressSync, deflateSync]) {
      firehose.clear();
      const answer = await call({ body: pack(lines) });
      expect(JSON.parse(answer.body)).toEqual({ accepted: 3000, rejected: 0 });
      expect(new Set(rows().map(({ event_id }) => event_id)).size).toBe(3000);
    }
  });

  test.each(["bearer tk_secret", `Basic ${Buffer.from("daymark:tk_secret").toString("base64")}`])(
    "come with %s as well",
    async (authorization) => {
      const headers = { authorization, "x-write-key": undefined } as unknown as Record<string, string>;
      expect((await call({ headers, body: "x" })).status).toBe(200);
    },
  );

  test.each([
    [{ headers: { "x-write-key": "wk_web" }, body: "x" }, 401, /unknown/],
    [{ route: "POST /v1/logs", body: Buffer.from([0xff, 0xff]) }, 400, /Cannot read protobuf/],
    [
      { route: "POST /v1/logs", headers: { "content-type": "application/json" }, body: "{" },
      400,
      /Cannot read OTLP logs/,
    ],
    [{ body: Buffer.from(gzipSync("x").toString("utf8")) }, 400, /was read as text/],
    [{ body: Buffer.concat([gzipSync("x"), Buffer.from("y")]) }, 400, /not valid gzip/],
    [{ body: Buffer.from("ff060000734e61507059", "hex") }, 400, /snappy.*gzip or zstd/],
    [{ body: gzipSync(Buffer.alloc(65 * 1024 * 1024, 32)) }, 413, /more than 67108864 bytes/],
  ])("that can never be taken are refused, and it is said why (%#)", async (request, status, message) => {
    const answer = await call(request);
    expect([answer.status, answer.body]).toEqual([status, expect.stringMatching(message)]);
  });

  test("are asked for again when Firehose does not take them, whatever it says", async () => {
    for (const error of ["InvalidArgumentException", "ServiceUnavailableException"]) {
      firehose.clear();
      firehose.break(...Array.from({ length: 20 }, () => ({ error, status: 400 })));
      const answer = await call({ body: JSON.stringify([{ date: 1795568763.5, log: "x" }]) });
      expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
    }
  });

  test("have a door that says it is there", async () => {
    for (const route of ["HEAD /v1/logs/app", "OPTIONS /v1/logs", "GET /v1/logs/access"])
      expect((await call({ route })).status).toBe(200);
  });
});
