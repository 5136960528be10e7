/**
 * The single port that speaks AWS's wire protocols: AWS JSON for Firehose, Athena, Glue and DynamoDB, REST for Lambda's
 * Invoke and for S3, and a switch for faults. It admits, parses and dispatches requests, and writes errors as AWS does;
 * what an operation means is up to each service.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Faults } from "../faults.ts";
import { lambdaInvoke } from "../lambda/wire.ts";
import { AwsError, type AwsService, type Invoke } from "./aws-error.ts";
import { createHostCheck } from "./host-names.ts";
import { type Listening, listen } from "./listen.ts";

export type AwsEndpointOptions = {
  /** 0 for any free port. */
  port: number;
  host?: string;
  /** Names by which it may be called, in addition to those of this machine. */
  hosts?: readonly string[];
  services: AwsService[];
  invoke: Invoke;
  /** Handles everything that is for no other service, from the request's first byte to the answer's last. */
  s3?: { handle(req: IncomingMessage, res: ServerResponse): Promise<void> };
  faults: Faults;
  maxBodyBytes?: number;
  /** Called with every error that is not one of AWS's answers. */
  onError?: (error: unknown) => void;
};
export type AwsEndpoint = Listening;

/** The answer on the wire; without a body it is empty. */
export type WireAnswer = { status: number; headers?: Record<string, string>; body?: string };
type Route = (req: IncomingMessage, body: string) => Promise<WireAnswer>;
type Operation = AwsService["operations"][string];

/** A service throws this code when its answer is to get lost: the endpoint hangs up. */
const connectionLost = "ConnectionLost";
/** DynamoDB accepts the largest requests, 16 MiB. */
const defaultMaxBodyBytes = 16 * 1024 * 1024;

/** Starts the endpoint; it is listening when the promise resolves. */
export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<AwsEndpoint> {
  const route = createRoute(options);
  const maxBytes = options.maxBodyBytes ?? defaultMaxBodyBytes;
  const onError = options.onError ?? ((error) => console.error("AWS endpoint:", error));
  const admit = createAdmission(options.host ?? "127.0.0.1", options.hosts);
  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    admit(req);
    if (options.s3 && isForS3(req)) return await options.s3.handle(req, res);
    send(res, await route(req, await readBody(req, maxBytes)));
  }
  const server = createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      // The rest of the request is read and discarded, so that the client sees the answer.
      req.resume();
      sendError(res, error, onError);
    });
  });
  // Longer than the SDK keeps idle sockets, so that it never uses one that is just being closed.
  server.keepAliveTimeout = 120_000;
  const { port, host = "127.0.0.1" } = options;
  return await listen(server, { port, host, for: "AWS calls", variable: "AWS_PORT" });
}

/** Throws unless the request comes from a program on this machine. */
function createAdmission(host: string, names: readonly string[] = []): (req: IncomingMessage) => void {
  const isOwnHost = createHostCheck(host, names);
  return (req) => {
    // No program that calls AWS sends an origin; a browser page that tries to reach this port does.
    if (req.headers.origin !== undefined)
      throw new AwsError("AccessDeniedException", "Browsers may not call this port", { status: 403 });
    // What a page only displays or loads (a picture, a script) is requested without an origin, but with this header.
    if (req.headers["sec-fetch-site"] !== undefined && req.headers["sec-fetch-site"] !== "none")
      throw new AwsError("AccessDeniedException", "Pages may not load anything from this port", { status: 403 });
    // A page whose own host name was redirected here (DNS rebinding) sends no origin, because it takes this port for
    // its own, but it does send that name.
    if (!isOwnHost(req))
      throw new AwsError("AccessDeniedException", "This port is called by a name or address of this machine only", {
        status: 403,
      });
  };
}

const lambdaPath = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?$/;
const faultsPath = "/_daymark/faults";

/** S3 gets everything on this port except the few paths and headers of other services. */
function isForS3(req: IncomingMessage): boolean {
  const isQuery = req.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") && req.method === "POST";
  return (
    req.headers["x-amz-target"] === undefined && !isQuery && pathOf(req) !== faultsPath && !lambdaPath.test(pathOf(req))
  );
}

