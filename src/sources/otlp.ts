/**
 * OpenTelemetry's logs (OTLP/HTTP), in JSON or protobuf, as log records.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp, https://github.com/open-telemetry/opentelemetry-proto
 * (logs.proto)
 */
import type { LogRecord } from "./log-record.ts";
import { type Field, fixed64, readMessage, textOf, writeVarint } from "./protobuf.ts";

type Attributes = Record<string, unknown>;
type Json = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 10;
/** Severity numbers come in groups of four: TRACE to TRACE4, … FATAL to FATAL4. */
const severities = ["trace", "debug", "info", "warn", "error", "fatal"];

/** The records of a JSON request. Throws a TypeError for JSON of another shape. */
export function readOtlpJson(json: unknown): LogRecord[] {
  if (!isObject(json) || (json.resourceLogs !== undefined && !Array.isArray(json.resourceLogs)))
    throw new TypeError("Cannot read OTLP logs: resourceLogs is no list");
  return listOf(json.resourceLogs).flatMap((resource) => {
    const common = attributesOf(isObject(resource.resource) ? resource.resource.attributes : undefined);
    return listOf(resource.scopeLogs).flatMap((scope) =>
      listOf(scope.logRecords).map((record) => toRecord(fromJson(record), common)),
    );
  });
}

/** The records of a protobuf request. Throws a RangeError that says where the bytes become invalid. */
export function readOtlpProtobuf(bytes: Buffer): LogRecord[] {
  const records: LogRecord[] = [];
  readMessage(bytes, 0, bytes.length, (request) => {
    if (request.number !== 1) return;
    let common: Attributes = {};
    const raws: Raw[] = [];
    readMessage(bytes, request.at, request.end, (field) => {
      if (field.number === 1) common = readAttributes(bytes, field, 1);
      else if (field.number === 2)
        readMessage(bytes, field.at, field.end, (scope) => {
          if (scope.number === 2) raws.push(fromProtobuf(bytes, scope));
        });
    });
    for (const raw of raws) records.push(toRecord(raw, common));
  });
  return records;
}

/** ExportLogsServiceResponse: empty, or with the number of rejected records and the reason for the first one. */
export function writePartialSuccess(rejected: number, message: string): Buffer {
  if (rejected === 0) return Buffer.alloc(0);
  const text = Buffer.from(message);
  const partial = Buffer.concat([
    Buffer.from([0x08]),
    writeVarint(rejected),
    Buffer.from([0x12]),
    writeVarint(text.length),
    text,
  ]);
  return Buffer.concat([Buffer.from([0x0a]), writeVarint(partial.length), partial]);
}

/** A record, in the same shape for both forms; times are in nanoseconds, 0 means none. */
type Raw = {
  time: bigint;
  observed: bigint;
  severity: number;
  severityText: string;
  body: unknown;
  attributes: Attributes;
  traceId: string;
  spanId: string;
  eventName: string;
};

function toRecord(raw: Raw, common: Attributes): LogRecord {
  const nanoseconds = raw.time === 0n ? raw.observed : raw.time;
  const { "service.name": service, ...resource } = common;
  const { severity, severityText, body, eventName, traceId, spanId } = raw;
  const isText = typeof body === "string" || body === undefined;
  const attributes = { ...resource, ...raw.attributes };
  return {
    ...(nanoseconds === 0n ? {} : { instant: Number(nanoseconds / 1_000_000n) }),
    level: severity > 0 ? severities[Math.min(23, severity - 1) >> 2] : severityText,
    ...(typeof service === "string" && { service }),
    message: isText ? (body ?? "") : JSON.stringify(body),
    ...(eventName !== "" && { eventName }),
    ...(traceId !== "" && { traceId }),
    ...(spanId !== "" && { spanId }),
    // Fields in a body are part of what the record says, just like its attributes.
    attributes: isObject(body) ? { ...attributes, ...body } : attributes,
  };
}

function fromJson(record: Json): Raw {
  return {
    time: toBigInt(record.timeUnixNano),
    observed: toBigInt(record.observedTimeUnixNano),
    severity: severityOf(record.severityNumber),
    severityText: stringOf(record.severityText),
    body: plainValue(record.body, 0),
    attributes: attributesOf(record.attributes),
    traceId: stringOf(record.traceId),
    spanId: stringOf(record.spanId),
    eventName: stringOf(record.eventName),
  };
}

/** A number, or a name, because some encoders write enums by name: `SEVERITY_NUMBER_INFO2`. */
function severityOf(value: unknown): number {
  if (typeof value === "number") return Number.isInteger(value) ? value : 0;
  const [, name = "", step = "1"] = /^SEVERITY_NUMBER_([A-Z]+)([2-4]?)$/.exec(stringOf(value)) ?? [];
  const at = severities.indexOf(name.toLowerCase());
  return at < 0 ? 0 : at * 4 + Number(step || "1");
}

