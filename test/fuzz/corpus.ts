/**
 * Where the fuzzer starts: requests as honest clients send them, to every route and to the local AWS endpoint. The
 * weights say how often each is used; expensive ones (a query that reaches Athena, a batch run) are rare.
 */

import { createTraffic } from "../../bench/traffic/traffic.ts";
import { pick, pickWeighted, type Random, timedUuid, uuid } from "../../tools/random.ts";

export type FuzzRequest = {
  port: "api" | "aws";
  method: string;
  path: string;
  /** Without the question mark. */
  query: string;
  headers: [name: string, value: string][];
  body: Buffer;
};

type Maker = (random: Random) => Partial<FuzzRequest>;

const traffic = createTraffic({ seed: 1, postings: 40 });
const bodies = Array.from(
  { length: 50 },
  (_, i) => traffic.next([1, 1, 1, 2, 3, 1, 1, 2, 1, 12][i % 10] ?? 1, Date.now()).body,
);
const metrics = ["page_views", "clicks", "impressions", "logins", "payments", "revenue", "visitors", "users"] as const;
const dimensions = ["app", "path", "target", "referrer_host", "utm_campaign", "country", "device", "status"] as const;
const days = ["2026-11-01", "2026-11-22", "2020-01-01", "2024-02-29"] as const;
const fields: readonly [string, ...string[]] = [
  "url",
  "target",
  "amount",
  "currency",
  "language",
  "properties",
  "visitor_id",
];
const json: [string, string] = ["content-type", "application/json"];
const reader: [string, string] = ["authorization", "Bearer rt_local"];

const makers: readonly [weight: number, make: Maker][] = [
  [480, collect],
  [60, customEvent],
  [20, accessLog],
  [130, pixel],
  [45, metric],
  [15, live],
  [15, () => ({ path: "/v1/metrics", headers: [reader] })],
  [4, () => ({ path: "/v1/status", headers: [reader] })],
  [10, () => ({ path: "/v1/health" })],
  [20, site],
  [15, preflight],
  [25, firehose],
  [15, dynamoDb],
  [15, athena],
  [1, athenaQuery],
  [6, invoke],
  [3, faults],
];

/** A valid request of a random kind with random details. */
export function validRequest(random: Random): FuzzRequest {
  const make = pickWeighted(random, makers) ?? collect;
  const base: FuzzRequest = { port: "api", method: "GET", path: "/", query: "", headers: [], body: Buffer.alloc(0) };
  return { ...base, ...make(random) };
}

function post(body: unknown, headers: [string, string][]): Partial<FuzzRequest> {
  return { method: "POST", path: "/v1/events", headers, body: Buffer.from(JSON.stringify(body)) };
}

function collect(random: Random): Partial<FuzzRequest> {
  const { events } = pick(random, [bodies[0] ?? { events: [] }, ...bodies]);
  const own = events.map((event) => ({ ...event, event_id: uuid(random) }));
  const body = { batch_id: timedUuid(random, Date.now()), sent_at: new Date().toISOString(), events: own };
  const key: [string, string] = ["x-write-key", random() < 0.8 ? "wk_local" : "tk_local"];
  if (random() < 0.05) for (const one of [body, ...own]) Object.assign(one, extremeTimes(random));
  const origin: [string, string][] = key[1] === "tk_local" ? [] : [["origin", "https://jobs.example.com"]];
  if (random() < 0.7) return post(body, [json, key, ...origin]);
  return { ...post(random() < 0.5 ? own : own[0], [["content-type", "text/plain"]]), query: "key=wk_local" };
}

/** Each may be valid, but together they may be impossible. */
function extremeTimes(random: Random): object {
  const years = ["9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z"] as const;
  const times: readonly [number, ...(number | string)[]] = [8.64e15, -8.64e15, 0, ...years];
  return { sent_at: pick(random, times), occurred_at: pick(random, times) };
}

function customEvent(random: Random): Partial<FuzzRequest> {
  const properties = { plan: "pro", nested: { list: [1, 2.5, null, true], text: "채용 ✓" } };
  const event = { name: "signed_up", occurred_at: Date.now(), visitor_id: `v${random()}`, amount: -5, currency: "EUR" };
  return post({ events: [{ ...event, properties, more: "…" }] }, [json, ["x-write-key", "wk_local"]]);
}

function accessLog(random: Random): Partial<FuzzRequest> {
  const event = { name: "access_log", method: "GET", path: `/p/${Math.floor(random() * 9)}`, status: 200, bytes: 10 };
  return post([{ ...event, ip: "203.0.113.9", user_agent: "curl/8" }], [json, ["x-write-key", "tk_local"]]);
}

function pixel(random: Random): Partial<FuzzRequest> {
  const own = {
    url: "https://example.com/a?utm_source=x",
    target: "a",
    amount: "12",
    currency: "KRW",
    properties: "{}",
  };
  const query = new URLSearchParams({
    key: "wk_local",
    name: pick(random, ["page_view", "click", "opened", "payment"]),
  });
  for (const [name, value] of Object.entries(own)) if (random() < 0.5) query.append(name, value);
  query.append(pick(random, fields as [string, ...string[]]), "more");
  return { path: "/v1/pixel.gif", query: String(query), headers: [["referer", "https://example.com/mail"]] };
}

function metric(random: Random): Partial<FuzzRequest> {
  const query = new URLSearchParams();
  if (random() < 0.7) query.append("from", pick(random, days));
  if (random() < 0.5) query.append("to", pick(random, days));
  if (random() < 0.4) query.append("by", pick(random, dimensions));
  if (random() < 0.3) query.append(pick(random, dimensions), "x");
  if (random() < 0.2) query.append("interval", "day");
  if (random() < 0.2) query.append("limit", "10");
  return { path: `/v1/metrics/${pick(random, metrics)}`, query: String(query), headers: [reader] };
}

