/**
 * CloudFront's logs as Firehose delivers them: each line is the event that the same line of a file is, whatever it is
 * delivered with.
 */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { batchesOfLogs } from "../../../src/collect/logs/log-files.ts";
import { collectNamed } from "../../../src/collect/logs/named-batches.ts";
import { takeVended } from "../../../src/collect/logs/vended-records.ts";
import { type CloudFrontRow, cloudFrontFile, cloudFrontRow, documentedRows } from "../../fixtures/cloudfront-lines.ts";
import { clickRow, recordOf, rejectedEvent } from "../../fixtures/event-rows.ts";
import { type Row, rowsOf } from "../../rows.ts";

const arrived = Date.UTC(2026, 10, 26, 12);
const context = {
  newId: randomUUID,
  timezone: "Asia/Seoul",
  visitorSalt: "salt",
  maxLatenessDays: 7,
  privateParameters: "code",
  eventsStreams: ["events-0"] as const,
};

const recordOfText = (text: string, changes: object = {}) => ({
  recordId: randomUUID(),
  approximateArrivalTimestamp: arrived,
  data: Buffer.from(text).toString("base64"),
  ...changes,
});
/** A record with some lines, as CloudFront's example has it. */
const vended = (...rows: readonly CloudFrontRow[]) =>
  recordOfText(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const contents = (records: readonly { data: string }[]) =>
  rowsOf(records.map(({ data }) => Buffer.from(data, "base64")));
/** All events that come of records, wherever they go. */
const events = ({ records, accepted }: ReturnType<typeof takeVended>) => [...contents(records), ...rowsOf(accepted)];
const take = (...records: { recordId: string; approximateArrivalTimestamp: number; data: string }[]) =>
  takeVended(records, context);

async function fromFile(rows: readonly CloudFrontRow[]) {
  const open = async () =>
    (async function* () {
      yield Buffer.from(cloudFrontFile(rows));
    })();
  const accepted: Row[] = [];
  const rejected: Row[] = [];
  for await (const batch of batchesOfLogs([{ name: ["cdn-logs", "E1.gz"], open }])) {
    const collected = collectNamed(batch, "buckets", { ...context, now: arrived });
    accepted.push(...rowsOf(collected.accepted));
    rejected.push(...rowsOf(collected.rejected));
  }
  return { accepted, rejected };
}

/** A row without what says by which way it came. */
const withoutWay = ({ batch_id: _, source: _of, ...row }: Row) => row;
const byId = (rows: readonly Row[]) => rows.map(withoutWay).sort((a, b) => (a.event_id < b.event_id ? -1 : 1));

test("each line is the event that it is in a file: the documented ones", async () => {
  const { accepted, rejected } = await fromFile(documentedRows);
  expect([accepted.length, rejected.length]).toEqual([documentedRows.length - 1, 1]);
  const taken = take(...documentedRows.map((row) => vended(row)));
  expect(byId(events(taken))).toEqual(byId(accepted));
  expect(rowsOf(taken.rejected).map(({ reason, day }) => [reason, day])).toEqual([["status", "2026-11-26"]]);
  const [secret] = contents(taken.records).filter(({ url }) => url?.includes("q=a"));
  expect(secret).toMatchObject({ url: expect.not.stringContaining("s3cret"), visitor_id: expect.any(String) });
  expect(contents(taken.records).filter(({ is_bot }) => is_bot)).toHaveLength(1);
  expect(JSON.stringify(events(taken))).not.toMatch(/203\.0\.113|198\.51\.100|2001:db8/);
});

test("each line is the event that it is in a file, or rejected as there: any lines, however they are packed", async () => {
  let count = 0;
  const rows = fc.array(cloudFrontRow, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 1, max: 5 }), async (all, most) => {
      const packs = Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * most, (i + 1) * most));
      const [file, taken] = [await fromFile(all), take(...packs.map((some) => vended(...some)))];
      expect(byId(events(taken))).toEqual(byId(file.accepted));
      expect(rowsOf(taken.rejected).map(({ reason }) => reason)).toEqual(file.rejected.map(({ reason }) => reason));
      count += file.accepted.length;
    }),
  );
  expect(count).toBeGreaterThan(200);
});

test("what is delivered again is the same, whatever it is delivered with, and whenever", () => {
  const names = (taken: ReturnType<typeof takeVended>) =>
    events(taken).map(({ batch_id, event_id }) => `${batch_id} ${event_id}`);
  const first = names(take(...documentedRows.map((row) => vended(row))));
  // Each is a request of its own: events of one request are told apart by four bytes of their ids.
  expect(new Set(first.map((name) => name.split(" ")[0])).size).toBe(documentedRows.length - 1);
  // Of version 7, whose copies meet in the minute of the request, however late they come (src/stream/request-pages.ts).
  expect(first.filter((name) => name.charAt(14) !== "7")).toEqual([]);
  const again = take({ ...vended(...documentedRows.toReversed()), approximateArrivalTimestamp: arrived + 3_600_000 });
  expect(names(again).sort()).toEqual(first.toSorted());
});

