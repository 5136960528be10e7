/**
 * Events from sources on AWS, through the whole of stage `local`: invoked as docs/sources.md says, counted, stored in
 * the lake, and only once.
 */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Daymark, startDaymark } from "../browser/daymark.ts";
import { documentedRows } from "../fixtures/cloudfront-lines.ts";

let daymark: Daymark;
beforeAll(async () => {
  daymark = await startDaymark();
}, 180_000);
afterAll(() => daymark?.[Symbol.asyncDispose]());

const bucket = "daymark-local-lake-000000000000";
async function invoke(key: string, event: object) {
  const path = `/2015-03-31/functions/daymark-local-${key}/invocations`;
  const answer = await fetch(`${daymark.awsUrl}${path}`, { method: "POST", body: JSON.stringify(event) });
  return await answer.json();
}
const base64 = (data: string | Uint8Array) => Buffer.from(data).toString("base64");
const now = Date.now();

/** Puts a record on the events stream, as AWS does with logs of CloudFront. */
async function vend(...rows: object[]) {
  const data = base64(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const answer = await fetch(daymark.awsUrl, {
    method: "POST",
    headers: { "x-amz-target": "Firehose_20150804.PutRecord", "content-type": "application/x-amz-json-1.1" },
    body: JSON.stringify({ DeliveryStreamName: "daymark-local-events-0", Record: { Data: data } }),
  });
  expect(answer.status).toBe(200);
}

test("CloudFront's logs come straight from Firehose: each line once, a bad one rejected alone", async () => {
  const [date = "", time = ""] = new Date(now).toISOString().split(/[T.]/);
  const row = (id: string) => ({
    ...documentedRows[0],
    date,
    time,
    "x-host-header": "cdn.example",
    "x-edge-request-id": id,
    "cs-uri-stem": `/${id}`,
  });
  await vend(row("a"), row("b"), { ...row("bad"), "sc-status": "none" });
  await vend(row("b"), row("a"), row("c"));
  await vend({ ...row("worse"), time: "25:00" });
  const totalOf = async () => (await daymark.ask("/v1/metrics/requests?host=cdn.example")).total;
  await expect.poll(totalOf, { timeout: 30_000 }).toBe(3);
  const paths = async () => (await daymark.stored("host = 'cdn.example' AND is_copy IS NULL")).map(({ path }) => path);
  await expect.poll(async () => (await paths()).sort(), { timeout: 30_000 }).toEqual(["/a", "/b", "/c"]);
  const rejected = () => daymark.query("SELECT reason, raw FROM rejected ORDER BY reason, raw");
  await expect.poll(async () => (await rejected()).length, { timeout: 30_000 }).toBe(2);
  expect(JSON.stringify(await rejected())).not.toContain("203.0.113.7");
  const sources = (await daymark.ask("/v1/status")).sources as { source: string; last_7_days: object }[];
  expect(sources.find(({ source }) => source === "cloudfront")?.last_7_days).toEqual({
    rows: 3,
    rejected: 2,
    refused: 0,
  });
});

test("log groups, Kafka's topics and files of buckets are rows of the lake, once however often they come", async () => {
  const logEvents = [1, 2].map((id) => ({ id: `${id}`, timestamp: now + id, message: `failed ${id}` }));
  const delivery = { messageType: "DATA_MESSAGE", owner: "1", logGroup: "/local", logStream: "a", logEvents };
  const value = base64('{"name":"payment","amount":5,"currency":"KRW"}');
  const records = [7, 8].map((offset) => ({ topic: "local", partition: 0, offset, timestamp: now, value }));
  const line = (path: string) =>
    `https ${new Date(now).toISOString()} app/lb/1 203.0.113.7:1 10.0.0.1:80 0 0 0 200 200 34 366 "GET https://e.com:443${path} HTTP/2.0" "curl/8.5" - - - "Root=1-${path}" "-" "-" 0 - "forward" "-" "-" "-" "-" "-" "-"`;
  const file = new Uint8Array(gzipSync(`${line("/a")}\n${line("/b")}\n`));
  const put = await fetch(`${daymark.awsUrl}/${bucket}/logs/lb.log.gz`, { method: "PUT", body: file });
  const object = { key: "logs/lb.log.gz", eTag: (put.headers.get("etag") ?? "").replaceAll('"', "") };
  for (let tries = 0; tries < 2; tries++) {
    const answers = [
      await invoke("cloudwatch", { awslogs: { data: base64(gzipSync(JSON.stringify(delivery))) } }),
      await invoke("kafka", { eventSource: "aws:kafka", eventSourceArn: "arn:a", records: { "local-0": records } }),
      await invoke("buckets", {
        Records: [{ eventName: "ObjectCreated:Put", s3: { bucket: { name: bucket }, object } }],
      }),
    ];
    expect(answers).toEqual(answers.map(() => ({ accepted: 2, rejected: 0 })));
  }
  const totalOf = (question: string) => async () => (await daymark.ask(`/v1/metrics/${question}`)).total;
  await expect.poll(totalOf("app_logs"), { timeout: 30_000 }).toBe(2);
  await expect.poll(totalOf("revenue?currency=KRW"), { timeout: 30_000 }).toBe(10);
  await expect.poll(totalOf("requests?host=e.com"), { timeout: 30_000 }).toBe(2);
  const stored = await daymark.stored("is_copy is null and coalesce(host, 'e.com') = 'e.com'");
  expect(stored.map(({ name, message, amount, path }) => `${name} ${message ?? amount ?? path}`).sort()).toEqual([
    "access_log /a",
    "access_log /b",
    "app_log failed 1",
    "app_log failed 2",
    "payment 5",
    "payment 5",
  ]);
});
