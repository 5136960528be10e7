/**
 * API Gateway's HTTP API on this machine: takes requests for the declared routes, passes them to the functions in
 * payload format 2.0, and refuses what AWS refuses, in the same words. Every event passes through here, so it does
 * little per request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Api } from "../cloudformation/template.ts";
import { AwsError, type Invoke } from "../endpoint/aws-error.ts";
import { type Listening, listen } from "../endpoint/listen.ts";
import { createTroubles, type Troubles } from "../troubles.ts";
import { type AdmissionLimits, createAdmission } from "./admission.ts";
import { readBody } from "./body.ts";
import { limitConnections } from "./connections.ts";
import { createCors } from "./cors.ts";
import { createDoor } from "./door.ts";
import { createEvent, type HttpAnswer, payloadBytes, type RequestParts, readAnswer } from "./event.ts";
import type { KeyFinder } from "./keys.ts";
import type { RefusedRequests } from "./refused.ts";
import { createRouter } from "./router.ts";
import { refuseInTrouble, withTroubles } from "./troubles.ts";
import { answerUnread } from "./unread.ts";

export type HttpApiOptions = {
  api: Api;
  /** 0 for any free port. */
  port: number;
  host?: string;
  /** Names by which it may be called, in addition to those of this machine. */
  hosts?: readonly string[];
  invoke: Invoke;
  /** Without it, bodies are read whatever the key. */
  keyOf?: KeyFinder;
  /** What is wrong with this machine, for the status and the health. */
  troubles?: Troubles;
  /** Counts what is refused here. */
  refused?: RefusedRequests | undefined;
  admission?: AdmissionLimits;
  /** A body that makes no progress for this long is given up. */
  progressMs?: number;
};
export type HttpApi = Listening;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const maximumBodyBytes = 10 * 1024 * 1024;
const maximumHeaderBytes = 10_240;
/** What a function can be given; base64 and JSON's escapes are included. */
const maximumPayloadBytes = 6 * 1024 * 1024;
const defaultAdmission: AdmissionLimits = { calls: 64, waiting: 512, waitMs: 5_000, bodyBytes: 64 * 1024 * 1024 };
/** Headers that take longer are cut off, and so are whole requests; Node checks for these at intervals. */
const serverOptions = {
  maxHeaderSize: maximumHeaderBytes,
  keepAliveTimeout: 75_000,
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  connectionsCheckingInterval: 2_000,
};
const defaultProgressMs = 10_000;
const noBody = Buffer.alloc(0);
/**
 * Connections that may wait in a busy moment: beyond Node's default of 511 the system drops them, and clients wait in
 * vain.
 */
const backlog = 4096;
const acceptsPerTurn = 16;

/** The status's names for refusals that are the sender's fault. */
const reasons = { forbidden: "origin", tooLarge: "size", tooSlow: "slow", tooMany: "rate" } as const;

const refusals = {
  forbidden: [403, "Forbidden"],
  notFound: [404, "Not Found"],
  tooLarge: [413, "Request Entity Too Large"],
  tooSlow: [408, "Request Timeout"],
  tooMany: [429, "Too Many Requests"],
  failed: [500, "Internal Server Error"],
  unavailable: [503, "Service Unavailable"],
} as const;

/**
 * Starts the API; it is listening when the promise resolves. Stopping refuses new connections and lets requests under
 * way finish.
 */
export async function startHttpApi(options: HttpApiOptions): Promise<HttpApi> {
  const { port, host = "127.0.0.1" } = options;
  const respond = createResponder(options);
  const server = createServer(serverOptions, respond);
  limitConnections(server);
  if (options.refused) answerUnread(server, options.refused);
  return await listen(server, { port, host, for: "requests", variable: "PORT", backlog, acceptsPerTurn });
}