function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?")[0] ?? "/";
}

function createRoute({ services, invoke, faults }: AwsEndpointOptions): Route {
  const operations = new Map<string, Operation>();
  for (const { target, operations: own } of services)
    for (const [name, operation] of Object.entries(own)) operations.set(`${target}.${name}`, operation);
  return async (req, body) => {
    const target = req.headers["x-amz-target"];
    if (target !== undefined && req.method === "POST") {
      const operation = operations.get(String(target));
      if (!operation) throw unknownOperation(String(target), [...operations.keys()]);
      return await runJson(operation, req, body);
    }
    const path = pathOf(req);
    if (path === faultsPath) return switchFaults(faults, req, body);
    const lambda = lambdaPath.exec(path)?.[1];
    if (lambda !== undefined && req.method === "POST") return await lambdaInvoke(invoke, lambda, req.headers, body);
    throw new AwsError("UnknownOperationException", `Cannot ${req.method} ${path}: no such operation here`, {
      status: 404,
    });
  };
}

/** Lists what exists: this machine has only part of each service. */
function unknownOperation(target: string, all: string[]): AwsError {
  const service = target.slice(0, target.lastIndexOf(".") + 1);
  const own = all.filter((name) => name.startsWith(service)).map((name) => name.slice(service.length));
  const has =
    service === "" || own.length === 0 ? "" : `: of ${service.slice(0, -1)} this machine has ${own.sort().join(", ")}`;
  return new AwsError("UnknownOperationException", `Unknown operation ${target}${has}`);
}

async function runJson(operation: Operation, req: IncomingMessage, body: string): Promise<WireAnswer> {
  const output = await operation(parseBody(body)).catch(refuseDepth);
  const type = req.headers["content-type"] ?? "application/x-amz-json-1.1";
  return { status: 200, headers: { "content-type": type }, body: JSON.stringify(output) };
}

/** JSON.parse handles deeper nesting than recursive code that walks through its result. */
function refuseDepth(cause: unknown): never {
  const isTooDeep = cause instanceof RangeError && /call stack/i.test(cause.message);
  throw isTooDeep ? new AwsError("SerializationException", "The request body is nested too deep", { cause }) : cause;
}

function parseBody(body: string): object {
  const parsed = parseJson(body === "" ? "{}" : body);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new AwsError("SerializationException", "The request body is not a JSON object");
  return parsed;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AwsError("SerializationException", "The request body is not JSON", { cause });
  }
}

/** GET reports how often the points were passed, POST replaces the rules. Only from this machine, whatever the host. */
function switchFaults(faults: Faults, req: IncomingMessage, body: string): WireAnswer {
  if (!/^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(req.socket.remoteAddress ?? ""))
    throw new AwsError("AccessDeniedException", "Faults are set from this machine only", { status: 403 });
  if (req.method === "POST") faults.set(parseJson(body));
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(faults.report()) };
}

function readBody(req: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      // The rest is read and discarded, so that the client sees the answer.
      if (size <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
    });
    req.on("end", () => {
      if (size > maxBytes) reject(new AwsError("RequestEntityTooLarge", "Request is too large", { status: 413 }));
      else resolve(chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks, size).toString());
    });
    req.on("error", reject);
  });
}

function send(res: ServerResponse, { status, headers, body }: WireAnswer): void {
  if (res.destroyed) return;
  const length = { "content-length": Buffer.byteLength(body ?? ""), "x-amzn-requestid": randomUUID() };
  // No content means no length either.
  res.writeHead(status, status === 204 ? headers : { ...headers, ...length });
  res.end(body);
}

function sendError(res: ServerResponse, error: unknown, onError: (error: unknown) => void): void {
  if (res.destroyed) return;
  if (error instanceof AwsError && error.code === connectionLost) return void res.destroy();
  if (!(error instanceof AwsError)) onError(error);
  const { code, message, status, extra } =
    error instanceof AwsError ? error : new AwsError("InternalFailure", "The service has failed", { status: 500 });
  send(res, {
    status,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code },
    body: JSON.stringify({ __type: code, message, ...extra }),
  });
}
