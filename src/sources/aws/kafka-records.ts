/**
 * Kafka records, as an event source mapping passes them to a function (MSK and self-managed). A record is identified by
 * its position in its topic, and by its time, because a topic that is made anew begins at the same positions: so one that
 * is delivered twice counts once. A record that is not an event does not affect the others.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 */
import * as z from "zod/mini";
import type { EventInput } from "../../schemas/events/event.ts";
import { parseBounded } from "../bounded-json.ts";
import { appLogEvent } from "../shipped-logs.ts";
import type { SourcedEvent } from "./sourced-event.ts";

const record = z.object({
  topic: z.string(),
  partition: z.number(),
  offset: z.number(),
  timestamp: z.optional(z.number()),
  value: z.nullish(z.string()),
});

/** What the function is invoked with. */
export const kafkaEvent = z.object({
  eventSource: z.enum(["aws:kafka", "SelfManagedKafka"]),
  eventSourceArn: z.optional(z.string()),
  bootstrapServers: z.optional(z.string()),
  records: z.record(z.string(), z.array(record)),
});
type KafkaEvent = z.infer<typeof kafkaEvent>;

/**
 * The events of an invocation. A value that is one of Daymark's own events (JSON with a `name`) is used as it is, with
 * the record's time if it has none; any other value becomes a log line of its topic. A tombstone (no value) is skipped.
 */
export function readKafkaRecords({ eventSourceArn, bootstrapServers, records }: KafkaEvent): SourcedEvent[] {
  const cluster = eventSourceArn ?? bootstrapServers ?? "";
  return Object.values(records)
    .flat()
    .flatMap(({ topic, partition, offset, timestamp, value }) => {
      if (value === null || value === undefined) return [];
      const text = Buffer.from(value, "base64").toString("utf8");
      const from = `${cluster} ${topic} ${partition}`;
      const at = timestamp === undefined || timestamp < 0 ? undefined : timestamp;
      return [{ event: readEvent(text, topic, at), sourceId: `${from} ${offset} ${at ?? ""}`, from, at }];
    });
}

function readEvent(text: string, topic: string, at: number | undefined): EventInput {
  const time = at === undefined ? {} : { occurred_at: at };
  const own = parseEvent(text);
  if (own !== undefined) return own.occurred_at == null ? { ...own, ...time } : own;
  return { ...appLogEvent({ message: text, service: topic }), ...time };
}

/** It is checked, like any other event, when it is collected. */
function parseEvent(text: string): EventInput | undefined {
  try {
    const value = parseBounded(text);
    return typeof value === "object" && value !== null && "name" in value ? (value as EventInput) : undefined;
  } catch {
    return undefined;
  }
}
