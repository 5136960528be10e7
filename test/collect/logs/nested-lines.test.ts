/** Lines nested more deeply than any stack, through each door that reads JSON: they affect nothing beside them. */
import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { batchesByMinute, collectNamed } from "../../../src/collect/logs/named-batches.ts";
import { collectLogs } from "../../../src/collect/logs/shipped-logs.ts";
import { takeVended } from "../../../src/collect/logs/vended-records.ts";
import { readCloudWatchLogs } from "../../../src/sources/aws/cloudwatch-logs.ts";
import { readKafkaRecords } from "../../../src/sources/aws/kafka-records.ts";
import type { SourcedEvent } from "../../../src/sources/aws/sourced-event.ts";
import { type LogRoute, logBodies } from "../../../src/sources/log-bodies.ts";
import { documentedRows } from "../../fixtures/cloudfront-lines.ts";
import { rowsOf } from "../../rows.ts";

const now = Date.UTC(2026, 10, 26, 12);
const context = {
  now,
  newId: randomUUID,
  timezone: "Asia/Seoul",
  visitorSalt: "salt",
  maxLatenessDays: 7,
  eventsStreams: ["events-0"] as const,
};
const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
const deepText = JSON.stringify(`{"msg":"x","a":${deep}}`);
const good = '{"log":"good"}';

const ship = (route: LogRoute, body: string) => {
  const caller = { app: "server", trusted: true };
  const sender = { caller, address: "", userAgent: "", acceptLanguage: "", country: undefined };
  const logs = { body: Buffer.from(body), events: logBodies[route](Buffer.from(body), ""), tag: "web1" };
  return count(collectLogs(logs, sender, context));
};
const source = (events: SourcedEvent[]) =>
  count(batchesByMinute("kafka", events).map((batch) => collectNamed(batch, "kafka", context)));
const count = (all: readonly { accepted: Uint8Array[]; rejected: Uint8Array[] }[]) => [
  rowsOf(all.flatMap(({ accepted }) => accepted)).length,
  rowsOf(all.flatMap(({ rejected }) => rejected)).map(({ reason }) => reason),
];

test.each([
  ["a field of a line", `{"log":"x","a":${deep}}\n${good}`],
  ["a field in a list", `[{"log":"x","a":${deep}},${good}]`],
  ["JSON within a line", `{"log":${deepText}}\n${good}`],
])("a shipper's: %s", (_, body) => {
  expect(ship("POST /v1/logs/app", body)).toEqual([1, ["properties"]]);
});

test("a shipper's record of an access log", () => {
  const line = '203.0.113.7 - - [26/Nov/2026:10:06:03 +0900] "GET / HTTP/1.1" 200 512';
  expect(ship("POST /v1/logs/access", `{"log":"x","a":${deep}}\n{"log":${JSON.stringify(line)}}`)).toEqual([
    1,
    ["status"],
  ]);
});

test("CloudWatch's", () => {
  const logEvents = [`{"msg":"x","a":${deep}}`, deep, "good"].map((message, i) => ({
    id: `${i}`,
    timestamp: now,
    message,
  }));
  const delivery = { messageType: "DATA_MESSAGE", owner: "1", logGroup: "/shop", logStream: "a", logEvents };
  const data = gzipSync(JSON.stringify(delivery)).toString("base64");
  expect(source(readCloudWatchLogs(data))).toEqual([2, ["properties"]]);
});

test("Kafka's", () => {
  const values = [
    `{"name":"signup","a":${deep}}`,
    `{"name":"signup","properties":{"a":${deep}}}`,
    `{"name":${deep}}`,
    `{"a":${deep}}`,
    deep,
    '{"name":"signup"}',
  ];
  const records = values.map((value, offset) => ({
    topic: "orders",
    partition: 0,
    offset,
    timestamp: now,
    value: Buffer.from(value).toString("base64"),
  }));
  const event = {
    eventSource: "aws:kafka" as const,
    eventSourceArn: "arn:aws:kafka:c",
    records: { "orders-0": records },
  };
  expect(source(readKafkaRecords(event))).toEqual([2, ["properties", "properties", "name", "properties"]]);
});

test("CloudFront's", () => {
  const [row] = documentedRows;
  const text = `{"x-edge-location":${deep}}\n${JSON.stringify(row)}\n`;
  const data = Buffer.from(text).toString("base64");
  const { records, rejected } = takeVended([{ recordId: "a", approximateArrivalTimestamp: now, data }], context);
  expect(rowsOf(records.map((record) => Buffer.from(record.data, "base64")))).toHaveLength(1);
  expect(rowsOf(rejected).map(({ reason }) => reason)).toEqual(["status"]);
});
