/** What the status says about each source, after rows of all of them have gone through the whole of stage `local`. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Daymark, startDaymark } from "../browser/daymark.ts";
import { documentedRows } from "../fixtures/cloudfront-lines.ts";

let daymark: Daymark;
beforeAll(async () => {
  daymark = await startDaymark();
}, 180_000);
afterAll(() => daymark?.[Symbol.asyncDispose]());

const now = Date.now();
const minute = 60_000;
const bucket = "daymark-local-lake-000000000000";
const browser = { "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0.0.0 Safari/537.36" };
const base64 = (data: string | Uint8Array) => Buffer.from(data).toString("base64");
const send = (path: string, key: string, body: object | string, headers: Record<string, string> = {}) =>
  fetch(`${daymark.url}${path}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "x-write-key": key, "content-type": "application/json", ...browser, ...headers },
  }).then((answer) => answer.status);
async function invoke(key: string, event: object) {
  const path = `/2015-03-31/functions/daymark-local-${key}/invocations`;
  return (await fetch(`${daymark.awsUrl}${path}`, { method: "POST", body: JSON.stringify(event) })).json();
}
const logins = (length: number) => Array.from({ length }, () => ({ name: "login", occurred_at: now - 2 * minute }));
const lines = (length: number) =>
  Array.from({ length }, (_, i) =>
    JSON.stringify({
      time_iso8601: new Date(now - 3 * minute).toISOString(),
      request: `GET /${i} HTTP/1.1`,
      status: 200,
    }),
  );
const otlp = (length: number) => {
  const timeUnixNano = `${(now - 5 * minute) * 1_000_000}`;
  const logRecords = Array.from({ length }, (_, i) => ({ timeUnixNano, body: { stringValue: `disk ${i}` } }));
  return { resourceLogs: [{ scopeLogs: [{ logRecords }] }] };
};

async function sendFromEverySource() {
  for (let tries = 0; tries < 2; tries++) {
    await send("/v1/logs?host=a", "tk_local", otlp(5));
    await send("/v1/logs/access?host=a", "tk_local", [...lines(4), "no such line"].join("\n"), {
      "content-type": "text/plain",
    });
    await invoke("kafka", {
      eventSource: "aws:kafka",
      records: {
        "local-0": [7, 8, 9].map((offset) => ({
          topic: "local",
          partition: 0,
          offset,
          timestamp: now,
          value: base64('{"name":"login"}'),
        })),
      },
    });
    const [date = "", time = ""] = new Date(now - 4 * minute).toISOString().split(/[T.]/);
    const vended = [1, 2, 3].map((id) => ({ ...documentedRows[0], date, time, "x-edge-request-id": `${id}` }));
    await fetch(daymark.awsUrl, {
      method: "POST",
      headers: { "x-amz-target": "Firehose_20150804.PutRecord", "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify({
        DeliveryStreamName: "daymark-local-events-0",
        Record: { Data: base64(vended.map((row) => `${JSON.stringify(row)}\n`).join("")) },
      }),
    });
    const logEvents = [1, 2].map((id) => ({ id: `${id}`, timestamp: now - minute, message: `failed ${id}` }));
    const delivery = { messageType: "DATA_MESSAGE", owner: "1", logGroup: "/local", logStream: "a", logEvents };
    await invoke("cloudwatch", { awslogs: { data: base64(gzipSync(JSON.stringify(delivery))) } });
  }
  await fetch(`${daymark.awsUrl}/${bucket}/logs/access.log`, { method: "PUT", body: `${lines(6).join("\n")}\n` });
  const s3 = { bucket: { name: bucket }, object: { key: "logs/access.log" } };
  await invoke("buckets", { Records: [{ eventName: "ObjectCreated:Put", s3 }] });
  await send("/v1/logs/app?host=a", "tk_local", [{ date: now / 1000, log: "paid" }]);
  await send("/v1/events", "wk_local", [
    { name: "click", target: 42 },
    { name: "click", target: "a" },
    { name: "click", target: "b" },
  ]);
  await send("/v1/events", "tk_local", logins(7));
  await send("/v1/events", "tk_local", logins(8), { "x-daymark-source": "import" });
  await fetch(`${daymark.url}/v1/pixel.gif?key=wk_local&name=opened`, { headers: browser });
}

test("every source is told with its rows, without copies, when the last came and how late; together they are all", async () => {
  await sendFromEverySource();
  const statuses = [
    await send("/v1/logs/app", "wrong", [{ log: "x" }]),
    await send("/v1/events", "wrong", [{ name: "click" }], { "x-daymark-source": "kafka" }),
    await send("/v1/logs", "tk_local", "no JSON"),
  ];
  expect(statuses).toEqual([401, 401, 400]);
  type Source = {
    source: string;
    last_seen: string;
    lag_ms: number;
    last_7_days: Record<string, number>;
    today: object;
    refused: object[];
  };
  const read = async () => (await daymark.ask("/v1/status")).sources as unknown as Source[];
  const counts = async () => {
    // Refusals within five seconds of others are told with the next request.
    await send("/v1/logs/app", "tk_local", "");
    return Object.fromEntries((await read()).map((one) => [one.source, Object.values(one.last_7_days).join()]));
  };
  await expect.poll(counts, { timeout: 30_000 }).toEqual({
    apps: "2,1,1",
    pixel: "1,0,0",
    servers: "7,0,0",
    import: "8,0,0",
    otlp: "5,0,1",
    access_logs: "4,2,0",
    app_logs: "1,0,1",
    cloudwatch: "2,0,0",
    buckets: "6,0,0",
    cloudfront: "3,0,0",
    kafka: "3,0,0",
  });
  const sources = await read();
  const lags = new Map(sources.map((one) => [one.source, one.lag_ms]));
  for (const [source, behind] of [
    ["otlp", 5],
    ["access_logs", 3],
    ["cloudwatch", 1],
    ["buckets", 3],
    ["cloudfront", 4],
    ["servers", 2],
    ["kafka", 0],
    ["apps", 0],
  ] as const) {
    expect(lags.get(source), source).toBeGreaterThanOrEqual(behind * minute);
    expect(lags.get(source), source).toBeLessThan((behind + 1) * minute);
  }
  for (const { source, last_seen } of sources) {
    expect(Date.parse(last_seen), source).toBeGreaterThanOrEqual(now);
    expect(Date.parse(last_seen), source).toBeLessThanOrEqual(Date.now());
  }
  expect(sources.find(({ source }) => source === "otlp")?.refused).toEqual([{ reason: "unreadable", requests: 1 }]);
  expect(sources.find(({ source }) => source === "app_logs")?.refused).toEqual([{ reason: "key", requests: 1 }]);
  const rows = sources.reduce((sum, one) => sum + (one.last_7_days.rows ?? 0), 0);
  expect(await daymark.stored("is_copy is null")).toHaveLength(rows);
  const totals = await Promise.all(
    ["events", "requests", "app_logs"].map((name) => daymark.ask(`/v1/metrics/${name}`)),
  );
  expect(totals.reduce((sum, { total }) => sum + total, 0)).toBe(rows);
});
