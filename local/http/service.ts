/**
 * API Gateway's HTTP API on this machine: takes requests for the declared routes, passes them to the functions in
 * payload format 2.0, and refuses what AWS refuses, as problems like our own. Every event passes through here, so it does
 * little per request.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import { randomUUID } from "node:crypto";
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
import { type RefusalReason, refusal, withRequestId } from "./refusal.ts";
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
  const reply = (req: IncomingMessage, res: ServerResponse, answered: HttpAnswer, id = randomUUID()): void => {
    send(req, res, withRequestId(answered, id), id);
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
    const requestId = randomUUID();
    answer(req, requestId)
      .then((answered) => {
        if (origin !== undefined) Object.assign(answered.headers, cors?.answer(origin));
        reply(req, res, answered, requestId);
      })
      .catch(() => res.destroy()); // the client went away while it was still sending
  };

  async function answer(req: IncomingMessage, requestId: string): Promise<HttpAnswer> {
    const { method = "GET" } = req;
    const { path, query } = splitUrl(req.url);
    const route = findRoute(method, path);
    if (!route) return refusal("notFound");
    const refusedAtOnce = mayPass() ? refuseInTrouble(path, troubles) : refuse("tooMany");
    if (refusedAtOnce) return refusedAtOnce;
    const sender = senderOf(req, keyOf ? keyOf(route.functionName, { headers: req.headers, query }) : "");
    const asked = { req, requestId, route, path, query };
    if (sender.isUnknown || !needsBody(method, route.routeKey))
      return await call({ ...asked, body: noBody }, sender.name);
    const body = await readBody(req, { admission, sender: sender.name, maxBytes: maximumBodyBytes, progressMs });
    if (typeof body === "string") return refuse(body);
    try {
      return await call({ ...asked, body: body.bytes }, sender.name);
    } finally {
      body.room.release();
    }
  }

  async function call(request: RequestParts, sender: string): Promise<HttpAnswer> {
    const event = createEvent(request);
    if (payloadBytes(event) > maximumPayloadBytes) return refuse("tooLarge");
    const { functionName: name } = request.route;
    const running = admission.run(name, sender, () => runFunction(invoke, name, event));
    const answered = (await withinTime(api.timeoutMs, running)) ?? refusal("unavailable");
    return await withTroubles(request.path, refused?.tell(request.path, answered) ?? answered, troubles);
  }
}

/** Whatever no route takes is answered without its body. */
function needsBody(method: string, routeKey: string): boolean {
  return method !== "GET" && method !== "HEAD" && routeKey !== "$default";
}

/** Refuses a request without calling a function. */
function createRefuse(refused: RefusedRequests | undefined) {
  return (reason: RefusalReason, detail?: string): HttpAnswer => {
    if (isOurs(reason)) refused?.add(reasons[reason]);
    return refusal(reason, detail === undefined ? {} : { detail });
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

function isOurs(reason: string): reason is keyof typeof reasons {
  return Object.hasOwn(reasons, reason);
}

/** The function continues by itself when the API no longer waits for it, as on AWS. */
async function withinTime<T>(timeoutMs: number, running: Promise<T>): Promise<T | HttpAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<HttpAnswer>((resolve) => {
    timer = setTimeout(() => resolve(refusal("unavailable")), timeoutMs);
  });
  return await Promise.race([running, tooLate]).finally(() => clearTimeout(timer));
}

function send(req: IncomingMessage, res: ServerResponse, { status, headers, body }: HttpAnswer, id: string): void {
  // An unread body would block the next request on the connection.
  if (!req.complete) req.resume();
  if (res.destroyed) return;
  if (status !== 204 && !(req.method === "HEAD" && body === "")) {
    headers["content-length"] = String(Buffer.byteLength(body));
  }
  // As API Gateway names it.
  res.writeHead(status, { ...headers, "apigw-requestid": id });
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