test("a retry becomes the same to the byte, and knows what was delivered", () => {
  const records = documentedRows.map((row) => vended(row));
  expect(take(...records)).toEqual(take(...records));
  const [record] = take(vended(documentedRows[0] ?? {})).records;
  expect(contents([{ data: record?.delivered ?? "" }])).toEqual([documentedRows[0]]);
});

test("lines of one day stay in their record, and those of others and rejected ones do not", () => {
  const [row = {}] = documentedRows;
  const at = (time: string, id: string) => ({ ...row, time, "x-edge-request-id": id });
  const mixed = vended(at("14:59:59", "a"), at("15:00:00", "b"), { ...row, "sc-status": "x" }, at("14:00:00", "c"));
  const bad = vended({ ...row, "sc-status": "" });
  const good = vended(at("03:00:00", "d"));
  const { records, dropped, accepted, rejected } = take(mixed, bad, good);
  expect(records.map((one) => [one.recordId, contents([one]).map(({ day }) => day)])).toEqual([
    [mixed.recordId, ["2026-11-25", "2026-11-25"]],
    [good.recordId, ["2026-11-25"]],
  ]);
  expect(dropped).toEqual([bad]);
  expect(rowsOf(accepted).map(({ day, occurred_at }) => [day, occurred_at])).toEqual([
    ["2026-11-26", "2026-11-25T15:00:00.000Z"],
  ]);
  expect(rowsOf(rejected).map(({ source, day }) => [source, day])).toEqual([
    ["cloudfront", "2026-11-26"],
    ["cloudfront", "2026-11-26"],
  ]);
});

test("a line that is cut off or is none is rejected alone, without the address in it", () => {
  const [row = {}] = documentedRows;
  const line = JSON.stringify(row);
  const { records, rejected } = take(recordOfText(`${line.slice(0, 140)}\n${line}\n\n{}\n[1]\nx\n"y"\nnull`));
  expect(contents(records).map(({ path }) => path)).toEqual(["/index.html"]);
  expect(rowsOf(rejected).map(({ reason, raw }) => [reason, JSON.parse(raw).line.slice(0, 20)])).toEqual([
    ["status", line.slice(0, 20)],
    ["status", "{}"],
    ["status", "1"],
    ["status", "x"],
    ["status", '"y"'],
    ["status", "null"],
  ]);
  expect(JSON.stringify(rowsOf(rejected))).not.toContain("203.0.113.7");
});

test("objects one after another are lines, too", () => {
  const lines = documentedRows.slice(0, 3).map((row) => JSON.stringify(row));
  expect(contents(take(recordOfText(lines.join(""))).records)).toHaveLength(3);
});

test("the stage's own rows, and records that nobody knows, stay as they are", () => {
  const own = [
    recordOf([clickRow({ properties: '{"x-edge-location":"ICN54"}' })]),
    recordOf([{ source: "otlp", ...clickRow() }, clickRow({ target: '"x-edge-request-id":' })]),
    recordOf([rejectedEvent({ raw: '{"x-edge-request-id":"a"}' })]),
    recordOf([{ is_copy: true, ...clickRow() }]),
    recordOfText(""),
    recordOfText('{"name":'),
    recordOfText('{"requestContext": "x-edge-location"}'),
  ];
  expect(take(...own)).toEqual({ records: own, dropped: [], accepted: [], rejected: [] });
});

test("rows that the function could not hand back are put on the stream once more, and none is lost", () => {
  const short = (row: CloudFrontRow) =>
    Object.fromEntries(
      ["date", "time", "sc-status", "c-ip", "x-edge-request-id"].map((name) => [name, row[name] ?? ""]),
    );
  const records = documentedRows.slice(0, 7).map((row) => vended(short(row)));
  const size = (some: readonly { data: string }[]) => some.reduce((sum, { data }) => sum + data.length + 200, 0);
  const all = takeVended(records, context);
  expect(all.dropped).toEqual([]);
  const most = Math.floor((size(records) + size(all.records)) / 2);
  const some = takeVended(records, context, most);
  expect([some.records.length, some.dropped.length]).toEqual([3, 4]);
  expect(size([...some.records, ...some.dropped])).toBeLessThanOrEqual(most);
  expect(byId(events(some))).toEqual(byId(events(all)));
});
