/** One batch of an import that touches 500 days: more than a transaction takes, so it becomes visible in groups of days. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createDayLedger } from "../../src/aws/day-ledger.ts";
import { toNumber } from "../../src/metrics/merge.ts";
import { addDays, daysBetween } from "../../src/metrics/time-bucket.ts";
import { startTable } from "../aws/local-table.ts";
import { presentOf } from "../aws/present-values.ts";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";

const stack = new AsyncDisposableStack();
let table: Awaited<ReturnType<typeof startTable>>;
let handler: (event: { records: object[] }, context: object) => Promise<unknown>;

beforeAll(async () => {
  table = stack.use(await startTable());
  const endpoint = await table.client.config.endpoint?.();
  const environment = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${endpoint?.port}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    TABLE: table.table,
    TIMEZONE: "Asia/Seoul",
    LOG_LEVEL: "silent",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  handler = (await import("../../src/handlers/stream.ts")).handler as unknown as typeof handler;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await stack.disposeAsync();
});

const days = daysBetween("2019-01-01", addDays("2019-01-01", 499));
const invoke = (records: object[]) => handler({ records }, {});
const recordsOf = () => days.map((day) => recordOf([clickRow({ occurred_at: `${day}T03:00:00.000Z` })]));

/** Of how many days no click counts, one, and two. */
async function daysByClicks(): Promise<number[]> {
  const counts = [0, 0, 0];
  for (const day of days) {
    const clicks = Number(toNumber((await presentOf(table, day, { metric: "clicks", set: "" })).get("")));
    counts[clicks] = (counts[clicks] ?? 0) + 1;
  }
  return counts;
}

test("500 days count once, though a try dies among them, two come at once, and one comes late", async () => {
  const first = recordsOf();
  const dies = { point: "dynamodb.before", action: "error", code: "ValidationException", status: 400 };
  table.faults.set([{ ...dies, where: { operation: "TransactWriteItems" }, skip: 2, times: 1 }]);
  await expect(invoke(first)).rejects.toThrow("Injected fault");
  table.faults.set([]);
  expect(await daysByClicks()).toEqual([500 - 2 * 99, 2 * 99, 0]);
  await Promise.all([invoke(first), invoke(first.toReversed())]);
  expect(await daysByClicks()).toEqual([0, 500, 0]);
  // On days long over a second block is folded with the first at once; then the first comes again.
  await invoke(recordsOf());
  await invoke(first);
  expect(await daysByClicks()).toEqual([0, 0, 500]);
  const items = await createDayLedger(table).getDays(days);
  expect([...items.values()].map(({ frontier }) => frontier.names.length)).toEqual(days.map(() => 1));
}, 300_000);
