/**
 * What becomes of a shipper's logs: which events they are, in which batches, and what the shipper is told. A shipper
 * sends what was not taken again, with the same bytes, but gives up for good on all but a few answers. So a body is
 * always taken whole, whatever its lines say, and its batches are named after its bytes: a retry produces the same
 * batches and counts once.
 */
import { createHash } from "node:crypto";
import { MAX_EVENTS } from "../../schemas/api/collect-request.ts";
import { parseInstant } from "../../schemas/instant.ts";
import { timedUuidFrom, uuidFrom } from "../../schemas/stable-uuid.ts";
import { isJson } from "../../sources/log-bodies.ts";
import { writePartialSuccess } from "../../sources/otlp.ts";
import { type CollectContext, type Collected, type CollectRequest, collectEvents } from "../collect.ts";

/**
 * A body after unpacking, the events read from it, in order, and the sender's own name (host, tag), which may be empty.
 */
export type ShippedLogs = { body: Buffer; events: readonly unknown[]; tag: string };

/** Instants further than this from the clock's say nothing about when a body was made. */
const DAY_MS = 86_400_000;

/**
 * Decides about a body, 500 events at a time. Two machines may well write the same line in the same second, so bodies
 * are told apart by their senders' names, or by a time in them that is finer than a second. Without either, every copy
 * counts.
 */
export function collectLogs(
  logs: ShippedLogs,
  request: Omit<CollectRequest, "body">,
  context: CollectContext,
): Collected[] {
  const { events, tag, body } = logs;
  const digest = createHash("sha256").update(`${request.caller.app}\n${tag}\n`).update(body).digest("hex");
  const instants = events
    .flatMap((event) => instantOf(event) ?? [])
    .filter((instant) => instant <= context.now + DAY_MS);
  const isTold = tag !== "" || instants.some((instant) => instant % 1000 !== 0);
  const newest = isTold ? instants.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) : undefined;
  return chunksOf(events, MAX_EVENTS).map((chunk, i) => {
    const batchId = newest === undefined ? context.newId() : batchIdOf(newest, context.now, [digest, String(i)]);
    const envelope = { events: chunk, batchId, sentAt: undefined };
    return collectEvents(envelope, { ...request, body: "" }, context);
  });
}

/**
 * Copies of a body meet in the minute of its newest line, however late they arrive, as long as that minute is
 * believable.
 */
function batchIdOf(newest: number, now: number, parts: readonly string[]): string {
  return newest > now - DAY_MS ? timedUuidFrom(newest, "logs", ...parts) : uuidFrom("logs", ...parts);
}

function instantOf(event: unknown): number | undefined {
  if (typeof event !== "object" || event === null || !("occurred_at" in event)) return undefined;
  const { occurred_at: at } = event;
  return typeof at === "string" || typeof at === "number" ? parseInstant(at) : undefined;
}

function chunksOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

/** Merges what several decisions put on the same stream, so that Firehose is called once for all of them. */
export function mergeByStream(collected: readonly Collected[]): Collected[] {
  const [first] = collected;
  if (first === undefined) return [];
  const rejected = collected.flatMap((one) => one.rejected);
  const byStream = Map.groupBy(collected, ({ stream }) => stream);
  return [...byStream].map(([stream, some], i) => ({
    answer: first.answer,
    stream,
    accepted: some.flatMap((one) => one.accepted),
    rejected: i === 0 ? rejected : [],
  }));
}

type ShipperHeaders = {
  headers: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string | undefined>;
};

/**
 * The trusted key and the sender's own name. The key may be sent as `x-write-key`, as a bearer token or as the password
 * of basic authorization, which is all that some shippers support; the name comes from headers or the query.
 */
export function senderOf({ headers, queryStringParameters: query }: ShipperHeaders): {
  key: string | undefined;
  tag: string;
} {
  const [, scheme = "", value = ""] = /^(bearer|basic) +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
  const isBasic = scheme.toLowerCase() === "basic";
  const authorized = isBasic
    ? Buffer.from(value, "base64")
        .toString("utf8")
        .replace(/^[^:]*:/, "")
    : value;
  const tag = ["x-daymark-host", "fluent-tag", "x-fluent-tag"].flatMap((name) => headers[name] ?? []);
  return {
    key: headers["x-write-key"] ?? (authorized === "" ? undefined : authorized),
    tag: [...tag, query?.host ?? "", query?.tag ?? ""].filter((text) => text !== "").join(" "),
  };
}

/**
 * The shipper's answer: for OpenTelemetry its own, in the form of its request; for all others `{"accepted",
 * "rejected"}`, with the first few reasons.
 */
export function answerLogs(routeKey: string, contentType: string, collected: readonly Collected[]) {
  const accepted = collected.reduce((sum, { answer }) => sum + answer.body.accepted, 0);
  const rejections = collected.flatMap(({ answer }) => answer.body.rejected);
  const reason = rejections[0]?.errors[0];
  const message = reason === undefined ? "" : `${reason.path}: ${reason.message}`.slice(0, 200);
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  if (routeKey !== "POST /v1/logs") {
    const reasons = reasonsOf(collected);
    const body = { accepted, rejected: rejections.length, ...(reasons.length > 0 && { reasons }) };
    return { statusCode: 200, headers, body: JSON.stringify(body) };
  }
  const isProtobuf = !isJson(contentType);
  if (!isProtobuf) {
    const partial = { rejectedLogRecords: String(rejections.length), errorMessage: message };
    return {
      statusCode: 200,
      headers,
      body: JSON.stringify(rejections.length === 0 ? {} : { partialSuccess: partial }),
    };
  }
  return {
    statusCode: 200,
    headers: { ...headers, "content-type": "application/x-protobuf" },
    isBase64Encoded: true,
    body: writePartialSuccess(rejections.length, message).toString("base64"),
  };
}

const MOST_REASONS = 10;

/** Why the first few lines were rejected; `index` is their place among the lines or records of the body, from 0. */
function reasonsOf(collected: readonly Collected[]) {
  const all = collected.flatMap(({ answer }, chunk) =>
    answer.body.rejected
      .slice(0, MOST_REASONS)
      .map(({ index, errors }) => ({ index: chunk * MAX_EVENTS + index, ...errors[0] })),
  );
  return all.slice(0, MOST_REASONS);
}
