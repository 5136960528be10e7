/**
 * A request as the event for a function (payload format 2.0), and a function's answer as the response.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { FoundRoute } from "./router.ts";

export type RequestParts = {
  req: IncomingMessage;
  requestId: string;
  route: FoundRoute;
  path: string;
  query: string;
  body: Buffer;
};
export type HttpAnswer = {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer | string;
  /** The members of a refusal, which become the body. */
  problem?: object;
};

const apiId = "local";
// Everything else reaches the function as base64. Only the type matters: gzip that is declared as JSON arrives as
// damaged text.
const textTypes = /^(text\/|application\/(json|javascript|xml|[\w.-]+\+(json|xml))\b)/i;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The event of a request whose body has been read. */
export function createEvent({ req, requestId, route, path, query, body }: RequestParts): APIGatewayProxyEventV2 {
  const headers = joinHeaders(req.rawHeaders);
  const sourceIp = req.socket.remoteAddress?.replace(/^::ffff:/, "") ?? "";
  headers["x-forwarded-for"] = headers["x-forwarded-for"] ? `${headers["x-forwarded-for"]}, ${sourceIp}` : sourceIp;
  headers["x-forwarded-proto"] ??= "http";
  const now = new Date();
  const event: APIGatewayProxyEventV2 = {
    version: "2.0",
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString: query,
    headers,
    requestContext: {
      accountId: "000000000000",
      apiId,
      domainName: headers.host ?? "localhost",
      domainPrefix: apiId,
      http: {
        method: req.method ?? "GET",
        path,
        protocol: `HTTP/${req.httpVersion}`,
        sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey: route.routeKey,
      stage: "$default",
      time: requestTime(now),
      timeEpoch: now.getTime(),
    },
    isBase64Encoded: false,
  };
  if (headers.cookie !== undefined) event.cookies = headers.cookie.split(/;\s*/);
  if (query !== "") event.queryStringParameters = joinQuery(query);
  if (route.pathParameters) event.pathParameters = route.pathParameters;
  if (body.length === 0) return event;
  event.isBase64Encoded = !textTypes.test(headers["content-type"] ?? "");
  event.body = body.toString(event.isBase64Encoded ? "base64" : "utf8");
  return event;
}

/** Roughly how much of Lambda's payload limit an event takes: its body, and a little for the rest. */
export function payloadBytes(event: APIGatewayProxyEventV2): number {
  return (event.body?.length ?? 0) + 4096;
}

/** What a function returned, as an answer; undefined if API Gateway could not interpret it. */
export function readAnswer(payload: unknown): HttpAnswer | undefined {
  if (typeof payload !== "object" || payload === null || !("statusCode" in payload)) return inferred(payload);
  const { statusCode, headers, cookies, body, isBase64Encoded } = payload as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined;
  const answer: HttpAnswer = { status, headers: {}, body: "" };
  for (const [name, value] of Object.entries(headers ?? {})) answer.headers[name.toLowerCase()] = String(value);
  if (Array.isArray(cookies) && cookies.length > 0) answer.headers["set-cookie"] = cookies.map(String);
  answer.headers["content-type"] ??= "text/plain;charset=UTF-8";
  if (body !== undefined && body !== null)
    answer.body = isBase64Encoded === true ? Buffer.from(String(body), "base64") : String(body);
  return answer;
}

// Without a status code the whole value is the body.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.v2
function inferred(payload: unknown): HttpAnswer {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload ?? null);
  return { status: 200, headers: { "content-type": "application/json" }, body };
}

function joinHeaders(raw: string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? "";
    // A record could not hold this name as an ordinary key.
    if (name === "__proto__") continue;
    const before = headers[name];
    headers[name] = before === undefined ? (raw[i + 1] ?? "") : `${before},${raw[i + 1]}`;
  }
  return headers;
}

function joinQuery(query: string): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = parameters.get(name);
    parameters.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(parameters);
}

/** `22/Nov/2026:19:06:11 +0000` */
function requestTime(date: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
