/**
 * Collect behind HTTP, for tests of its clients: the real handler, with its records stored by a Firehose on the
 * loopback.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { eventsEnvironment } from "../../../bench/traffic/events-environment.ts";
import { startLoopbackFirehose } from "../../loopback-firehose.ts";

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;
/** Instead of the handler's answer: this status, or the handler's work followed by a broken connection. */
export type Refusal = { status: number; headers?: Record<string, string> } | "hangUp";

export async function startCollectServer() {
  const firehose = await startLoopbackFirehose({ "trusted-key": "tk_local", "visitor-salt": "salt" });
  Object.assign(process.env, {
    ...eventsEnvironment,
    AWS_ENDPOINT_URL: firehose.url,
    APPS: '[{"app":"web","key":"wk_local","origins":["*"]}]',
    TRUSTED_KEY_SECRET: "trusted-key",
    EDGE: "none",
    EVENTS_PER_MINUTE: "0",
    BYTES_PER_MINUTE: "0",
  });
  const { handler }: { handler: Handler } = await import("../../../src/handlers/collect.ts");
  const refusals: Refusal[] = [];
  const stage = { status: "ok", timezone: "Asia/Seoul", lake_buffer_seconds: 5 };
  let requests = 0;
  const server = createServer(async (req, res) => {
    if (req.url === "/v1/health") return res.end(JSON.stringify(stage));
    requests++;
    const body = await text(req);
    const refusal = refusals.shift();
    if (typeof refusal === "object") {
      res.writeHead(refusal.status, refusal.headers);
      return res.end('{"message":"told to"}');
    }
    const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
    const answer = await handler(toEvent(headers, body), {} as Context);
    if (refusal === "hangUp") return req.socket.destroy();
    res.writeHead(answer.statusCode ?? 200, answer.headers as Record<string, string>);
    res.end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    firehose,
    refusals,
    /** What the server says about itself. */
    stage,
    requests: () => requests,
    clear() {
      requests = 0;
      refusals.length = 0;
      firehose.clear();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await firehose[Symbol.asyncDispose]();
    },
  };
}
export type CollectServer = Awaited<ReturnType<typeof startCollectServer>>;

function toEvent(headers: Record<string, string>, body: string): APIGatewayProxyEventV2 {
  const routeKey = "POST /v1/events";
  const http = { method: "POST", path: "/v1/events", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "" };
  const ids = { accountId: "1", apiId: "a", domainName: "d", domainPrefix: "d", requestId: "r", stage: "$default" };
  return {
    version: "2.0",
    routeKey,
    rawPath: "/v1/events",
    rawQueryString: "",
    headers,
    requestContext: { ...ids, http, routeKey, time: "", timeEpoch: 0 },
    isBase64Encoded: false,
    body,
  };
}
