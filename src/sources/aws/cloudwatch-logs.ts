/**
 * CloudWatch log groups, as a subscription filter passes them to a function: EKS' control plane, functions, anything.
 * Each log event has an id of its own, so one that is delivered twice counts once.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample
 */
import { gunzipSync } from "node:zlib";
import * as z from "zod/mini";
import type { EventInput } from "../../schemas/events/event.ts";
import { accessLogEvent, appLogEvent } from "../shipped-logs.ts";
import type { SourcedEvent } from "./sourced-event.ts";

/** What the function is invoked with. */
export const cloudWatchEvent = z.object({ awslogs: z.object({ data: z.string() }) });

const delivery = z.object({
  messageType: z.string(),
  owner: z.string(),
  logGroup: z.string(),
  logStream: z.string(),
  logEvents: z.array(z.object({ id: z.string(), timestamp: z.number(), message: z.string() })),
});

/** Larger data is not from CloudWatch, which sends at most 1 MiB; that never unpacks to more than this. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The events of a delivery; none for a control message. Throws an Error for anything that is not a delivery. */
export function readCloudWatchLogs(data: string): SourcedEvent[] {
  const { messageType, owner, logGroup, logStream, logEvents } = delivery.parse(unpack(data));
  if (messageType !== "DATA_MESSAGE") return [];
  const origin = { log_group: logGroup, log_stream: logStream };
  return logEvents.map(({ id, timestamp, message }) => ({
    event: readEvent({ ...origin, message, timestamp, service: serviceOf(logGroup) }),
    sourceId: `${owner} ${logGroup} ${id}`,
    from: `${owner} ${logGroup} ${logStream}`,
    at: timestamp,
  }));
}

function readEvent(record: { message: string; [field: string]: unknown }): EventInput {
  return accessLogEvent(record.message) ?? appLogEvent(record);
}

/** `/aws/lambda/shop-checkout` becomes shop-checkout, `/aws/eks/prod/cluster` becomes prod/cluster. */
function serviceOf(logGroup: string): string {
  return logGroup.replace(/^\/aws\/[^/]+\//, "").replace(/^\//, "");
}

function unpack(data: string): unknown {
  return JSON.parse(gunzipSync(Buffer.from(data, "base64"), { maxOutputLength: MAX_BYTES }).toString("utf8"));
}
