/**
 * A request of OpenTelemetry logs, in both forms that OTLP/HTTP has. It is written field by field: one message needs no
 * schema compiler.
 * https://github.com/open-telemetry/opentelemetry-proto (logs.proto)
 */
import { writeVarint } from "../../src/sources/protobuf.ts";

export type OtlpLogs = { service: string; records: readonly OtlpRecord[] };
/** `time` in epoch ms; severities are 9 for INFO, 13 for WARN, 17 for ERROR. */
type OtlpRecord = { time: number; severity: number; text: string };

export function otlpJson({ service, records }: OtlpLogs): string {
  const attributes = [{ key: "service.name", value: { stringValue: service } }];
  const logRecords = records.map(({ time, severity, text }) => ({
    timeUnixNano: `${nanoseconds(time)}`,
    severityNumber: severity,
    body: { stringValue: text },
  }));
  return JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] });
}

export function otlpProtobuf({ service, records }: OtlpLogs): Buffer {
  const resource = bytesField(1, text(1, "service.name"), bytesField(2, text(1, service)));
  const scopeLogs = records.map((record) => bytesField(2, ...recordFields(record)));
  return bytesField(1, bytesField(1, resource), bytesField(2, ...scopeLogs));
}

function recordFields({ time, severity, text: body }: OtlpRecord): Buffer[] {
  const at = Buffer.alloc(8);
  at.writeBigUInt64LE(nanoseconds(time));
  return [fieldKey(1, 1), at, fieldKey(2, 0), writeVarint(severity), bytesField(5, text(1, body))];
}

/** A field of bytes, text or a message: its number, its length, and what is in it. */
function bytesField(number: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  return Buffer.concat([fieldKey(number, 2), writeVarint(value.length), value]);
}

function text(number: number, value: string): Buffer {
  return bytesField(number, Buffer.from(value));
}

function fieldKey(number: number, wireType: number): Buffer {
  return writeVarint((number << 3) | wireType);
}

function nanoseconds(time: number): bigint {
  return BigInt(time) * 1_000_000n;
}
