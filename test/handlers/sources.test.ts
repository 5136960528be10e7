/**
 * The functions that AWS invokes with a source's events, with payloads as AWS documents them: rows out are compared
 * with rows in.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Context } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { eventsEnvironment } from "../../bench/traffic/events-environment.ts";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../local/faults.ts";
import { startS3 } from "../../local/s3/service.ts";
import { startLoopbackFirehose } from "../loopback-firehose.ts";

type Handler = (event: unknown, context: Context) => Promise<{ accepted: number; rejected: number }>;
const bucket = "example-logs";
const stack = new AsyncDisposableStack();
let firehose: Awaited<ReturnType<typeof startLoopbackFirehose>>;
let handlers: { cloudwatch: Handler; kafka: Handler; buckets: Handler };
let s3: S3Client;

beforeAll(async () => {
  firehose = stack.use(await startLoopbackFirehose({ "visitor-salt": "salt_secret" }));
  const home = await mkdtemp(join(tmpdir(), "daymark-sources-"));
  stack.defer(() => rm(home, { recursive: true }));
  const faults = createFaults();
  const invoke = () => Promise.reject(new Error("no function here"));
  const objects = await startS3({ home, buckets: [bucket], faults });
  const endpoint = stack.use(await startAwsEndpoint({ port: 0, services: [], invoke, s3: objects, faults }));
  const environment = {
    ...eventsEnvironment,
    AWS_ENDPOINT_URL: firehose.url,
    AWS_ENDPOINT_URL_S3: endpoint.url,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  s3 = new S3Client({});
  handlers = {
    cloudwatch: (await import("../../src/handlers/cloudwatch.ts")).handler,
    kafka: (await import("../../src/handlers/kafka.ts")).handler,
    buckets: (await import("../../src/handlers/buckets.ts")).handler,
  };
});
afterAll(async () => {
  vi.restoreAllMocks();
  s3.destroy();
  await stack.disposeAsync();
  vi.unstubAllEnvs();
});
beforeEach(() => firehose.clear());

const call = (key: keyof typeof handlers, event: unknown) => handlers[key](event, {} as Context);
const rows = () => firehose.rows("events-0");
const names = () => rows().map(({ event_id, batch_id }) => `${batch_id} ${event_id}`);
const at = Date.UTC(2026, 10, 25, 1, 6, 3);

describe("CloudWatch Logs", () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html
  const documented =
    "H4sIAAAAAAAAAHWPwQqCQBCGX0Xm7EFtK+smZBEUgXoLCdMhFtKV3akI8d0bLYmibvPPN3wz00CJxmQnTO41whwWQRIctmEcB6sQbFC3CjW3XW8kxpOpP+OC22d1Wml1qZkQGtoMsScxaczKN3plG8zlaHIta5KqWsozoTYw3/djzwhpLwivWFGHGpAFe7DL68JlBUk+l7KSN7tCOEJ4M3/qOI49vMHj+zCKdlFqLaU2ZHV2a4Ct/an0/ivdX8oYc1UVX860fQDQiMdxRQEAAA==";
  const pack = (logEvents: object[], messageType = "DATA_MESSAGE") => {
    const from = { owner: "123456789012", logGroup: "/aws/lambda/shop", logStream: "a", subscriptionFilters: ["all"] };
    return { awslogs: { data: gzipSync(JSON.stringify({ messageType, ...from, logEvents })).toString("base64") } };
  };
  const lines = (...ids: number[]) => ids.map((id) => ({ id: `${id}`, timestamp: at + id, message: `payment ${id}` }));

  test("come as AWS documents it: each event of the log is a row, at its own time", async () => {
    expect(await call("cloudwatch", { awslogs: { data: documented } })).toEqual({ accepted: 2, rejected: 0 });
    expect(rows().map((row) => [row.occurred_at, row.app, row.name, row.service, row.message])).toEqual([
      ["2015-08-24T19:03:07.000Z", "server", "app_log", "testLogGroup", "[ERROR] First test message"],
      ["2015-08-24T19:03:07.001Z", "server", "app_log", "testLogGroup", "[ERROR] Second test message"],
    ]);
  });

  test("are the same events when they come again, whatever comes beside them", async () => {
    await call("cloudwatch", pack(lines(1, 2, 3)));
    const first = names();
    firehose.clear();
    await call("cloudwatch", pack(lines(2, 3, 4)));
    expect(names().slice(0, 2)).toEqual(first.slice(1));
    expect(first).not.toContain(names()[2]);
  });

  test("of a control message are nothing; what is no delivery fails the invocation", async () => {
    expect(await call("cloudwatch", pack(lines(1), "CONTROL_MESSAGE"))).toEqual({ accepted: 0, rejected: 0 });
    await expect(async () => call("cloudwatch", { awslogs: { data: "x" } })).rejects.toThrow();
  });

  test("come again when Firehose does not take them", async () => {
    firehose.break(...Array.from({ length: 20 }, () => ({ error: "ServiceUnavailableException", status: 400 })));
    await expect(call("cloudwatch", pack(lines(1)))).rejects.toThrow();
  });
});

describe("Kafka", () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/with-msk-process.html
  const documented = {
    eventSource: "aws:kafka",
    eventSourceArn:
      "arn:aws:kafka:us-east-1:123456789012:cluster/vpc-2priv-2pub/751d2973-a626-431c-9d4e-d7975eb44dd7-2",
    bootstrapServers: "b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092",
    records: {
      "mytopic-0": [
        {
          topic: "mytopic",
          partition: 0,
          offset: 15,
          timestamp: 1545084650987,
          timestampType: "CREATE_TIME",
          key: "abcDEFghiJKLmnoPQRstuVWXyz1234==",
          value: "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
          headers: [{ headerKey: [104, 101, 97, 100, 101, 114, 86, 97, 108, 117, 101] }],
        },
      ],
    },
  };
  const record = (offset: number, value?: string) => ({
    topic: "mytopic",
    partition: 0,
    offset,
    timestamp: at + offset,
    timestampType: "CREATE_TIME",
    headers: [],
    ...(value === undefined ? {} : { value: Buffer.from(value).toString("base64") }),
  });
  const records = (...some: object[]) => ({ ...documented, records: { "mytopic-0": some } });
  const payment = (amount: number) => JSON.stringify({ name: "payment", amount, currency: "KRW" });

  test("brings its records as AWS documents them", async () => {
    expect(await call("kafka", documented)).toEqual({ accepted: 1, rejected: 0 });
    expect(rows()).toMatchObject([
      {
        name: "app_log",
        service: "mytopic",
        message: "Hello, this is a test.",
        occurred_at: "2018-12-17T22:10:50.987Z",
      },
    ]);
  });

  test("brings events, and an invalid record loses none of them", async () => {
    const poison = record(17, '{"name":"payment","amount":"much"}');
    const taken = await call("kafka", records(record(15, payment(5)), record(16), poison, record(18, payment(6))));
    expect(taken).toEqual({ accepted: 2, rejected: 1 });
    expect(rows().map(({ amount, occurred_at }) => [amount, occurred_at])).toEqual([
      [5, new Date(at + 15).toISOString()],
      [6, new Date(at + 18).toISOString()],
    ]);
    expect(firehose.rows("rejected").map(({ raw }) => JSON.parse(raw ?? "").amount)).toEqual(["much"]);
  });

  test("brings them again in other company, and they are the same", async () => {
    await call("kafka", records(record(15, payment(5)), record(16, payment(5))));
    const first = names();
    expect(new Set(first).size).toBe(2);
    firehose.clear();
    await call("kafka", records(record(16, payment(5)), record(17, payment(5))));
    expect(names()[0]).toBe(first[1]);
  });
});

describe("a bucket of access logs", () => {
  const put = async (key: string, body: string | Uint8Array) => {
    const { ETag = "" } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    return ETag.replaceAll('"', "");
  };
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
  const notification = (key: string, eTag: string, size = 1024) => ({
    Records: [
      {
        eventVersion: "2.1",
        eventSource: "aws:s3",
        awsRegion: "us-west-2",
        eventTime: "1970-01-01T00:00:00.000Z",
        eventName: "ObjectCreated:Put",
        s3: {
          s3SchemaVersion: "1.0",
          configurationId: "testConfigRule",
          bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
          object: { key: encodeURIComponent(key).replaceAll("%20", "+"), size, eTag, sequencer: "0A1B2C3D4E5F678901" },
        },
      },
    ],
  });
  const fields =
    "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol\n";
  const cloudFront = (id: number) =>
    `2026-11-25\t01:06:03\tICN54\t392\t203.0.113.7\tGET\td111.cloudfront.net\t/view/${id}\t200\t-\tMozilla/5.0\t-\t-\tHit\treq${id}\twww.example.com\thttps`;
  const alb = (id: number) =>
    `h2 2026-11-25T01:06:03.186641Z app/my-lb/50dc6c495c0c9188 203.0.113.7:2817 10.0.0.1:80 0.001 0.048 0.000 200 200 34 366 "GET https://www.example.com:443/view/${id} HTTP/2.0" "curl/8.5" - - arn:aws:elasticloadbalancing:x "Root=1-58337281-${id}" "www.example.com" "arn:aws:acm:x" 1 2026-11-25T01:06:03.186000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"`;
  const paths = (count: number) => Array.from({ length: count }, (_, id) => `/view/${id}`).sort();

  test.each([
    ["CloudFront", 1700, (ids: number[]) => fields + ids.map(cloudFront).join("\n")],
    ["a load balancer", 1700, (ids: number[]) => ids.map(alb).join("\n")],
  ])("of %s: each of its lines is a row, once however often it is told of", async (_, count, file) => {
    const key = `AWSLogs/a b+c/${count}é.log.gz`;
    const etag = await put(key, gzipSync(file(Array.from({ length: count }, (_, id) => id))));
    expect(await call("buckets", notification(key, etag))).toEqual({ accepted: count, rejected: 0 });
    expect(
      rows()
        .map(({ path }) => path)
        .sort(),
    ).toEqual(paths(count));
    const first = names();
    firehose.clear();
    await call("buckets", notification(key, etag));
    expect(names()).toEqual(first);
  });

  test("keeps a line that it cannot read, and counts the others", async () => {
    const etag = await put("plain.log", `${alb(0)}\nbroken\n${alb(1)}\n`);
    expect(await call("buckets", notification("plain.log", etag))).toEqual({ accepted: 2, rejected: 1 });
    expect(firehose.rows("rejected").map(({ raw }) => JSON.parse(raw ?? "").line)).toEqual(["broken"]);
  });

  test("tells nothing of objects that are gone, were replaced, are empty, or are no log", async () => {
    const etag = await put("old.log", alb(0));
    await put("old.log", alb(1));
    const others = [
      notification("old.log", etag),
      notification("never.log", "x"),
      notification("empty.log", "x", 0),
      notification("AWSLogs/1/ELBAccessLogTestFile", "x"),
      { Service: "Amazon S3", Event: "s3:TestEvent", Time: "2014-10-13T15:57:02.089Z", Bucket: bucket },
    ];
    for (const event of others) expect(await call("buckets", event)).toEqual({ accepted: 0, rejected: 0 });
  });

  test("is read again when its gzip is damaged", async () => {
    const packed = gzipSync(Array.from({ length: 3000 }, (_, id) => alb(id)).join("\n"));
    const etag = await put("damaged.log.gz", packed.subarray(0, packed.length / 2));
    await expect(call("buckets", notification("damaged.log.gz", etag))).rejects.toThrow();
  });
});
