import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { batchesByMinute } from "../../../src/collect/logs/named-batches.ts";
import { cloudWatchEvent, readCloudWatchLogs } from "../../../src/sources/aws/cloudwatch-logs.ts";
import { kafkaEvent, readKafkaRecords } from "../../../src/sources/aws/kafka-records.ts";

const at = Date.UTC(2026, 10, 25, 1, 6, 3);

describe("CloudWatch logs", () => {
  const pack = (delivery: object) => gzipSync(JSON.stringify(delivery)).toString("base64");
  const delivery = {
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: "/aws/lambda/checkout",
    logStream: "2026/11/25/[$LATEST]abc",
    subscriptionFilters: ["all"],
    logEvents: [
      { id: "1", timestamp: at, message: '{"level":"ERROR","message":"Payment 7 failed","order":"x"}' },
      { id: "2", timestamp: at + 1, message: "START RequestId: 5" },
      { id: "3", timestamp: at + 2, message: '203.0.113.7 - - [25/Nov/2026:01:06:03 +0000] "GET /a HTTP/1.1" 200 5' },
    ],
  };

  test("are logs of the group's service, or access logs, each with its own id", () => {
    const { awslogs } = cloudWatchEvent.parse({ awslogs: { data: pack(delivery) } });
    const origin = { log_group: "/aws/lambda/checkout", log_stream: "2026/11/25/[$LATEST]abc" };
    const from = "123456789012 /aws/lambda/checkout 2026/11/25/[$LATEST]abc";
    expect(readCloudWatchLogs(awslogs.data)).toEqual([
      {
        sourceId: "123456789012 /aws/lambda/checkout 1",
        from,
        at: at,
        event: {
          name: "app_log",
          occurred_at: at,
          level: "error",
          service: "checkout",
          message: "Payment 7 failed",
          template: "Payment * failed",
          properties: { ...origin, service: "checkout", order: "x" },
        },
      },
      {
        sourceId: "123456789012 /aws/lambda/checkout 2",
        from,
        at: at + 1,
        event: {
          name: "app_log",
          occurred_at: at + 1,
          level: "info",
          service: "checkout",
          message: "START RequestId: 5",
          template: "START RequestId: *",
          properties: { ...origin, service: "checkout" },
        },
      },
      {
        sourceId: "123456789012 /aws/lambda/checkout 3",
        from,
        at: at + 2,
        event: expect.objectContaining({ name: "access_log", status: 200, ip: "203.0.113.7" }),
      },
    ]);
  });

  test("of a control message are nothing, and damaged data is an error", () => {
    expect(readCloudWatchLogs(pack({ ...delivery, messageType: "CONTROL_MESSAGE" }))).toEqual([]);
    expect(() => readCloudWatchLogs("nonsense")).toThrow();
    expect(() => readCloudWatchLogs(pack({ ...delivery, logEvents: [{ id: 5 }] }))).toThrow();
  });
});

describe("Kafka's records", () => {
  const value = (text: string) => Buffer.from(text).toString("base64");
  const record = (offset: number, more: object) => ({
    topic: "orders",
    partition: 3,
    offset,
    timestamp: at,
    timestampType: "CREATE_TIME",
    headers: [],
    ...more,
  });
  const event = {
    eventSource: "aws:kafka",
    eventSourceArn: "arn:aws:kafka:ap-northeast-2:123456789012:cluster/c/1",
    bootstrapServers: "b-1:9092",
    records: {
      "orders-3": [
        record(15, { value: value('{"name":"payment","amount":5,"currency":"KRW"}') }),
        record(16, { value: value('{"name":"payment","amount":6,"currency":"KRW","occurred_at":7}') }),
        record(17, { value: value("not JSON at all") }),
        record(18, {}),
        record(19, { value: value("[1]"), timestamp: -1 }),
      ],
    },
  };

  test("are events, or logs of their topic, named by where they stand", () => {
    const read = readKafkaRecords(kafkaEvent.parse(event));
    expect(read.map(({ sourceId }) => sourceId.split(" ").slice(1).join(" "))).toEqual([
      `orders 3 15 ${at}`,
      `orders 3 16 ${at}`,
      `orders 3 17 ${at}`,
      "orders 3 19 ",
    ]);
    expect(read.map((one) => one.event)).toEqual([
      { name: "payment", amount: 5, currency: "KRW", occurred_at: at },
      { name: "payment", amount: 6, currency: "KRW", occurred_at: 7 },
      expect.objectContaining({ name: "app_log", service: "orders", message: "not JSON at all", occurred_at: at }),
      expect.objectContaining({ name: "app_log", service: "orders", message: "[1]" }),
    ]);
  });

  test("keep the digits of numbers that a double cannot hold", () => {
    const sent = '{"name":"order_placed","order_id":9007199254740993,"much":1e400}';
    const [read] = readKafkaRecords({
      ...kafkaEvent.parse(event),
      records: { a: [record(1, { value: value(sent) })] },
    });
    expect(JSON.stringify(read?.event)).toContain(sent.slice(1, -1));
  });

  test("whose producer writes null for what it does not know, are each an event of its own, at the record's time", () => {
    const sent = '{"name":"signup","event_id":null,"occurred_at":null}';
    const batchOf = (offset: number) => {
      const records = { a: [record(offset, { value: value(sent) })] };
      return batchesByMinute("kafka", readKafkaRecords({ ...kafkaEvent.parse(event), records }))[0]?.events[0];
    };
    const [first, second] = [batchOf(1), batchOf(2)];
    expect(first).toMatchObject({ name: "signup", event_id: expect.any(String), occurred_at: at });
    expect(second).toMatchObject({ event_id: expect.not.stringMatching(Object(first).event_id) });
    expect(batchOf(1)).toEqual(first);
  });

  test("of a topic that was made anew are others, although they stand where earlier ones stood", () => {
    const idOf = (timestamp: number) => {
      const records = { a: [record(1, { value: value("x"), timestamp })] };
      return readKafkaRecords({ ...kafkaEvent.parse(event), records })[0]?.sourceId;
    };
    expect(new Set([idOf(at), idOf(at), idOf(at + 1)]).size).toBe(2);
  });

  test("of a cluster of one's own are named after its servers", () => {
    const { eventSourceArn: _, ...own } = { ...event, eventSource: "SelfManagedKafka" };
    expect(readKafkaRecords(kafkaEvent.parse(own))[0]?.sourceId).toBe(`b-1:9092 orders 3 15 ${at}`);
  });
});
