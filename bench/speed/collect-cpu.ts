/**
 * What the collect function costs per event: the packaged bundle, with the AWS SDK calling a Firehose in another
 * process.
 */
import { pathToFileURL } from "node:url";
import { FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { packageStage } from "../../local/package-stage.ts";
import { root, run, said } from "../process/child.ts";
import type { Bench, Row } from "../report.ts";
import { recordsOf } from "../traffic/batches.ts";
import { eventsEnvironment } from "../traffic/events-environment.ts";
import { createTraffic, type TrafficRequest } from "../traffic/traffic.ts";
import { cpuMs, inTurns } from "./rounds.ts";

type Handler = (event: APIGatewayProxyEventV2, context: object) => Promise<APIGatewayProxyStructuredResultV2>;

const ROUNDS = 9;
/**
 * Events per request, requests per round, and what an event may cost beyond the SDK's call, as a multiple of its JSON.
 */
const sizes: { events: number; requests: number; atMost?: number }[] = [
  { events: 1, requests: 400 },
  { events: 20, requests: 120 },
  { events: 100, requests: 60, atMost: 3 },
];

export const collectCpu: Bench = {
  title: "collect handler with the SDK putting to a loopback Firehose, CPU per event",
  async run() {
    const firehose = run(["bench/traffic/loopback-firehose.ts"]);
    try {
      setEnvironment(await said(firehose, /Firehose on (\S+)/));
      const handler = await loadHandler();
      const client = new FirehoseClient({});
      const rows: Row[] = [];
      for (const size of sizes) rows.push(...(await measure(size, handler, client)));
      return rows;
    } finally {
      firehose.process.kill();
    }
  },
};

async function measure({ events, requests, atMost }: (typeof sizes)[number], handler: Handler, client: FirehoseClient) {
  const traffic = createTraffic({ seed: events });
  const made = Array.from({ length: requests }, () => traffic.next(events, Date.now()));
  const calls = made.map(toApiEvent);
  const records = made.map((request) => recordsOf(request, Date.now()));
  const perEvent = (work: () => Promise<void>) => async () => (await cpuMs(work)) / requests / events;
  const cpu = await inTurns(ROUNDS, {
    handler: perEvent(async () => {
      for (const call of calls) await expectAccepted(handler(call, {}));
    }),
    sdk: perEvent(async () => {
      for (const Records of records)
        await client.send(
          new PutRecordBatchCommand({ DeliveryStreamName: "events", Records: Records.map((Data) => ({ Data })) }),
        );
    }),
    json: perEvent(async () => {
      for (const { body } of calls) JSON.stringify(JSON.parse(body ?? ""));
    }),
  });
  const request = events === 1 ? "1 event a request" : `${events} events a request`;
  return [
    { what: request, measured: cpu.handler, unit: "ms/event" },
    { what: "  floor: the SDK's call as it comes", measured: cpu.sdk, unit: "ms/event" },
    { what: "  floor: JSON.parse and stringify", measured: cpu.json, unit: "ms/event" },
    {
      what: "  beyond the SDK's call, in times of the JSON",
      measured: (cpu.handler - cpu.sdk) / cpu.json,
      unit: "×",
      ...(atMost !== undefined && { atMost }),
    },
  ];
}

async function loadHandler(): Promise<Handler> {
  const packaged = await packageStage("local", { root });
  const bundle: { handler: Handler } = await import(
    pathToFileURL(packaged.bundle("collect", "src/handlers/collect.handler")).href
  );
  return bundle.handler;
}

async function expectAccepted(answer: ReturnType<Handler>): Promise<void> {
  const { statusCode, body } = await answer;
  if (statusCode !== 202) throw new Error(`Cannot measure collect: it answered ${statusCode} ${body}`);
}

function toApiEvent({ userAgent, acceptLanguage, body }: TrafficRequest): APIGatewayProxyEventV2 {
  const http = { method: "POST", path: "/v1/events", protocol: "HTTP/1.1", sourceIp: "203.0.113.7", userAgent };
  const routeKey = "POST /v1/events";
  const browser = { "user-agent": userAgent, "accept-language": acceptLanguage };
  return {
    version: "2.0",
    routeKey,
    rawPath: "/v1/events",
    rawQueryString: "",
    headers: { "content-type": "application/json", "x-write-key": "wk_local", ...browser },
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: "localhost",
      domainPrefix: "local",
      http,
      requestId: "request",
      routeKey,
      stage: "$default",
      time: "22/Nov/2026:03:00:00 +0000",
      timeEpoch: Date.now(),
    },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  };
}

/**
 * Sets the environment of a function of stage `local`. The bundle reads it once, when it is loaded, so this comes
 * first.
 */
export function setEnvironment(endpoint: string): void {
  Object.assign(process.env, collectEnvironment, { AWS_ENDPOINT_URL: endpoint });
}

export const collectEnvironment = {
  ...eventsEnvironment,
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  LOG_LEVEL: "warn",
  TABLE: "none",
  EVENTS_STREAMS: "daymark-local-events-0",
  REJECTED_STREAM: "daymark-local-rejected",
  // In this traffic people sign in, and pay.
  APPS: JSON.stringify([
    { app: "web", key: "wk_local", origins: ["*"], names: ["page_view", "click", "impression", "login", "payment"] },
  ]),
  TRUSTED_KEY_SECRET: "trusted-key",
  EDGE: "none",
  EVENTS_PER_MINUTE: "0",
  BYTES_PER_MINUTE: "0",
};
