import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkEvent } from "../../src/collect/event/check-event.ts";
import { eventOfRecord } from "../../src/sources/log-record.ts";
import { readOtlpJson, readOtlpProtobuf } from "../../src/sources/otlp.ts";

// One request, written by OpenTelemetry's own protobuf classes for Python in both forms.
const bytes = readFileSync(new URL("../fixtures/otlp-logs.bin", import.meta.url));
const json: unknown = JSON.parse(readFileSync(new URL("../fixtures/otlp-logs.json", import.meta.url), "utf8"));

describe("OTLP logs", () => {
  test("say the same in JSON and in protobuf", () => {
    expect(readOtlpProtobuf(bytes)).toEqual(readOtlpJson(json));
  });

  test("become logs of applications, access logs, and events of their own name", () => {
    const events = readOtlpProtobuf(bytes).map(eventOfRecord);
    expect(events).toEqual([
      {
        name: "app_log",
        occurred_at: 1795568763123,
        level: "error",
        service: "checkout",
        message: 'Payment 4711 of "anna" failed',
        template: "Payment * of * failed",
        properties: {
          "host.name": "web1",
          big: "9007199254740993",
          neg: -5,
          ratio: 0.25,
          ok: true,
          no: false,
          raw: "AP8=",
          list: ["a", 2],
          map: { 하루: "✓" },
          trace_id: "000102030405060708090a0b0c0d0e0f",
          span_id: "0001020304050607",
        },
      },
      {
        name: "user_signup",
        occurred_at: 1795568764000,
        properties: { "host.name": "web1", plan: "pro", event_name: "user.signup" },
      },
      {
        name: "access_log",
        occurred_at: 1795568765000,
        status: 503,
        method: "GET",
        url: "https://e.com/a?x=1",
        user_agent: "UA",
        ip: "203.0.113.7",
        properties: { "host.name": "web1", "http.route": "/a" },
      },
      {
        name: "app_log",
        occurred_at: 1795568766000,
        level: "info",
        service: "checkout",
        message: '{"k":1}',
        template: "{*}",
        properties: { "host.name": "web1", k: 1 },
      },
    ]);
    for (const event of events) expect(checkEvent(event)).not.toHaveProperty("errors");
  });

  test("that are damaged say where, and never more than that", () => {
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(bytes.length),
        (at, byte, length) => {
          const damaged = Buffer.from(bytes);
          damaged[at] = byte;
          try {
            for (const record of readOtlpProtobuf(damaged.subarray(0, length))) eventOfRecord(record);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
            expect(String(error)).toContain("Cannot read protobuf");
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("of any JSON are records or a TypeError", () => {
    const value = fc.jsonValue();
    const record = fc.record(
      { timeUnixNano: value, severityNumber: value, body: value, attributes: value },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, record, (any, log) => {
        const request = { resourceLogs: [{ resource: any, scopeLogs: [{ logRecords: [log, any] }] }, any] };
        for (const found of readOtlpJson(request)) expect(eventOfRecord(found)).toHaveProperty("name");
        try {
          readOtlpJson(any);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
    );
  });

  test("take a severity by number, by name and as text", () => {
    const level = (fields: object) => {
      const [record] = readOtlpJson({ resourceLogs: [{ scopeLogs: [{ logRecords: [fields] }] }] });
      return record && eventOfRecord(record).level;
    };
    expect([1, 5, 9, 13, 17, 21, 24, 99].map((severityNumber) => level({ severityNumber }))).toEqual([
      "trace",
      "debug",
      "info",
      "warn",
      "error",
      "fatal",
      "fatal",
      "fatal",
    ]);
    expect(level({ severityNumber: "SEVERITY_NUMBER_WARN2" })).toBe("warn");
    expect(level({ severityText: "Critical" })).toBe("fatal");
    expect(level({})).toBe("info");
  });
});
