/** What the stream reports to CloudWatch about a batch, read from its log as CloudWatch does. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { type Stream, startStream } from "./stream-on-table.ts";

let stream: Stream;
beforeAll(async () => {
  stream = await startStream("error");
});
afterAll(() => stream[Symbol.asyncDispose]());

async function linesOf(...records: object[]): Promise<Record<string, unknown>[]> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  await stream.invoke(...records).finally(() => spy.mockRestore());
  return written.map((line) => JSON.parse(line));
}

test("how many rows were counted, and how long the oldest of them had waited", async () => {
  const early = recordOf([clickRow(), clickRow()], { arrived: Date.now() - 5000 });
  const [line, ...more] = await linesOf(early, recordOf([clickRow()]));
  expect(more).toEqual([]);
  const units = [
    { Name: "RowsCounted", Unit: "Count" },
    { Name: "CountingDelay", Unit: "Milliseconds" },
  ];
  expect(line).toMatchObject({ message: "figures", RowsCounted: 3, _aws: { CloudWatchMetrics: [{ Metrics: units }] } });
  expect(line?.CountingDelay).toBeGreaterThanOrEqual(5000);
});

test("that records could not be read, whatever the log level", async () => {
  const lines = await linesOf({ ...recordOf([clickRow()]), data: "bm8=" });
  expect(lines.map(({ message }) => message)).toEqual(["UnreadableRecords", "figures"]);
});

test("that a day could not be folded, while the batch counts", async () => {
  const refused = { action: "error", code: "ValidationException", status: 400 };
  stream.table.faults.set([{ point: "dynamodb.before", ...refused, where: { update: "DELETE #old*" } }]);
  const messages: unknown[] = [];
  for (let batch = 0; batch < 12; batch++)
    messages.push(...(await linesOf(recordOf([clickRow()]))).map(({ message }) => message));
  expect(messages.filter((message) => message === "FoldFailed").length).toBeGreaterThan(0);
  expect(messages.filter((message) => message === "figures")).toHaveLength(12);
});