function live(random: Random): Partial<FuzzRequest> {
  return { path: `/v1/live/${pick(random, metrics)}`, query: "minutes=30", headers: [reader] };
}

function site(random: Random): Partial<FuzzRequest> {
  const path = pick(random, ["/", "/beacon.js", "/beacon.mjs", "/demo", "/demo/postings/1", "/assets/app.js"]);
  return { path, headers: [["accept-encoding", pick(random, ["br", "gzip;q=0.5, *", "identity"])]] };
}

function preflight(): Partial<FuzzRequest> {
  const headers: [string, string][] = [
    ["origin", "https://a.example"],
    ["access-control-request-method", "POST"],
  ];
  return { method: "OPTIONS", path: "/v1/events", headers };
}

function aws(target: string, input: object): Partial<FuzzRequest> {
  const headers: [string, string][] = [
    ["content-type", "application/x-amz-json-1.1"],
    ["x-amz-target", target],
  ];
  return { port: "aws", method: "POST", headers, body: Buffer.from(JSON.stringify(input)) };
}

function firehose(random: Random): Partial<FuzzRequest> {
  const Data = Buffer.from(`{"name":"fuzz","day":"2026-11-22","event_id":"${uuid(random)}"}\n`).toString("base64");
  const DeliveryStreamName = "daymark-local-rejected";
  const calls: Record<string, object> = {
    PutRecord: { DeliveryStreamName, Record: { Data } },
    PutRecordBatch: { DeliveryStreamName, Records: [{ Data }, { Data }] },
    DescribeDeliveryStream: { DeliveryStreamName },
    ListDeliveryStreams: { Limit: 10 },
  };
  const name = pick(random, ["PutRecord", "PutRecordBatch", "DescribeDeliveryStream", "ListDeliveryStreams"]);
  return aws(`Firehose_20150804.${name}`, calls[name] ?? {});
}

function dynamoDb(random: Random): Partial<FuzzRequest> {
  const TableName = "daymark-local";
  const Key = { pk: { S: "fuzz" }, sk: { S: String(Math.floor(random() * 20)) } };
  const names = { ExpressionAttributeNames: { "#n": "n" }, ExpressionAttributeValues: { ":d": { N: "1" } } };
  const query = {
    TableName,
    KeyConditionExpression: "pk = :p",
    ExpressionAttributeValues: { ":p": { S: "fuzz" } },
    Limit: 5,
  };
  const calls: Record<string, object> = {
    GetItem: { TableName, Key, ConsistentRead: true },
    PutItem: { TableName, Item: { ...Key, n: { N: "1" }, s: { SS: ["a"] }, b: { B: "AAEC" } } },
    UpdateItem: { TableName, Key, UpdateExpression: "ADD #n :d", ...names },
    DeleteItem: { TableName, Key },
    Query: query,
    Scan: { TableName, Limit: 3 },
    BatchGetItem: { RequestItems: { [TableName]: { Keys: [Key] } } },
    TransactWriteItems: { TransactItems: [{ Delete: { TableName, Key } }] },
    TransactGetItems: { TransactItems: [{ Get: { TableName, Key } }] },
    DescribeTable: { TableName },
    DescribeTimeToLive: { TableName },
    ListTables: {},
  };
  const name = pick(random, Object.keys(calls) as [string, ...string[]]);
  return aws(`DynamoDB_20120810.${name}`, calls[name] ?? {});
}

function athena(random: Random): Partial<FuzzRequest> {
  const QueryExecutionId = uuid(random);
  const calls: Record<string, object> = {
    GetQueryExecution: { QueryExecutionId },
    BatchGetQueryExecution: { QueryExecutionIds: [QueryExecutionId] },
    GetQueryResults: { QueryExecutionId, MaxResults: 10 },
    StopQueryExecution: { QueryExecutionId },
    ListQueryExecutions: { WorkGroup: "daymark-local", MaxResults: 5 },
  };
  const name = pick(random, Object.keys(calls) as [string, ...string[]]);
  return aws(`AmazonAthena.${name}`, calls[name] ?? {});
}

function athenaQuery(random: Random): Partial<FuzzRequest> {
  const query = pick(random, [
    "select count(*) as n from events where dt = ? and name = ?",
    "select dt, metric, value from rollups where dt between ? and ? limit 5",
  ]);
  const input = { QueryString: query, ExecutionParameters: ["'2026-11-22'", "'click'"], WorkGroup: "daymark-local" };
  return aws("AmazonAthena.StartQueryExecution", { ...input, QueryExecutionContext: { Database: "daymark_local" } });
}

function invoke(random: Random): Partial<FuzzRequest> {
  const name = pick(random, ["health", "stream", "collect", "query", "daymark-local-health"]);
  const event = { records: [{ recordId: "r1", approximateArrivalTimestamp: Date.now(), data: "e30K" }] };
  const body = Buffer.from(JSON.stringify(name === "stream" ? event : { routeKey: "GET /v1/health", headers: {} }));
  return { port: "aws", method: "POST", path: `/2015-03-31/functions/${name}/invocations`, body };
}

/** At a point that no service passes: the effect of faults is tested elsewhere. */
function faults(): Partial<FuzzRequest> {
  const rule = { point: "fuzz.nowhere", action: "delay", probability: 0.5, times: 1, delayMs: 1, where: { a: 1 } };
  return { port: "aws", method: "POST", path: "/_daymark/faults", body: Buffer.from(JSON.stringify([rule])) };
}
