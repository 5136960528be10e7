import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createTableZone, LOOK_AGAIN_MS } from "../../src/table/time-zone.ts";
import { startTable } from "../aws/dynamodb/local-table.ts";
import { silent } from "../silent-reporter.ts";

let table: Awaited<ReturnType<typeof startTable>>;
let now = 0;
beforeAll(async () => {
  vi.stubEnv("LOG_LEVEL", "silent");
  table = await startTable();
});
afterAll(() => table[Symbol.asyncDispose]());
beforeEach(async () => {
  table.faults.set([]);
  await table.client.send(
    new DeleteItemCommand({ TableName: table.table, Key: { pk: { S: "zone" }, sk: { S: "zone" } } }),
  );
});

const zoneOf = (timezone: string) => createTableZone({ ...silent, table: table.store, timezone, clock: () => now });
const calls = () => Object.values(table.faults.report()).reduce((sum, { passed }) => sum + passed, 0);

test("a table without a zone takes that of whoever counts first, and keeps it", async () => {
  expect(await zoneOf("Asia/Seoul").read()).toBeUndefined();
  expect(await zoneOf("Asia/Seoul").claim()).toBe("Asia/Seoul");
  expect(await zoneOf("Europe/Berlin").claim()).toBe("Asia/Seoul");
  expect(await zoneOf("Europe/Berlin").read()).toBe("Asia/Seoul");
});

test("all who come at once agree", async () => {
  const zones = ["Asia/Seoul", "Europe/Berlin", "UTC", "America/New_York"];
  const claimed = await Promise.all([...zones, ...zones, ...zones].map((zone) => zoneOf(zone).claim()));
  expect(new Set(claimed).size).toBe(1);
});

test("nobody asks again who knows that it is the same", async () => {
  await zoneOf("Asia/Seoul").claim();
  // Calls are only counted while there is a rule, even one that never applies.
  table.faults.set([{ point: "dynamodb.before", action: "error", probability: 0 }]);
  const [reader, counter] = [zoneOf("Asia/Seoul"), zoneOf("Asia/Seoul")];
  await Promise.all([reader.read(), counter.claim()]);
  const before = calls();
  expect(before).toBeGreaterThan(0);
  for (let i = 0; i < 100; i++) {
    now += LOOK_AGAIN_MS;
    expect([await reader.read(), await counter.claim()]).toEqual(["Asia/Seoul", "Asia/Seoul"]);
  }
  expect(calls()).toBe(before);
});

test("one that is not there yet, or another, is looked at again after a minute, and not before", async () => {
  const reader = zoneOf("Asia/Seoul");
  expect(await reader.read()).toBeUndefined();
  await zoneOf("Europe/Berlin").claim();
  now += LOOK_AGAIN_MS - 1;
  expect(await reader.read()).toBeUndefined();
  now += 1;
  expect(await reader.read()).toBe("Europe/Berlin");
});

test("a table that cannot be read says nothing to readers, and stops whoever would write its days", async () => {
  await zoneOf("Asia/Seoul").claim();
  table.faults.set([{ point: "dynamodb.before", action: "error", times: 100 }]);
  expect(await zoneOf("Europe/Berlin").read()).toBeUndefined();
  await expect(zoneOf("Europe/Berlin").claim()).rejects.toThrow();
});
