/**
 * Records as Fluent Bit, Vector, Fluentd and others send them: the collected text is in one field, and what they know
 * about its origin in others. A record of an access log is a line in a known format, the fields of a JSON access log,
 * or what the shipper's own parser made of a line.
 */
import type { EventInput } from "../schemas/events/event.ts";
import { withPlainNumbers } from "../schemas/exact-json.ts";
import { withoutLeapSecond } from "../schemas/instant.ts";
import { accessEvent, clfTime, isStatus } from "./access/access-event.ts";
import { readJsonAccessLine } from "./access/json-access-log.ts";
import { openFormats } from "./access/log-formats.ts";
import { parseBounded } from "./bounded-json.ts";
import { eventOfRecord } from "./log-record.ts";

type Json = Readonly<Record<string, unknown>>;

const textFields = ["log", "message", "msg", "MESSAGE", "line", "event"];
const timeFields = ["date", "@timestamp", "timestamp", "time", "ts", "datetime", "_SOURCE_REALTIME_TIMESTAMP"];
const levelFields = ["level", "severity", "levelname", "log.level", "loglevel", "lvl", "PRIORITY"];
const serviceFields = [
  "service",
  "service.name",
  "app",
  "application",
  "logger_name",
  "SYSLOG_IDENTIFIER",
  "container_name",
  "kubernetes.labels.app",
  "kubernetes.container_name",
  "tag",
  "source_type",
];
/** Fields that nobody needs, or that became a field of the event. */
const taken = new Set([...textFields, ...timeFields, ...levelFields]);

/**
 * A reader for the records of one body, in order: the event of each; `comment` for a line that a format itself adds;
 * undefined for a record in no known format.
 */
export function openAccessRecords(): (record: unknown) => EventInput | "comment" | undefined {
  const readLine = openFormats();
  const ofLine = (line: string) => {
    const { found } = readLine(line);
    return typeof found === "object" ? found.event : found;
  };
  return (record) => {
    if (typeof record === "string") return ofLine(record);
    if (!isObject(record)) return undefined;
    const plain = withPlainNumbers(record);
    const text = textOf(plain, textFields);
    return (text === undefined ? undefined : ofLine(text)) ?? fieldsEvent(plain) ?? parsedEvent(plain);
  };
}

/** The event of a record that stands alone. */
export function accessLogEvent(record: unknown): EventInput | undefined {
  const event = openAccessRecords()(record);
  return event === "comment" ? undefined : event;
}

/** The event of an application log's record, which may be anything. */
export function appLogEvent(record: unknown): EventInput {
  if (!isObject(record))
    return eventOfRecord({ message: typeof record === "string" ? record : JSON.stringify(record), attributes: {} });
  const text = textOf(record, textFields);
  // A logger wrote JSON, and the shipper wrapped it: the inner object says more.
  const inner = text?.startsWith("{") ? parseObject(text) : undefined;
  const all: Json = inner === undefined ? record : { ...without(record, textFields), ...inner };
  const plain = withPlainNumbers(all);
  return eventOfRecord({
    instant: instantOf(plain),
    level: textOf(plain, levelFields) ?? levelOfStream(plain.stream),
    service: textOf(plain, serviceFields),
    message: (inner === undefined ? text : textOf(inner, textFields)) ?? text ?? "",
    attributes: Object.fromEntries(Object.entries(all).filter(([key]) => !taken.has(key))),
  });
}

function fieldsEvent(record: Json): EventInput | undefined {
  const read = readJsonAccessLine(JSON.stringify(record));
  return read === undefined || read === "comment" ? undefined : read.event;
}

/** What the `apache2` and `nginx` parsers of Fluent Bit and Fluentd make of a line; the time is the shipper's. */
function parsedEvent(record: Json): EventInput | undefined {
  const { code, remote, host, user, method, path, size, referer, agent } = record;
  const instant = instantOf(record);
  const status = String(code ?? "");
  if (!isStatus(status) || instant === undefined) return undefined;
  const [client, server] = remote === undefined ? [host, undefined] : [remote, host];
  const name = stringOf(user);
  return accessEvent({
    time: instant,
    status,
    clients: (stringOf(client) ?? "").split(/\s*,\s*/),
    host: stringOf(server),
    method: stringOf(method),
    target: stringOf(path),
    bytes: stringOf(size),
    referrer: stringOf(referer),
    userAgent: stringOf(agent),
    // A parser that fits loosely takes for the user what else stands there, such as a proxy's address.
    user: name?.includes(" ") ? undefined : name,
  });
}

/** Epoch ms of a record: from seconds (Fluent Bit), microseconds (journald), or a time in ISO 8601 with an offset. */
function instantOf(record: Json): number | undefined {
  for (const field of timeFields) {
    const value = record[field];
    const number =
      typeof value === "number"
        ? value
        : typeof value === "string" && /^\d{9,19}(\.\d+)?$/.test(value)
          ? Number(value)
          : undefined;
    if (number !== undefined) return Math.floor(number / unitOf(number));
    const hasOffset = typeof value === "string" && /(?:Z|[+-]\d\d:?\d\d)$/i.test(value);
    const parsed = hasOffset ? Date.parse(clfTime(value) ?? withoutLeapSecond(value)) : Number.NaN;
    if (!Number.isNaN(parsed)) return parsed;
  }
  return undefined;
}

/** By what to divide an epoch time to get milliseconds; nobody logs times before 1973. */
function unitOf(number: number): number {
  if (number < 1e11) return 1e-3;
  if (number < 1e14) return 1;
  return number < 1e17 ? 1e3 : 1e6;
}

function levelOfStream(stream: unknown): string | undefined {
  return stream === "stderr" ? "error" : undefined;
}

function textOf(record: Json, fields: readonly string[]): string | undefined {
  for (const field of fields) {
    const value = record[field] ?? inside(record, field);
    if ((typeof value === "string" && value !== "") || typeof value === "number") return String(value);
  }
  return undefined;
}

function inside(record: Json, path: string): unknown {
  if (!path.includes(".")) return undefined;
  let value: unknown = record;
  for (const part of path.split(".")) value = isObject(value) ? value[part] : undefined;
  return value;
}

function without(record: Json, fields: readonly string[]): Json {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !fields.includes(key)));
}

function parseObject(text: string): Json | undefined {
  try {
    const value = parseBounded(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
