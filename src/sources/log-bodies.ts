/**
 * The bodies that arrive at the three routes for logs, as events: OpenTelemetry's, access logs and applications' logs.
 * What is in no known form becomes an event that is rejected, and is stored as such: a bad line never affects its
 * neighbours.
 */
import { readRecords } from "./json-records.ts";
import { eventOfRecord } from "./log-record.ts";
import { readOtlpJson, readOtlpProtobuf } from "./otlp.ts";
import { appLogEvent, openAccessRecords } from "./shipped-logs.ts";

/** Reads a body. Throws a TypeError or a RangeError for an invalid OpenTelemetry request. */
export type ReadLogs = (body: Buffer, contentType: string) => unknown[];

export const logBodies = {
  "POST /v1/logs": (body, contentType) =>
    (isJson(contentType) ? readJson(body) : readOtlpProtobuf(body)).map(eventOfRecord),
  "POST /v1/logs/access": (body) => readAccess(readRecords(body.toString("utf8"))),
  "POST /v1/logs/app": (body) => readRecords(body.toString("utf8")).map(appLogEvent),
} satisfies Record<string, ReadLogs>;

export type LogRoute = keyof typeof logBodies;

export function isLogRoute(routeKey: string): routeKey is LogRoute {
  return Object.hasOwn(logBodies, routeKey);
}

/** Whether a content type is JSON; OpenTelemetry's other form is application/x-protobuf. */
export function isJson(contentType: string): boolean {
  return /^application\/json\b/i.test(contentType.trim());
}

function readAccess(records: readonly unknown[]): unknown[] {
  const read = openAccessRecords();
  return records.flatMap((record) => {
    const event = read(record);
    return event === "comment" ? [] : [event ?? { name: "access_log", record }];
  });
}

function readJson(body: Buffer) {
  try {
    return readOtlpJson(JSON.parse(body.toString("utf8")));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new TypeError(`Cannot read OTLP logs: ${cause.message}`, { cause });
    throw cause;
  }
}