function attributesOf(list: unknown, depth = 0): Attributes {
  return Object.fromEntries(
    listOf(list).flatMap(({ key, value }) => (typeof key === "string" ? [[key, plainValue(value, depth)]] : [])),
  );
}

/**
 * `{"intValue":"9007199254740993"}` is that number, whatever its size; a number that JSON would change becomes text.
 */
function plainValue(value: unknown, depth: number): unknown {
  if (!isObject(value) || depth > MAX_DEPTH) return undefined;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.intValue !== undefined) return wholeNumber(toBigInt(value.intValue));
  if (value.doubleValue !== undefined) return value.doubleValue;
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (isObject(value.arrayValue)) return listOf(value.arrayValue.values).map((one) => plainValue(one, depth + 1));
  if (isObject(value.kvlistValue)) return attributesOf(value.kvlistValue.values, depth + 1);
  return undefined;
}

function fromProtobuf(bytes: Buffer, message: Field): Raw {
  const raw: Raw = {
    time: 0n,
    observed: 0n,
    severity: 0,
    severityText: "",
    body: undefined,
    attributes: {},
    traceId: "",
    spanId: "",
    eventName: "",
  };
  readMessage(bytes, message.at, message.end, (field) => recordFields[field.number]?.(raw, bytes, field));
  return raw;
}

const recordFields: Record<number, (raw: Raw, bytes: Buffer, field: Field) => void> = {
  1: (raw, bytes, field) => {
    raw.time = fixed64(bytes, field);
  },
  2: (raw, _, field) => {
    raw.severity = Number(field.varint);
  },
  3: (raw, bytes, field) => {
    raw.severityText = textOf(bytes, field);
  },
  5: (raw, bytes, field) => {
    raw.body = readValue(bytes, field, 0);
  },
  6: (raw, bytes, field) => {
    readKeyValue(bytes, field, raw.attributes, 0);
  },
  9: (raw, bytes, field) => {
    raw.traceId = bytes.toString("hex", field.at, field.end);
  },
  10: (raw, bytes, field) => {
    raw.spanId = bytes.toString("hex", field.at, field.end);
  },
  11: (raw, bytes, field) => {
    raw.observed = fixed64(bytes, field);
  },
  12: (raw, bytes, field) => {
    raw.eventName = textOf(bytes, field);
  },
};

/** The key-value pairs that a message has under a field number. */
function readAttributes(bytes: Buffer, message: Field, number: number, depth = 0): Attributes {
  const attributes: Attributes = {};
  readMessage(bytes, message.at, message.end, (field) => {
    if (field.number === number) readKeyValue(bytes, field, attributes, depth);
  });
  return attributes;
}

function readKeyValue(bytes: Buffer, message: Field, into: Attributes, depth: number): void {
  let key: string | undefined;
  let value: unknown;
  readMessage(bytes, message.at, message.end, (field) => {
    if (field.number === 1) key = textOf(bytes, field);
    else if (field.number === 2) value = readValue(bytes, field, depth);
  });
  if (key !== undefined)
    Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

function readValue(bytes: Buffer, message: Field, depth: number): unknown {
  let value: unknown;
  if (depth > MAX_DEPTH) return value;
  readMessage(bytes, message.at, message.end, (field) => {
    value = valueFields[field.number]?.(bytes, field, depth);
  });
  return value;
}

const valueFields: Record<number, (bytes: Buffer, field: Field, depth: number) => unknown> = {
  1: textOf,
  2: (_, field) => field.varint !== 0n,
  3: (_, field) => wholeNumber(BigInt.asIntN(64, field.varint)),
  4: (bytes, field) => (field.end - field.at === 8 ? bytes.readDoubleLE(field.at) : undefined),
  5: (bytes, field, depth) => readList(bytes, field, depth + 1),
  6: (bytes, field, depth) => readAttributes(bytes, field, 1, depth + 1),
  7: (bytes, field) => bytes.toString("base64", field.at, field.end),
};

function readList(bytes: Buffer, message: Field, depth: number): unknown[] {
  const list: unknown[] = [];
  readMessage(bytes, message.at, message.end, (field) => {
    if (field.number === 1) list.push(readValue(bytes, field, depth));
  });
  return list;
}

function wholeNumber(value: bigint): number | string {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : String(value);
}

function toBigInt(value: unknown): bigint {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : BigInt(Math.trunc(value) || 0);
  return typeof value === "string" && /^-?\d{1,20}$/.test(value) ? BigInt(value) : 0n;
}

function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
