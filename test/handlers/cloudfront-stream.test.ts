/**
 * The stream function of a stage on whose stream CloudFront puts its logs: each line counts once, however often and with
 * whatever else it is delivered, and what cannot be an event harms nothing beside it.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { toNumber } from "../../src/metrics/merge.ts";
import { createDayLedger } from "../../src/table/days/day-ledger.ts";
import { presentOf } from "../aws/present-values.ts";
import { type CloudFrontRow, documentedRows } from "../fixtures/cloudfront-lines.ts";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { startLoopbackFirehose } from "../loopback-firehose.ts";
import { type Stream, startStream } from "./stream-on-table.ts";

const stack = new AsyncDisposableStack();
let firehose: Awaited<ReturnType<typeof startLoopbackFirehose>>;
let stream: Stream;

beforeAll(async () => {
  firehose = stack.use(await startLoopbackFirehose({ "visitor-salt": "salt_secret" }));
  const environment = {
    AWS_ENDPOINT_URL: firehose.url,
    EVENTS_STREAMS: "events-0",
    REJECTED_STREAM: "rejected",
    VISITOR_SALT_SECRET: "visitor-salt",
    MAX_LATENESS_DAYS: "7",
    PRIVATE_PARAMETERS: "none",
  };
  stream = stack.use(await startStream("silent", () => import("../../src/handlers/cloudfront-stream.ts"), environment));
});
afterAll(() => stack.disposeAsync());
beforeEach(() => firehose.clear());

/** Each test has a host of its own. */
const rowsOn = (host: string, count: number): CloudFrontRow[] =>
  Array.from({ length: count }, (_, i) => ({
    ...documentedRows[0],
    "x-host-header": host,
    "x-edge-request-id": `${host} ${i}`,
  }));
const vended = (rows: readonly (object | undefined)[], recordId: string = randomUUID()) =>
  recordOf(
    rows.map((row) => row ?? {}),
    { recordId },
  );
const requestsOf = async (host: string, day = "2026-11-26") =>
  Number(toNumber((await presentOf(stream.table.store, day, { metric: "requests", breakdown: "host" })).get(host)));
const newHost = () => `${randomUUID()}.example`;

test("counts each line, and hands its record back as rows of its day", async () => {
  const host = newHost();
  const [first, second] = [vended(rowsOn(host, 3)), vended([clickRow()])];
  const { records } = await stream.invoke(first, second);
  expect(await requestsOf(host)).toBe(3);
  expect(records.map(({ recordId, result, metadata }) => [recordId, result, metadata?.partitionKeys.dt])).toEqual([
    [first.recordId, "Ok", "2026-11-26"],
    [second.recordId, "Ok", clickRow().day],
  ]);
  expect(records[1]?.data).toBe(second.data);
  const rows = Buffer.from(records[0]?.data ?? "", "base64")
    .toString()
    .trimEnd()
    .split("\n");
  expect(rows.map((row) => JSON.parse(row))).toMatchObject(
    [0, 1, 2].map(() => ({ name: "access_log", host, path: "/index.html", app: "server" })),
  );
  expect(firehose.calls).toEqual([]);
});

test("counts a line once: in a retry of its batch, in another batch, and packed in another way", async () => {
  const host = newHost();
  const [a, b, c, d] = rowsOn(host, 4);
  const batch = [vended([a, b]), vended([c])];
  const first = await stream.invoke(...batch);
  expect(await stream.invoke(...batch.toReversed())).toEqual({ records: first.records.toReversed() });
  const { records } = await stream.invoke(vended([d, c, a]), vended([b]));
  expect(await requestsOf(host)).toBe(4);
  const marks = records.map(({ data }) =>
    Buffer.from(data, "base64")
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).is_copy ?? false),
  );
  expect(marks).toEqual([[false, true, true], [true]]);
});

test("says in the day's item that they came from CloudFront", async () => {
  const before = await sourceOf("2026-02-03");
  await stream.invoke(vended(rowsOn(newHost(), 2).map((row) => ({ ...row, date: "2026-02-03", time: "01:00:00" }))));
  expect([before, await sourceOf("2026-02-03")]).toEqual([undefined, 2]);
});

async function sourceOf(day: string): Promise<number | undefined> {
  const [found] = await createDayLedger(stream.table.store).readDays(day, day);
  return found?.sources?.find(({ source }) => source === "cloudfront")?.rows;
}

test("puts a rejected line on its stream, and lines of another day on the events stream, and loses no neighbour", async () => {
  const host = newHost();
  const [a, b, c] = rowsOn(host, 3);
  const bad = { ...a, "sc-status": "none", "x-edge-request-id": "bad" };
  const alone = vended([bad]);
  const { records } = await stream.invoke(alone, vended([b, { ...c, time: "03:00:00" }, bad], "mixed"));
  expect(records.map(({ recordId, result }) => [recordId, result])).toEqual([
    ["mixed", "Ok"],
    [alone.recordId, "Dropped"],
  ]);
  expect(firehose.rows("rejected").map(({ reason, source }) => [reason, source])).toEqual([
    ["status", "cloudfront"],
    ["status", "cloudfront"],
  ]);
  const [other] = firehose.stored.filter((one) => one.stream === "events-0");
  expect(await requestsOf(host)).toBe(1);
  await stream.invoke({ ...vended([]), data: other?.data.toString("base64") });
  expect(await requestsOf(host, "2026-11-25")).toBe(1);
});

test("counts the others although rejected lines cannot be kept", async () => {
  const host = newHost();
  const [a, b] = rowsOn(host, 2);
  firehose.break(...Array.from({ length: 40 }, () => ({ error: "ServiceUnavailableException", status: 400 })));
  const { records } = await stream.invoke(vended([a]), vended([{ ...b, "sc-status": "x" }]));
  expect(records.map(({ result }) => result)).toEqual(["Ok", "Dropped"]);
  expect(await requestsOf(host)).toBe(1);
});

test("fails the batch while lines of another day cannot be put, and counts each once when it comes again", async () => {
  const host = newHost();
  const [a, b] = rowsOn(host, 2);
  const batch = vended([a, { ...b, time: "03:00:00" }]);
  firehose.break(...Array.from({ length: 40 }, () => ({ error: "ServiceUnavailableException", status: 400 })));
  await expect(stream.invoke(batch)).rejects.toThrow("Cannot put");
  firehose.clear();
  const { records } = await stream.invoke(batch);
  expect(records.map(({ result }) => result)).toEqual(["Ok"]);
  expect(firehose.rows("events-0")).toHaveLength(1);
  expect(await requestsOf(host)).toBe(1);
});
