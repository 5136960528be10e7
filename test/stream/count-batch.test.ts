import { describe, expect, test } from "vitest";
import { defineMetric } from "../../src/metrics/define-metric.ts";
import { VISIT_PART } from "../../src/schemas/events/event.ts";
import { answerBatch } from "../../src/stream/answer-batch.ts";
import { countBatch } from "../../src/stream/count-batch.ts";
import { expiryOf, readBatch } from "../../src/stream/read-batch.ts";
import { sampleWrites } from "../../src/stream/sample-writes.ts";
import { sentRecords } from "../../src/stream/sent-records.ts";
import { clickRow, recordOf, rejectedEvent, zone } from "../fixtures/event-rows.ts";
import { dayIncrements, minuteIncrements } from "../fixtures/increments.ts";

const arrived = Date.parse("2026-11-22T01:10:00.000Z");
const receivedAt = "2026-11-22T01:10:00.000Z";
const none: ReadonlyMap<string, ReadonlySet<number>> = new Map();
const all = new Set([0, 1]);

const click = (changes: Parameters<typeof clickRow>[0] = {}) =>
  clickRow({
    event_id: "event-1",
    batch_id: "request-1",
    occurred_at: receivedAt,
    received_at: receivedAt,
    ...changes,
  });
const recordWith = (recordId: string, ...rows: object[]) => recordOf(rows, { recordId, arrived });
const textRecord = (text: string, approximateArrivalTimestamp = arrived) => ({
  recordId: `record ${text}`,
  approximateArrivalTimestamp,
  data: Buffer.from(text).toString("base64"),
});
const textOf = (data: string) => Buffer.from(data, "base64").toString();

describe("a batch's id", () => {
  const [a, b] = [textRecord("{}\n"), textRecord("한국\n", arrived + 1)];

  test("does not change between releases, or a retry after one would count twice", () => {
    // base64url of the first 8 bytes of SHA-256 over "<base64 of SHA-256 of the bytes> <arrival>", sorted, joined by
    // ",".
    expect(readBatch([a, b]).id).toBe("wqUEqMeYZPg");
  });

  test("is the same whatever order the records come in and whatever Firehose calls them", () => {
    expect(readBatch([b, a]).id).toBe(readBatch([a, b]).id);
    expect(
      readBatch([
        { ...a, recordId: "x" },
        { ...b, recordId: "y" },
      ]).id,
    ).toBe(readBatch([a, b]).id);
  });

  test.each([
    ["other content", [textRecord("{} \n"), b]],
    ["another arrival", [{ ...a, approximateArrivalTimestamp: arrived + 2 }, b]],
    ["the same record once more", [a, a, b]],
    ["a record less", [b]],
    ["no record", []],
  ])("is another for %s", (_, records) => {
    expect(readBatch(records).id).not.toBe(readBatch([a, b]).id);
  });
});

describe("what a batch writes may be forgotten", () => {
  const lastAt = (...times: string[]) => readBatch(times.map((time) => textRecord("{}", Date.parse(time))));

  test.each([
    ["ledger", "2026-11-30T01:30:00Z"],
    ["samples", "2026-11-29T01:30:00Z"],
  ] as const)("(%s) some days after its last record arrived", (what, day) => {
    const batch = lastAt("2026-11-21T23:59:59.999Z", "2026-11-22T01:29:59.999Z", "2026-11-22T01:00:00Z");
    expect(expiryOf(batch, what)).toBe(Date.parse(day) / 1000);
  });

  test("also when it has no record at all", () => {
    expect(readBatch([])).toMatchObject({ arrived: 0, records: [] });
  });
});

describe("the records in which copies are looked for", () => {
  test("are those of events, each with its request and its events' ids", () => {
    const batch = readBatch([
      recordWith("1", click({ event_id: "a" }), click({ event_id: "b" })),
      recordWith("2", rejectedEvent()),
      textRecord("broken"),
      recordWith("3", click({ app: "server", batch_id: undefined })),
    ]);
    const records = sentRecords(batch);
    expect(records).toMatchObject([
      { id: "1", app: "web", trusted: false, batchId: "request-1", receivedAt, eventIds: ["a", "b"] },
      { id: "3", app: "server", trusted: true, batchId: "event-1", receivedAt, eventIds: ["event-1"] },
    ]);
    expect(new Set(records.map(({ digest }) => digest)).size).toBe(2);
  });
});

