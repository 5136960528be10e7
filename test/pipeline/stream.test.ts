import { describe, expect, test } from "vitest";
import { defineMetric } from "../../src/metrics/define-metric.ts";
import { emptyPage, packClaims, readOn } from "../../src/pipeline/repeats.ts";
import { answerBatch, claimsByPage, countBatch, expiryOf, findRepeats, readBatch } from "../../src/pipeline/stream.ts";
import { clickRow, recordOf, rejectedEvent, zone } from "../fixtures/event-rows.ts";
import { dayIncrements, minuteIncrements } from "../fixtures/increments.ts";

const arrived = Date.parse("2026-11-22T01:10:00.000Z");
// The five minutes of 01:10 are window 5984366, the minute is 29921830.
const receivedAt = "2026-11-22T01:10:00.000Z";
const page = "w5984366";
const pageBefore = "w5984365";
const timedRequest = "01a200cd-8a40-7316-8336-3a52866e9cae";
const otherTimedRequest = "01a200cd-8a41-7316-8336-3a52866e9cae";
const timedPage = "m29921830";
const none: ReadonlySet<string> = new Set();

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
    // base64url of the first 8 bytes of SHA-256 over "<base64 of SHA-256 of the bytes> <arrival>", sorted, joined by ",".
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

describe("the claims of a batch", () => {
  test("stand on every page of their requests, those of one page together", () => {
    const batch = readBatch([
      recordWith("1", click({ batch_id: timedRequest })),
      recordWith("2", rejectedEvent()),
      recordWith("3", click({ batch_id: otherTimedRequest })),
      textRecord("broken"),
      recordWith("4", click()),
    ]);
    const [first, , second, , third] = batch.records.map((record) => (record.kind === "events" ? record.claim : null));
    expect([...claimsByPage(batch)]).toEqual([
      [timedPage, [first, second]],
      [pageBefore, [third]],
      [page, [third]],
    ]);
    expect(first?.request).not.toBe(second?.request);
  });
});

describe("the copies in a batch", () => {
  const nobody = new Map<string, never>();
  const pageWith = (name: string, ...batches: ReturnType<typeof readBatch>[]) => {
    const read = emptyPage(name);
    readOn(
      read,
      0,
      batches.map((batch) => packClaims(claimsByPage(batch).get(name) ?? [])),
    );
    return read;
  };

  test("are all but the first of what one batch holds several times", () => {
    const batch = readBatch([
      recordWith("first", click()),
      recordWith("again", click()),
      recordWith("other part", click({ event_id: "event-2" })),
      recordWith("other request", click({ batch_id: "request-2" })),
      recordWith("and again", click()),
    ]);
    expect(findRepeats(batch, nobody)).toEqual(new Set(["again", "and again"]));
  });

  test("are never rejected events or what cannot be read", () => {
    const [a, b] = [recordWith("a", rejectedEvent()), recordWith("b", rejectedEvent())];
    expect(findRepeats(readBatch([a, b, textRecord("broken"), textRecord("broken")]), nobody)).toEqual(none);
  });

  test("are those whose request stands in an earlier batch of the page's log", () => {
    const earlier = readBatch([recordWith("sent", click({ batch_id: timedRequest }))]);
    const later = readBatch([
      recordWith("sent again", click({ batch_id: timedRequest })),
      recordWith("new", click({ batch_id: otherTimedRequest })),
    ]);
    const log = pageWith(timedPage, earlier, later);
    const at = (place: number) => new Map([[timedPage, { page: log, place }]]);
    expect(findRepeats(earlier, at(0))).toEqual(none);
    expect(findRepeats(later, at(1))).toEqual(new Set(["sent again"]));
  });

  test("are found when one of a request's two pages alone knows of an earlier one", () => {
    // Received in the five minutes before, the first copy shares only the page before with the second.
    const before = "2026-11-22T01:09:00.000Z";
    const earlier = readBatch([recordWith("sent", click({ received_at: before }))]);
    const later = readBatch([recordWith("sent again", click())]);
    const entered = new Map([
      [pageBefore, { page: pageWith(pageBefore, earlier, later), place: 1 }],
      [page, { page: pageWith(page, later), place: 0 }],
    ]);
    expect(findRepeats(later, entered)).toEqual(new Set(["sent again"]));
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
    const tally = tallyOf(records, new Set(["copy"]));
    expect(tally.seen).toEqual(
      new Map([
        ["2026-11-22", 5],
        ["2026-11-23", 1],
      ]),
    );
    expect(tally.days).toEqual([
      { bucket: "2026-11-22", metric: "clicks", set: "", key: "", value: 3n },
      { bucket: "2026-11-22", metric: "clicks", set: "target", key: "a", value: 2n },
      { bucket: "2026-11-22", metric: "clicks", set: "target", key: "b", value: 1n },
      { bucket: "2026-11-23", metric: "clicks", set: "", key: "", value: 1n },
      { bucket: "2026-11-23", metric: "clicks", set: "target", key: "a", value: 1n },
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
      { bucket: "2026-11-22T07:10", metric: "clicks", set: "@minute", key: "", value: 1n },
      { bucket: "2026-11-22T10:12", metric: "clicks", set: "@minute", key: "", value: 1n },
    ]);
    expect(tally.days[0]).toMatchObject({ set: "", value: 3n });
  });

  test("counts rejected events by day, app and reason, and does not see them", () => {
    const tally = tallyOf([
      recordWith("1", rejectedEvent(), rejectedEvent({ reason: "a+b" }), rejectedEvent({ app: "shop" })),
      recordWith("2", rejectedEvent({ day: "2026-11-23" })),
      recordWith("3", rejectedEvent()),
      textRecord("broken"),
    ]);
    const count = (bucket: string, set: string, key: string, value: bigint) => ({
      bucket,
      metric: "rejected",
      set,
      key,
      value,
    });
    expect([...tally.seen.values()]).toEqual([0, 0]);
    expect(tally.minutes).toEqual([]);
    expect(tally.days).toHaveLength(8);
    expect(new Set(tally.days)).toEqual(
      new Set([
        count("2026-11-22", "", "", 4n),
        count("2026-11-22", "app", "web", 3n),
        count("2026-11-22", "app", "shop", 1n),
        count("2026-11-22", "reason", "target", 3n),
        count("2026-11-22", "reason", "a%2Bb", 1n),
        count("2026-11-23", "", "", 1n),
        count("2026-11-23", "app", "web", 1n),
        count("2026-11-23", "reason", "target", 1n),
      ]),
    );
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

  test("copies with a mark on every line, which changes nothing else", () => {
    const rows = [click({ target: "한국어 🙂" }), click({ target: "b" })];
    const batch = readBatch([recordWith("copy", ...rows), recordWith("counted", ...rows)]);
    const [copy, counted] = answerBatch(batch, new Set(["copy"]));
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
    const [copy] = answerBatch(batch, new Set(["copy"]));
    const line = `{"is_copy":true,${JSON.stringify(row).slice(1)}\n`;
    expect(textOf(copy?.data ?? "")).toBe(line + line);
  });
});
