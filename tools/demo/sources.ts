/**
 * Some rows from each source, in the bytes in which it comes, and how each is found again: no other source has its
 * service or host.
 */
import { gzipSync } from "node:zlib";
import { cloudFrontFile, cloudFrontLines, combinedLine, type Line, loadBalancerLine } from "./access-lines.ts";
import { type OtlpLogs, otlpJson, otlpProtobuf } from "./otlp-body.ts";

/**
 * A request to the API, a record on a stream, or an invocation of a function, for which a file may have to be in the
 * lake's bucket.
 */
export type Delivery =
  | { stream: string; data: string }
  | { path: string; contentType: string; encoding?: "gzip"; body: string | Uint8Array<ArrayBuffer> }
  | { functionKey: string; event: (bucket: string) => object; file?: { key: string; body: Uint8Array<ArrayBuffer> } };
export type DemoSource = {
  name: string;
  rows: number;
  /** The metric that counts its rows, and the group that has them alone: `service=demo-vector`. */
  metric: string;
  group: string;
  /** The stage's parameter that turns the source on. */
  parameter: string;
  delivery: Delivery;
};

const rows = 12;

/** Every source with its rows of the last seconds before `now` (epoch ms), which also tells one run from another. */
export function demoSources(now: number): DemoSource[] {
  return [...otlp(now), ...shippedAppLogs(now), ...shippedAccessLogs(now), ...delivered(now)];
}

function otlp(now: number): DemoSource[] {
  const logs = (service: string): OtlpLogs => ({
    service,
    records: messages(now).map(({ time, level, text }) => ({ time, severity: level === "error" ? 17 : 9, text })),
  });
  const of = (form: string, contentType: string, write: (logs: OtlpLogs) => string | Buffer): DemoSource => {
    const service = `demo-otlp-${form.toLowerCase()}`;
    const body = new Uint8Array(Buffer.from(write(logs(service))));
    return { ...appLogs(`OpenTelemetry, ${form}`, service), delivery: { path: "/v1/logs", contentType, body } };
  };
  return [of("JSON", "application/json", otlpJson), of("protobuf", "application/x-protobuf", otlpProtobuf)];
}

function shippedAppLogs(now: number): DemoSource[] {
  const of = (name: string, service: string, toRecord: (message: Message) => object): DemoSource => ({
    ...appLogs(name, service),
    delivery: shipped("/v1/logs/app?host=demo", messages(now).map(toRecord)),
  });
  return [
    of("Fluent Bit, application", "demo-fluent-bit", ({ time, level, text }) => {
      return { date: time / 1000, log: text, level, service: "demo-fluent-bit" };
    }),
    of("Vector, application", "demo-vector", ({ time, level, text }) => {
      const timestamp = new Date(time).toISOString();
      return { timestamp, message: text, level, host: "demo", service: "demo-vector", source_type: "docker_logs" };
    }),
  ];
}

function shippedAccessLogs(now: number): DemoSource[] {
  const of = (name: string, host: string, write: (lines: Line[]) => Delivery): DemoSource => ({
    ...accessLogs(name, host),
    parameter: "logs=on",
    delivery: write(requests(now, host)),
  });
  const path = "/v1/logs/access?host=demo";
  return [
    of("Access log, plain lines", "lines.demo.example", (lines) => {
      return { path, contentType: "text/plain", body: lines.map((line) => `${combinedLine(line)}\n`).join("") };
    }),
    of("Fluent Bit, access log", "fluent-bit.demo.example", (lines) =>
      shipped(
        path,
        lines.map((line) => ({ date: line.time / 1000, log: combinedLine(line) })),
      ),
    ),
    of("Vector, access log", "vector.demo.example", (lines) =>
      shipped(
        path,
        lines.map((line) => {
          const timestamp = new Date(line.time).toISOString();
          return { timestamp, message: combinedLine(line), host: "demo", source_type: "file" };
        }),
      ),
    ),
  ];
}