function createResponder(options: HttpApiOptions) {
  const { api, invoke, host = "127.0.0.1", hosts = [], admission: limits = defaultAdmission, keyOf } = options;
  const { progressMs = defaultProgressMs, troubles = createTroubles(() => {}), refused } = options;
  const door = createDoor({ host, names: hosts });
  const findRoute = createRouter(api.routes);
  const cors = createCors(api.cors);
  const mayPass = createThrottle(api.throttle);
  const admission = createAdmission(limits);
  const refuse = createRefuse(refused);
  const reply = (req: IncomingMessage, res: ServerResponse, answered: HttpAnswer): void => {
    send(req, res, answered);
    cutOff(req, progressMs);
  };

  return (req: IncomingMessage, res: ServerResponse): void => {
    const origin = req.headers.origin;
    const forbidden = door(req);
    // Without CORS headers: the page that asks learns nothing.
    if (forbidden !== undefined) return void reply(req, res, refuse("forbidden", forbidden));
    if (req.method === "OPTIONS" && cors && origin !== undefined) {
      return void reply(req, res, { status: 204, headers: cors.preflight(origin) ?? {}, body: "" });
    }
    answer(req)
      .then((answered) => {
        if (origin !== undefined) Object.assign(answered.headers, cors?.answer(origin));
        reply(req, res, answered);
      })
      // The client went away while it was still sending.
      .catch(() => res.destroy());
  };

  async function answer(req: IncomingMessage): Promise<HttpAnswer> {
    const { method = "GET" } = req;
    const { path, query } = splitUrl(req.url);
    const route = findRoute(method, path);
    if (!route) return refusal("notFound");
    if (!mayPass()) return refuse("tooMany");
    const inTrouble = refuseInTrouble(path, troubles);
    if (inTrouble) return inTrouble;
    const sender = senderOf(req, keyOf ? keyOf(route.functionName, { headers: req.headers, query }) : "");
    if (method === "GET" || sender.isUnknown) return await call({ req, route, path, query, body: noBody }, sender.name);
    const body = await readBody(req, { admission, sender: sender.name, maxBytes: maximumBodyBytes, progressMs });
    if (typeof body === "string") return refuse(body);
    try {
      return await call({ req, route, path, query, body: body.bytes }, sender.name);
    } finally {
      body.room.release();
    }
  }

  async function call(request: RequestParts, sender: string): Promise<HttpAnswer> {
    const event = createEvent(request);
    if (payloadBytes(event) > maximumPayloadBytes) return refuse("tooLarge");
    const { functionName } = request.route;
    const running = admission.run(functionName, sender, () => runFunction(invoke, functionName, event));
    const answered = (await withinTime(api.timeoutMs, running)) ?? refusal("unavailable");
    const told = refused?.tell(request.path, answered) ?? answered;
    return await withTroubles(request.path, told, troubles);
  }
}

/** Refuses a request without calling a function. */
function createRefuse(refused: RefusedRequests | undefined) {
  return (reason: keyof typeof refusals, why?: string): HttpAnswer => {
    if (isOurs(reason)) refused?.add(reasons[reason]);
    return refusal(reason, why);
  };
}

/** A request's path, and its query without the question mark. */
function splitUrl(url = "/"): { path: string; query: string } {
  const queryAt = url.indexOf("?");
  return queryAt === -1 ? { path: url, query: "" } : { path: url.slice(0, queryAt), query: url.slice(queryAt + 1) };
}

async function runFunction(invoke: Invoke, functionName: string, event: object): Promise<HttpAnswer> {
  try {
    const { payload, functionError } = await invoke(functionName, event);
    return (functionError === undefined ? readAnswer(payload) : undefined) ?? refusal("failed");
  } catch (error) {
    // Lambda itself refused: too many calls at once, or an injected fault.
    return refusal(error instanceof AwsError ? "unavailable" : "failed");
  }
}

function refusal(reason: keyof typeof refusals, why?: string): HttpAnswer {
  const [status, words] = refusals[reason];
  const message = why ?? words;
  const headers = { "content-type": "application/json", ...(isForNow(status) && { "retry-after": "1" }) };
  return { status, headers, body: JSON.stringify({ message }) };
}

function isOurs(reason: string): reason is keyof typeof reasons {
  return Object.hasOwn(reasons, reason);
}

function isForNow(status: number): boolean {
  return status === 429 || status === 503;
}

/** The function continues by itself when the API no longer waits for it, as on AWS. */
async function withinTime<T>(timeoutMs: number, running: Promise<T>): Promise<T | HttpAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<HttpAnswer>((resolve) => {
    timer = setTimeout(() => resolve(refusal("unavailable")), timeoutMs);
  });
  return await Promise.race([running, tooLate]).finally(() => clearTimeout(timer));
}

function send(req: IncomingMessage, res: ServerResponse, { status, headers, body }: HttpAnswer): void {
  // An unread body would block the next request on the connection.
  if (!req.complete) req.resume();
  if (res.destroyed) return;
  if (status !== 204) headers["content-length"] = String(Buffer.byteLength(body));
  res.writeHead(status, headers);
  res.end(body);
}

/** Ends the connection if a request has not ended long after it was answered. */
function cutOff(req: IncomingMessage, graceMs: number): void {
  if (req.complete) return;
  const timer = setTimeout(() => req.complete || req.socket.destroy(), graceMs);
  req.once("close", () => clearTimeout(timer));
}

/** Who shares with others: an address with one of the keys, or with none. */
function senderOf({ socket }: IncomingMessage, key = "unknown"): { name: string; isUnknown: boolean } {
  return { name: `${socket.remoteAddress} ${key}`, isUnknown: key === "unknown" };
}

/** A token bucket like API Gateway's: `rate` tokens per second, never more than `burst`. */
function createThrottle(throttle: Api["throttle"]): () => boolean {
  if (!throttle) return () => true;
  const { rate, burst } = throttle;
  let tokens = burst;
  let filledAt = performance.now();
  return () => {
    const now = performance.now();
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * rate);
    filledAt = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}
