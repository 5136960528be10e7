import { hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readRecord } from "../../src/stream/read-record.ts";
import { documentedRows } from "../fixtures/cloudfront-lines.ts";
import { rejectedEvent } from "../fixtures/event-rows.ts";

const event = {
  event_id: "event-1",
  batch_id: "01a200cd-8a40-7316-8336-3a52866e9cae",
  name: "click",
  app: "web",
  day: "2026-11-22",
  occurred_at: "2026-11-22T01:09:59.999Z",
  received_at: "2026-11-22T01:10:00.000Z",
};
const rejected = rejectedEvent();
const { batch_id: _, ...withoutBatch } = event;

const readBytes = (bytes: Buffer) =>
  readRecord({ recordId: "1", approximateArrivalTimestamp: 1795309800000, data: bytes.toString("base64") });
const readText = (text: string) => readBytes(Buffer.from(text));
const readRows = (...rows: unknown[]) => readText(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const notEvent = { kind: "unreadable", reason: "a line is not an event" };

test("a log of CloudFront's is no event unless it was made one before", () => {
  expect(documentedRows.map((row) => readRows(row))).toMatchObject(documentedRows.map(() => notEvent));
});

describe("a record of events", () => {
  test("that was made from another has that one's digest, so that a retry is the same batch", () => {
    const [made, delivered] = [`${JSON.stringify(event)}\n`, '{"x-edge-location":"ICN54"}'].map((text) =>
      Buffer.from(text),
    );
    const data = made?.toString("base64") ?? "";
    const record = {
      recordId: "1",
      approximateArrivalTimestamp: 0,
      data,
      delivered: delivered?.toString("base64") ?? "",
    };
    expect(readRecord(record)).toMatchObject({ kind: "events", digest: hash("sha256", delivered ?? "", "buffer") });
  });

  test("is read with its day, beside what Firehose gave", () => {
    const text = `${JSON.stringify(event)}\n${JSON.stringify({ ...event, event_id: "event-2" })}\n`;
    const digest = hash("sha256", text, "buffer");
    expect(readText(text)).toEqual({
      recordId: "1",
      approximateArrivalTimestamp: 1795309800000,
      data: Buffer.from(text).toString("base64"),
      digest,
      kind: "events",
      day: "2026-11-22",
      rows: [event, { ...event, event_id: "event-2" }],
    });
  });

  test("may be without a batch id", () => {
    expect(readRows(withoutBatch)).toMatchObject({ kind: "events", rows: [withoutBatch] });
  });

  test("may have any two valid times in its lines", () => {
    const later = { ...event, received_at: "2026-11-22T23:59:59.001Z" };
    expect(readRows(event, later, event)).toMatchObject({ kind: "events", rows: [event, later, event] });
  });

  test.each([
    ["no newline at its end", "", ""],
    ["newlines and spaces around", " \n\n ", " \n \n\n"],
    ["carriage returns around", "\r\n", "\r\n\r\n"],
  ])("is read with %s", (_, before, after) => {
    const line = JSON.stringify(event);
    expect(readText(`${before}${line}${after}`)).toMatchObject({ kind: "events", rows: [event] });
    expect(readText(`${before}${line}\n${line}${after}`)).toMatchObject({ kind: "events", rows: [event, event] });
    expect(readText(`${before}${line}\r\n ${line}${after}`)).toMatchObject({ kind: "events", rows: [event, event] });
  });

  test.each([0, 1, -1, 9_007_199_254_740_991, -9_007_199_254_740_991, undefined])(
    "may have %s as amount and as status",
    (value) => {
      expect(readRows({ ...event, amount: value, status: value })).toMatchObject({ kind: "events" });
    },
  );
});

describe("a record of rejected events", () => {
  test("is read with its day", () => {
    const other = { ...rejected, app: "shop", event_id: "event-1" };
    const record = readRows(rejected, other);
    expect(record).toMatchObject({ kind: "rejected", day: "2026-11-22", rows: [rejected, other] });
    expect(record).not.toHaveProperty("reason");
  });

  test.each(["received_at", "day", "app", "reason", "errors", "raw"])("needs %s as text in every line", (field) => {
    for (const value of [undefined, null, 1, {}, ["x"]]) {
      expect(readRows({ ...rejected, [field]: value })).toMatchObject(notEvent);
      expect(readRows(rejected, { ...rejected, [field]: value })).toMatchObject(notEvent);
    }
  });

  test("may not hold an event", () => {
    expect(readRows(rejected, event)).toMatchObject(notEvent);
    expect(readRows(event, rejected)).toMatchObject(notEvent);
  });
});

describe("a record is unreadable", () => {
  test.each(["", "\n", " ", "  \r\n \n"])("when it is empty: %j", (text) => {
    expect(readText(text)).toMatchObject({ kind: "unreadable", reason: "it is empty" });
  });

  test.each(["{", "{}{}", "[", "]", "{}\n\n{}", "{},{}\n}", "한국"])("when it is no JSON: %j", (text) => {
    expect(readText(text)).toMatchObject({ kind: "unreadable", reason: expect.stringContaining("JSON") });
  });

  test.each([null, 1, "text", true, [], {}, [event]])("when a line is no event: %j", (row) => {
    expect(readRows(row)).toMatchObject(notEvent);
    expect(readRows(event, row)).toMatchObject(notEvent);
    expect(readRows(row, event)).toMatchObject(notEvent);
  });

  test.each(["event_id", "name", "app", "day", "occurred_at", "received_at"])(
    "when %s is no text in some line",
    (field) => {
      for (const value of [undefined, null, 1, {}, ["x"]]) {
        expect(readRows({ ...event, [field]: value })).toMatchObject(notEvent);
        expect(readRows(event, { ...event, [field]: value })).toMatchObject(notEvent);
      }
    },
  );

  test.each([1.5, "1", null, 9_007_199_254_740_992, true])("when an amount or a status is %j", (value) => {
    expect(readRows({ ...event, amount: value })).toMatchObject(notEvent);
    expect(readRows({ ...event, status: value })).toMatchObject(notEvent);
  });

  test.each([
    "",
    "2026-11-22",
    "2026-11-22T01:10:00Z",
    "2026-11-22T01:10:00.00Z",
    "2026-11-22T01:10:00.0000Z",
    "2026-11-22T01:10:00,000Z",
    "2026-11-22T01:10:00.000",
    "2026-11-22T01:10:00.000+09:00",
    "2026-11-22 01:10:00.000Z",
    "+002026-11-22T01:10:00.000Z",
    "026-11-22T01:10:00.000Z",
    "abcd-11-22T01:10:00.000Z",
    "2026-a1-22T01:10:00.000Z",
    "2026-1a-22T01:10:00.000Z",
    "2026-11-a2T01:10:00.000Z",
    "2026-11-2aT01:10:00.000Z",
    "2026-11-22Ta1:10:00.000Z",
    "2026-00-22T01:10:00.000Z",
    "2026-13-22T01:10:00.000Z",
    "2026-11-00T01:10:00.000Z",
    "2026-11-32T01:10:00.000Z",
    "2026-11-22T24:10:00.000Z",
    "2026-11-22T31:10:00.000Z",
    "2026-11-22T0a:10:00.000Z",
    "2026-11-22T01:60:00.000Z",
    "2026-11-22T01:1a:00.000Z",
    "2026-11-22T01:10:60.000Z",
    "2026-11-22T01:10:0a.000Z",
    "2026-11-22T01:10:00.abcZ",
    " 2026-11-22T01:10:00.000Z",
    "2026-11-22T01:10:00.000Z ",
  ])("when a time is %j", (time) => {
    expect(readRows({ ...event, occurred_at: time })).toMatchObject(notEvent);
    expect(readRows({ ...event, received_at: time })).toMatchObject(notEvent);
    expect(readRows(event, { ...event, received_at: time })).toMatchObject(notEvent);
    expect(readRows({ ...rejected, received_at: time })).toMatchObject(notEvent);
  });

  test.each(["", "2026-02-29", "2026-13-01", "2026-11-31", "2026-11-22T00", "22.11.2026"])(
    "when a day is %j",
    (day) => {
      for (let i = 0; i < 2; i++) {
        expect(readRows({ ...event, day })).toMatchObject(notEvent);
        expect(readRows({ ...rejected, day })).toMatchObject(notEvent);
      }
    },
  );

  test("when its lines are of several days, which no partition could take", () => {
    const severalDays = { kind: "unreadable", reason: "its lines are of several days" };
    const day = "2026-11-23";
    expect(readRows(event, { ...event, day })).toMatchObject(severalDays);
    expect(readRows(rejected, rejected, { ...rejected, day })).toMatchObject(severalDays);
    expect(readRows({ ...event, day }, { ...event, day })).toMatchObject({ kind: "events", day });
  });
});

describe("a record's digest", () => {
  test("is of its bytes, readable or not", () => {
    // SHA-256 of "abc" and of nothing, from FIPS 180-2.
    expect(readText("abc").digest.toString("hex")).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(readText("").digest.toString("hex")).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });

  test("is of its bytes also where they are followed by newlines", () => {
    const text = `${JSON.stringify(event)}\n\n`;
    expect(readText(text).digest).toEqual(hash("sha256", text, "buffer"));
  });
});

test("any bytes and any damaged record are read without an error", () => {
  const text = `${JSON.stringify(event)}\n${JSON.stringify({ ...event, target: "한국 🙂" })}\n`;
  const damaged = fc
    .tuple(fc.nat(Buffer.byteLength(text) - 1), fc.nat(255))
    .map(([at, byte]) => Buffer.from(Buffer.from(text).map((known, i) => (i === at ? byte : known))));
  const bytes = fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some));
  fc.assert(
    fc.property(fc.oneof(damaged, bytes), (some) => {
      const record = readBytes(some);
      expect(["events", "unreadable"]).toContain(record.kind);
      expect(record.digest).toEqual(hash("sha256", some, "buffer"));
    }),
  );
});