/** What AWS invokes functions with. */
function delivered(now: number): DemoSource[] {
  return [
    {
      ...appLogs("CloudWatch log group", "demo-cloudwatch"),
      parameter: "logGroups",
      delivery: { functionKey: "cloudwatch", event: () => cloudWatchEvent(now) },
    },
    {
      ...{ name: "Kafka topic", rows, metric: "events", group: "name=demo_order", parameter: "kafkaCluster" },
      delivery: { functionKey: "kafka", event: () => kafkaEvent(now) },
    },
    bucketFile(now, "S3 file of a load balancer", "alb.demo.example", (lines) =>
      lines.map((line) => `${loadBalancerLine(line)}\n`).join(""),
    ),
    bucketFile(now, "S3 file of CloudFront", "cloudfront.demo.example", cloudFrontFile),
    {
      ...accessLogs("CloudFront by Firehose", "cdn.demo.example"),
      parameter: "cloudfront",
      delivery: { stream: "daymark-local-events-0", data: cloudFrontLines(requests(now, "cdn.demo.example")) },
    },
  ];
}

function cloudWatchEvent(now: number): object {
  const logEvents = messages(now).map(({ time, level, text }, i) => {
    return { id: `${now}-${i}`, timestamp: time, message: JSON.stringify({ level, msg: text }) };
  });
  const from = { owner: "000000000000", logGroup: "/aws/lambda/demo-cloudwatch", logStream: "demo" };
  const delivery = { messageType: "DATA_MESSAGE", ...from, subscriptionFilters: ["demo"], logEvents };
  return { awslogs: { data: gzipSync(JSON.stringify(delivery)).toString("base64") } };
}

function kafkaEvent(now: number): object {
  const value = Buffer.from(JSON.stringify({ name: "demo_order", target: "order" })).toString("base64");
  const records = messages(now).map(({ time }, i) => {
    const place = { topic: "orders", partition: 0, offset: now * rows + i };
    return { ...place, timestamp: time, timestampType: "CREATE_TIME", value, headers: [] };
  });
  return { eventSource: "aws:kafka", eventSourceArn: "arn:demo", records: { "orders-0": records } };
}

function bucketFile(now: number, name: string, host: string, write: (lines: Line[]) => string): DemoSource {
  const file = { key: `demo-logs/${host}-${now}.gz`, body: new Uint8Array(gzipSync(write(requests(now, host)))) };
  const event = (bucket: string) => {
    const s3 = { bucket: { name: bucket }, object: { key: file.key, size: file.body.length } };
    return { Records: [{ eventSource: "aws:s3", eventName: "ObjectCreated:Put", s3 }] };
  };
  return { ...accessLogs(name, host), parameter: "logBuckets", delivery: { functionKey: "buckets", event, file } };
}

function appLogs(name: string, service: string) {
  return { name, rows, metric: "app_logs", group: `service=${service}`, parameter: "logs=on" };
}

function accessLogs(name: string, host: string) {
  return { name, rows, metric: "requests", group: `host=${host}` };
}

/** With the settings that docs/sources.md names: lines of JSON, packed. */
function shipped(path: string, records: readonly object[]): Delivery {
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  return { path, contentType: "application/x-ndjson", encoding: "gzip", body: new Uint8Array(gzipSync(lines)) };
}

type Message = { time: number; level: "info" | "error"; text: string };

function messages(now: number): Message[] {
  return Array.from({ length: rows }, (_, i) => {
    const isError = i % 4 === 3;
    const text = isError ? `payment ${i} failed` : `payment ${i} took ${i * 7} ms`;
    return { time: now - rows + i, level: isError ? "error" : "info", text };
  });
}

/** Each of its own path: lines without an id are told apart by their text, and their times have whole seconds. */
function requests(now: number, host: string): Line[] {
  return Array.from({ length: rows }, (_, i) => {
    return {
      time: now - rows + i,
      host,
      path: `/jobs/${i}`,
      status: i % 4 === 3 ? 404 : 200,
      id: `${host}-${now}-${i}`,
    };
  });
}
