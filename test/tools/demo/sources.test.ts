/** What the demo sends from sources is read by the same code that reads what real senders send, row for row. */
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { checkEvent } from "../../../src/collect/event/check-event.ts";
import { openFormats } from "../../../src/sources/access/log-formats.ts";
import { readCloudWatchLogs } from "../../../src/sources/aws/cloudwatch-logs.ts";
import { kafkaEvent, readKafkaRecords } from "../../../src/sources/aws/kafka-records.ts";
import { readRecords } from "../../../src/sources/json-records.ts";
import { eventOfRecord } from "../../../src/sources/log-record.ts";
import { readOtlpJson, readOtlpProtobuf } from "../../../src/sources/otlp.ts";
import { appLogEvent, openAccessRecords } from "../../../src/sources/shipped-logs.ts";
import { type DemoSource, demoSources } from "../../../tools/demo/sources.ts";

const now = Date.parse("2026-11-26T12:00:00.250Z");
const sources = demoSources(now);

test.each(sources)("$name: every row is an event that is accepted, of its own group", (source) => {
  const events = eventsOf(source);
  expect(events).toHaveLength(source.rows);
  expect(events.flatMap((event) => ("errors" in checkEvent(event) ? [event, checkEvent(event)] : []))).toEqual([]);
  const [field = "", value] = source.group.split("=");
  const texts = events.map((event) => (field === "host" ? new URL(String(event.url)).host : event[field]));
  expect(new Set(texts)).toEqual(new Set([value]));
  for (const { occurred_at } of events) {
    const time = typeof occurred_at === "number" ? occurred_at : Date.parse(String(occurred_at));
    expect(now - time).toBeGreaterThanOrEqual(0);
    expect(now - time).toBeLessThan(1000);
  }
});

test("no two sources share a group, and no two runs a row", () => {
  expect(new Set(sources.map(({ metric, group }) => `${metric} ${group}`)).size).toBe(sources.length);
  const bytes = (at: number) => demoSources(at).map(({ delivery }) => contentOf(delivery).toString("base64"));
  const later = bytes(now + 1000);
  for (const [i, sent] of bytes(now).entries()) expect(sent).not.toBe(later[i]);
});

test("OpenTelemetry's two forms say the same", () => {
  const [json, protobuf] = sources.map(({ delivery }) => contentOf(delivery));
  const withoutService = (records: object[]) => records.map((record) => ({ ...record, service: "" }));
  expect(withoutService(readOtlpProtobuf(protobuf ?? Buffer.alloc(0)))).toEqual(
    withoutService(readOtlpJson(JSON.parse(String(json)))),
  );
});

function eventsOf({ delivery }: DemoSource): Record<string, unknown>[] {
  const content = contentOf(delivery);
  if ("path" in delivery) {
    if (delivery.contentType === "application/x-protobuf") return readOtlpProtobuf(content).map(eventOfRecord);
    if (delivery.path === "/v1/logs") return readOtlpJson(JSON.parse(content.toString())).map(eventOfRecord);
    const records = readRecords(content.toString());
    return delivery.path.startsWith("/v1/logs/app") ? records.map(appLogEvent) : accessEvents(records);
  }
  if ("functionKey" in delivery && delivery.functionKey === "kafka")
    return readKafkaRecords(kafkaEvent.parse(delivery.event(""))).map(({ event }) => event);
  if ("functionKey" in delivery && delivery.functionKey === "cloudwatch")
    return readCloudWatchLogs(content.toString()).map(({ event }) => event);
  const read = openFormats();
  return content
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => read(line).found)
    .flatMap((found) => (typeof found === "object" ? [found.event] : found === "comment" ? [] : [{}]));
}

function accessEvents(records: unknown[]): Record<string, unknown>[] {
  const read = openAccessRecords();
  return records.map(read).flatMap((event) => (typeof event === "object" ? [event] : []));
}

/** The bytes with the rows, unpacked. */
function contentOf(delivery: DemoSource["delivery"]): Buffer {
  if ("stream" in delivery) return Buffer.from(delivery.data);
  if (!("path" in delivery)) {
    if (delivery.file !== undefined) return gunzipSync(delivery.file.body);
    const event = delivery.event("");
    return Buffer.from("awslogs" in event ? (event.awslogs as { data: string }).data : JSON.stringify(event));
  }
  const bytes = Buffer.from(delivery.body);
  return delivery.encoding === "gzip" ? gunzipSync(bytes) : bytes;
}