describe("what a batch adds up to", () => {
  const clicks = defineMetric({
    name: "clicks",
    title: "Clicks",
    on: ["click"],
    value: { kind: "count" },
    by: ["target"],
  });
  function tallyOf(records: ReturnType<typeof recordOf>[], repeats = none) {
    const days = countBatch(readBatch(records), repeats, [clicks], zone);
    const increments = { add: () => {}, days: () => new Map(days.map(({ day, sections }) => [day, sections])) };
    return {
      seen: new Map(days.map(({ day, rows }) => [day, rows])),
      days: dayIncrements(increments),
      minutes: minuteIncrements(increments),
    };
  }

  test("is seen with its copies and counted without them", () => {
    const records = [
      recordWith("1", click({ target: "a" }), click({ target: "b" })),
      recordWith("2", click({ target: "a" })),
      recordWith("copy", click({ target: "a" }), click({ target: "b" })),
      recordWith("tomorrow", click({ target: "a", day: "2026-11-23" })),
    ];
    const tally = tallyOf(records, new Map([["copy", all]]));
    expect(tally.seen).toEqual(
      new Map([
        ["2026-11-22", 5],
        ["2026-11-23", 1],
      ]),
    );
    expect(tally.days).toEqual([
      { bucket: "2026-11-22", metric: "clicks", breakdown: "", key: "", value: 3n },
      { bucket: "2026-11-22", metric: "clicks", breakdown: "target", key: "a", value: 2n },
      { bucket: "2026-11-22", metric: "clicks", breakdown: "target", key: "b", value: 1n },
      { bucket: "2026-11-23", metric: "clicks", breakdown: "", key: "", value: 1n },
      { bucket: "2026-11-23", metric: "clicks", breakdown: "target", key: "a", value: 1n },
    ]);
  });

  test("leaves out those events of a record alone that are copies", () => {
    const records = [recordWith("grown", click({ target: "a" }), click({ target: "b" }), click({ target: "c" }))];
    const tally = tallyOf(records, new Map([["grown", new Set([0, 2])]]));
    expect(tally.seen).toEqual(new Map([["2026-11-22", 3]]));
    expect(tally.days.map(({ key, value }) => [key, value])).toEqual([
      ["", 1n],
      ["b", 1n],
    ]);
  });

  test("is live from three hours before it arrived, and in its day however old", () => {
    const tally = tallyOf([
      recordWith(
        "1",
        click({ occurred_at: "2026-11-21T22:09:59.999Z" }),
        click({ occurred_at: "2026-11-21T22:10:00.000Z" }),
        click({ occurred_at: "2026-11-22T01:12:00.000Z" }),
      ),
    ]);
    expect(tally.minutes).toEqual([
      { bucket: "2026-11-22T07:10", metric: "clicks", breakdown: "@minute", key: "", value: 1n },
      { bucket: "2026-11-22T10:12", metric: "clicks", breakdown: "@minute", key: "", value: 1n },
    ]);
    expect(tally.days[0]).toMatchObject({ breakdown: "", value: 3n });
  });

  test("shows what is added to a visit of another day in no minute, and counts it in that day", () => {
    const pages = defineMetric({
      name: "pages",
      title: "Pages",
      on: ["page_view", VISIT_PART],
      value: { kind: "count" },
      by: [],
    });
    const at = { occurred_at: "2026-11-22T00:50:00.000Z" };
    const batch = readBatch([recordWith("r", click({ name: "page_view", ...at }), click({ name: VISIT_PART, ...at }))]);
    const tallies = countBatch(batch, none, [pages], zone);
    const days = { add() {}, days: () => new Map(tallies.map(({ day, sections }) => [day, sections])) };
    expect(dayIncrements(days).map(({ value }) => value)).toEqual([2n]);
    expect(minuteIncrements(days).map(({ value }) => value)).toEqual([1n]);
  });

  test("counts rejected events by day, app and reason, and does not see them", () => {
    const tally = tallyOf([
      recordWith("1", rejectedEvent(), rejectedEvent({ reason: "a+b" }), rejectedEvent({ app: "shop" })),
      recordWith("2", rejectedEvent({ day: "2026-11-23" })),
      recordWith("3", rejectedEvent()),
      textRecord("broken"),
    ]);
    const count = (bucket: string, breakdown: string, key: string, value: bigint) => ({
      bucket,
      metric: "rejected",
      breakdown,
      key,
      value,
    });
    expect([...tally.seen.values()]).toEqual([0, 0]);
    expect(tally.minutes).toEqual([]);
    expect(tally.days).toHaveLength(10);
    expect(new Set(tally.days)).toEqual(
      new Set([
        count("2026-11-22", "", "", 4n),
        count("2026-11-22", "app", "web", 3n),
        count("2026-11-22", "app", "shop", 1n),
        count("2026-11-22", "source", "apps", 4n),
        count("2026-11-22", "reason", "target", 3n),
        count("2026-11-22", "reason", "a%2Bb", 1n),
        count("2026-11-23", "", "", 1n),
        count("2026-11-23", "app", "web", 1n),
        count("2026-11-23", "source", "apps", 1n),
        count("2026-11-23", "reason", "target", 1n),
      ]),
    );
  });

  const note = (requests: number, reason = "key", app = "") => ({ ...rejectedEvent({ reason, app }), requests });

  test("adds up refused requests by reason and app; they are no rejected events and leave no sample", () => {
    const records = [recordWith("1", note(7), note(2, "rate", "a+b")), recordWith("2", note(3), rejectedEvent())];
    const at = { bucket: "2026-11-22", metric: "rejected" };
    const { days } = tallyOf(records);
    expect(days).toHaveLength(6);
    expect(days).toEqual(
      expect.arrayContaining([
        { ...at, breakdown: "", key: "", value: 1n },
        { ...at, breakdown: "refused", key: "key++apps", value: 10n },
        { ...at, breakdown: "refused", key: "rate+a%2Bb+apps", value: 2n },
      ]),
    );
    expect(sampleWrites(readBatch([recordWith("1", note(7))]).records)).toEqual([]);
  });
});

