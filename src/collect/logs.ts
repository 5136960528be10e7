/**
 * What becomes of a shipper's logs: which events they are, in which batches, and what the shipper is told. Shippers send what was
 * not taken again, the same bytes, and give up for good on any answer but a few; so a body is taken whole, whatever its lines say,
 * and its batches are named after its bytes: a retry is the same batches, and counts once.
 */
import { createHash } from "node:crypto";
import { timedUuidFrom, uuidFrom } from "../pipeline/batch-id.ts";
import { type CollectContext, type Collected, type CollectRequest, collectEvents } from "../pipeline/collect.ts";
import { parseInstant } from "../pipeline/event-time.ts";
import { MAX_EVENTS } from "../schemas/collect-request.ts";

/** A body as it came (unpacked), the events read out of it in order, and the sender's own name (host, tag), empty for none. */
export type ShippedLogs = { body: Buffer; events: readonly unknown[]; tag: string };

/** Instants further away than this from the clock's say nothing of when a body was made. */
const DAY_MS = 86_400_000;

/**
 * Decides about a body, 500 events at a time. Two machines may well write the same line in the same second: a body is told from
 * another's by its sender's name, or by a time in it that is finer than a second. Where neither is there, each copy counts.
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

/** A body's copies meet by the minute of its newest line, however late they come, as long as that can be believed. */
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
