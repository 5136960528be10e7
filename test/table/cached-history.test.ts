import { randomBytes } from "node:crypto";
import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CachedHistory, createCachedHistory } from "../../src/table/cached-history.ts";
import { startTable } from "../aws/dynamodb/local-table.ts";
import { silent } from "../silent-reporter.ts";

let table: Awaited<ReturnType<typeof startTable>>;
let answers: CachedHistory;
const now = Date.parse("2026-11-22T03:00:00Z");
const days = (n: number) => n * 86_400_000;

beforeAll(async () => {
  table = await startTable();
  answers = createCachedHistory(table.store, silent.log);
});
afterAll(() => table[Symbol.asyncDispose]());

/** Rows that do not compress well, of about `bytes` in total. */
const rows = (bytes: number) =>
  Array.from({ length: Math.ceil(bytes / 1000) }, () => ({ key: randomBytes(750).toString("base64") }));

test("an answer that nobody has given is not known", async () => {
  expect(await answers.read("none", now)).toBeUndefined();
});

test("a question that Athena is at is known by its execution, for an hour", async () => {
  await answers.putRunning("running", "x1", now);
  expect(await answers.read("running", now + 3_599_999)).toEqual({ execution: "x1" });
  expect(await answers.read("running", now + 3_600_000)).toBeUndefined();
});

test.each([0, 1, 300_000, 400_000, 1_500_000])("rows of %i bytes come back, for a week", async (bytes) => {
  const given = rows(bytes);
  await answers.putRunning(`rows${bytes}`, "x1", now);
  await answers.putRows(`rows${bytes}`, "x1", given, now);
  expect(await answers.read(`rows${bytes}`, now + days(7) - 1)).toEqual({ rows: given });
  expect(await answers.read(`rows${bytes}`, now + days(7))).toBeUndefined();
});

test("rows of which a part is missing, or is of another execution, are not known", async () => {
  await answers.putRows("torn", "x1", rows(800_000), now);
  const Key = { pk: { S: "answer#torn" }, sk: { S: "1" } };
  await table.client.send(new DeleteItemCommand({ TableName: table.table, Key }));
  expect(await answers.read("torn", now)).toBeUndefined();
  await answers.putRows("torn", "x1", rows(800_000), now);
  await answers.putRows("other", "x2", rows(800_000), now);
  expect(await answers.read("torn", now)).toBeDefined();
  await answers.putRows("torn", "x2", rows(400_000), now);
  await answers.putRows("torn", "x3", rows(10), now);
  expect(await answers.read("torn", now)).toMatchObject({ rows: [{}] });
});

test("an answer that was removed is not known", async () => {
  await answers.putRunning("removed", "x1", now);
  await answers.remove("removed");
  expect(await answers.read("removed", now)).toBeUndefined();
});