describe("Firehose gets back", () => {
  test("every record once, in order, unchanged, with its partition, and alone what cannot be read as failed", () => {
    const [events, bad, reasons] = [
      recordWith("events", click({ day: "2026-11-23" })),
      textRecord("broken"),
      recordWith("rejected", rejectedEvent()),
    ];
    expect(answerBatch(readBatch([events, bad, reasons]), none)).toEqual([
      {
        recordId: "events",
        result: "Ok",
        data: events.data,
        metadata: { partitionKeys: { dt: "2026-11-23" } },
      },
      { recordId: "record broken", result: "ProcessingFailed", data: bad.data },
      {
        recordId: "rejected",
        result: "Ok",
        data: reasons.data,
        metadata: { partitionKeys: { dt: "2026-11-22" } },
      },
    ]);
  });

  test("a record of which some events are copies with a mark on those alone", () => {
    const rows = [click({ event_id: "a" }), click({ event_id: "b" }), click({ event_id: "c" })];
    const batch = readBatch([recordWith("grown", ...rows)]);
    const [grown] = answerBatch(batch, new Map([["grown", new Set([0, 2])]]));
    const lines = textOf(grown?.data ?? "")
      .trim()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { ...rows[0], is_copy: true },
      rows[1],
      { ...rows[2], is_copy: true },
    ]);
  });

  test("copies with a mark on every line, which changes nothing else", () => {
    const rows = [click({ target: "한국어 🙂" }), click({ target: "b" })];
    const batch = readBatch([recordWith("copy", ...rows), recordWith("counted", ...rows)]);
    const [copy, counted] = answerBatch(batch, new Map([["copy", all]]));
    const lines = textOf(copy?.data ?? "").split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows.map((row) => ({ ...row, is_copy: true })));
    expect(textOf(counted?.data ?? "")).not.toContain("is_copy");
    expect(copy).toMatchObject({ result: "Ok", metadata: { partitionKeys: { dt: "2026-11-22" } } });
  });

  test("a marked copy that can be read also where there was space around its lines", () => {
    const row = click();
    const text = `\n ${JSON.stringify(row)} \r\n  ${JSON.stringify(row)}\r\n\n`;
    const batch = readBatch([{ ...textRecord(text), recordId: "copy" }]);
    const [copy] = answerBatch(batch, new Map([["copy", all]]));
    const line = `{"is_copy":true,${JSON.stringify(row).slice(1)}\n`;
    expect(textOf(copy?.data ?? "")).toBe(line + line);
  });
});

test("robots' events are counted beside the rows, without copies, and without what counts whoever sends it", () => {
  const robot = (event_id: string, changes: object = {}) => click({ event_id, is_bot: true, ...changes });
  const records = [
    recordWith("a", robot("1"), click({ event_id: "2" }), robot("3", { name: "page_view" })),
    recordWith("b", robot("4"), robot("5")),
    recordWith("c", robot("6", { day: "2026-11-21" })),
    recordWith("d", robot("7", { name: "access_log", status: 200 }), robot("8", { name: "visit.part" })),
  ];
  const days = countBatch(readBatch(records), new Map([["b", new Set([1])]]), [], zone);
  expect(days.map(({ day, rows, robots }) => [day, rows, robots])).toEqual([
    ["2026-11-22", 7, 3],
    ["2026-11-21", 1, 1],
  ]);
  const people = countBatch(readBatch([recordWith("a", click())]), none, [], zone);
  const sources = [{ source: "apps", rows: 1, at: arrived, lag: 0 }];
  expect(people).toEqual([{ day: "2026-11-22", rows: 1, sources, sections: [] }]);
});
