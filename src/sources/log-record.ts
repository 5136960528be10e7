/**
 * One log record, from any shipper, and the event that it becomes: an `access_log` if it says how a server answered a
 * request, an event with a name of its own if it has one, otherwise an `app_log`.
 */
import type { logLevels } from "../schemas/events/app-log.ts";
import type { EventInput } from "../schemas/events/event.ts";
import { MAX_ID_LENGTH, MAX_MESSAGE_LENGTH } from "../schemas/events/fields.ts";
import { accessEvent } from "./access/access-event.ts";
import { messageTemplate } from "./message-template.ts";

type Level = (typeof logLevels)[number];

export type LogRecord = {
  /** Epoch ms; absent if the record has no time. */
  instant?: number | undefined;
  level?: string | undefined;
  service?: string | undefined;
  message?: string | undefined;
  /** The record's event name, as in OpenTelemetry. */
  eventName?: string | undefined;
  traceId?: string | undefined;
  spanId?: string | undefined;
  attributes: Readonly<Record<string, unknown>>;
};

/**
 * The levels that are counted, by the names that loggers use for them; pino and bunyan use tens, syslog one digit.
 * https://opentelemetry.io/docs/specs/otel/logs/data-model/
 */
const levels = new Map<string, Level>(
  Object.entries({
    trace: ["trace", "trc", "finest", "verbose", "10"],
    debug: ["debug", "dbg", "fine", "finer", "d", "20", "7"],
    info: ["info", "inf", "information", "informational", "notice", "i", "30", "6", "5"],
    warn: ["warn", "warning", "wrn", "w", "40", "4"],
    error: ["error", "err", "severe", "e", "50", "3"],
    fatal: ["fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "f", "60", "2", "1", "0"],
  } satisfies Record<Level, string[]>).flatMap(([level, names]) =>
    names.map((name) => [name, level as Level] as const),
  ),
);

const MAX_NAME_LENGTH = 64;

/** The event of a record. Never fails: what does not fit goes into `properties`, where it is checked like any other. */
export function eventOfRecord(record: LogRecord): EventInput {
  const { instant, attributes, traceId, spanId } = record;
  const time = instant === undefined ? {} : { occurred_at: instant };
  const traces = { ...(traceId && { trace_id: traceId }), ...(spanId && { span_id: spanId }) };
  const access = readAccess(attributes, instant);
  if (access !== undefined) return { ...access.event, ...time, properties: { ...access.rest, ...traces } };
  const name = record.eventName === undefined ? undefined : eventNameOf(record.eventName);
  if (name !== undefined && record.eventName !== undefined)
    return { name, ...time, properties: { ...attributes, ...traces, ...named(name, record.eventName) } };
  const message = record.message ?? "";
  return {
    name: "app_log",
    ...time,
    level: levelOf(record.level),
    ...(record.service && { service: record.service.slice(0, MAX_ID_LENGTH) }),
    message: message.slice(0, MAX_MESSAGE_LENGTH),
    template: messageTemplate(message),
    properties: { ...attributes, ...traces },
  };
}

/** One of trace, debug, info, warn, error and fatal. An unknown level is `info`, because it was worth a line. */
export function levelOf(text: string | undefined): Level {
  return levels.get((text ?? "").trim().toLowerCase()) ?? "info";
}

function eventNameOf(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^[^a-z]+/, "")
    .slice(0, MAX_NAME_LENGTH);
  // Events with these names need fields that a log does not have.
  return name === "" || reserved.has(name) ? undefined : name;
}

const reserved = new Set(["page_view", "click", "impression", "payment", "login", "access_log", "app_log"]);

function named(name: string, original: string): Record<string, string> {
  return name === original ? {} : { event_name: original };
}

/**
 * OpenTelemetry's names for the fields of an access log: the current ones, and those from before 2023.
 * https://opentelemetry.io/docs/specs/semconv/http/
 */
const httpNames = {
  status: ["http.response.status_code", "http.status_code"],
  method: ["http.request.method", "http.method"],
  path: ["url.path", "http.target"],
  query: ["url.query"],
  full: ["url.full", "http.url"],
  host: ["server.address", "http.host", "net.host.name"],
  scheme: ["url.scheme", "http.scheme"],
  client: ["client.address", "http.client_ip", "network.peer.address", "net.sock.peer.addr"],
  userAgent: ["user_agent.original", "http.user_agent"],
  bytes: ["http.response.body.size", "http.response.size", "http.response_content_length"],
  referrer: ["http.request.header.referer"],
} as const;

const httpKeys = new Set<string>(Object.values(httpNames).flat());

function readAccess(attributes: LogRecord["attributes"], instant: number | undefined) {
  const find = (name: keyof typeof httpNames) => textOf(httpNames[name].map((key) => attributes[key]));
  const status = find("status");
  if (status === undefined || !/^[1-5]\d\d$/.test(status)) return undefined;
  const [path, query] = [find("path"), find("query")];
  const target = find("full") ?? (path === undefined ? undefined : `${path}${query ? `?${query}` : ""}`);
  const event = accessEvent({
    time: instant ?? 0,
    status,
    clients: [find("client") ?? ""],
    host: find("host"),
    scheme: find("scheme"),
    method: find("method"),
    target,
    bytes: find("bytes"),
    referrer: find("referrer"),
    userAgent: find("userAgent"),
  });
  const { occurred_at: _, ...untimed } = event;
  const rest = Object.fromEntries(Object.entries(attributes).filter(([key]) => !httpKeys.has(key)));
  return { event: untimed, rest };
}

function textOf(values: readonly unknown[]): string | undefined {
  const value = values.flat().find((one) => one !== undefined && one !== null && one !== "");
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint"
    ? String(value)
    : undefined;
}
