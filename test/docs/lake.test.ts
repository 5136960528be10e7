/** Checks that docs/lake.md is true: the tables as declared, queries that run, calls that the local port has. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text as readText } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeStage, type Stage } from "../../local/cloudformation/template.ts";
import { packageStage } from "../../local/package-stage.ts";
import { type Pipeline, startPipeline } from "../../local/start-pipeline.ts";
import { functionNames } from "../../local/trino/calls.ts";
import { runSql } from "../../tools/sql/run.ts";
import { codeBlocks, codeLanguages, describedCalls, describedFunctions, describedTables } from "./lake-page.ts";

const root = resolve(import.meta.dirname, "../..");
let home: string;
let stage: Stage;
let pipeline: Pipeline;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-lake-page-"));
  const packaged = await packageStage("local", { root, env: {} });
  stage = describeStage(packaged.template, { accountId: "000000000000", region: "us-east-1" });
  pipeline = await startPipeline({ packaged, home: join(home, "data"), port: 0, awsPort: 0 });
  await sendEvents();
  await pipeline.invoke("daymark-local-batch", {});
}, 180_000);
afterAll(async () => {
  await pipeline?.[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

/**
 * Sends some events of each kind, on a day that the batch can seal, so that every query of the page returns something.
 */
async function sendEvents(): Promise<void> {
  const at = (hour: number, day = 3) => new Date(Date.UTC(2026, 10, day, hour)).toISOString();
  const of = (visitor_id: string) => ({ visitor_id, occurred_at: at(3) });
  const events = [
    { ...of("a"), name: "page_view", url: "https://example.com/jobs", referrer: "https://google.com/", page_number: 1 },
    { ...of("a"), name: "impression", target: "posting-1", occurred_at: at(4) },
    { ...of("a"), name: "click", target: "posting-1", occurred_at: at(5), properties: { text: "한국어" } },
    { ...of("a"), name: "payment", amount: 990, currency: "KRW", occurred_at: at(6) },
    { ...of("a"), name: "page_view", url: "https://example.com/", occurred_at: at(3, 5) },
    { ...of("b"), name: "access_log", status: 503, method: "GET", path: "/down", bytes: 10 },
    { ...of("b"), name: "click" },
  ];
  const headers = { "x-write-key": "tk_local" };
  const answer = await fetch(`${pipeline.url}/v1/events`, { method: "POST", headers, body: JSON.stringify(events) });
  expect([answer.status, await answer.json()]).toMatchObject([202, { accepted: 6, rejected: [{ index: 6 }] }]);
  await pipeline.flush();
}

describe("the page", () => {
  test("has each table with its columns, types and partition, as the catalog has them", () => {
    const declared = stage.glueTables.map(({ name, columns, partitionKeys }) => [
      name,
      {
        columns: columns.map((column) => [column.name, column.type]),
        partition: partitionKeys.flatMap((key) => [key.name, key.type]),
      },
    ]);
    expect(describedTables()).toEqual(Object.fromEntries(declared));
  });

  test("has the functions of local SQL", () => {
    expect(describedFunctions()).toEqual(functionNames());
  });

  test("has eleven queries, and code in languages that are run", () => {
    expect(codeBlocks("sql")).toHaveLength(11);
    expect(codeBlocks("python").length).toBeGreaterThan(5);
    expect([...new Set(codeLanguages())].sort()).toEqual(["python", "sh", "sql"]);
  });
});

test.each(codeBlocks("sql").map(({ code }, index) => [index + 1, code]))(
  "query %i runs and finds something",
  async (_, code) => {
    const out = new PassThrough();
    let err = "";
    const io = {
      stdin: Readable.from([code]),
      out,
      err: (text: string) => (err += text),
      signal: new AbortController().signal,
    };
    const ended = await runSql(["--format", "json", "--url", pipeline.awsUrl], {}, io);
    out.end();
    expect([ended, err]).toEqual([0, expect.stringContaining("read")]);
    const rows = JSON.parse(await readText(out));
    expect(rows.length).toBeGreaterThan(0);
    // Every column has a value somewhere.
    for (const column of Object.keys(rows[0]))
      expect([column, rows.some((row: Record<string, unknown>) => row[column] !== null)]).toEqual([column, true]);
  },
);

/** The prefix of the call in `X-Amz-Target`; S3 and Lambda have paths instead. */
const targets: Record<string, string> = {
  Athena: "AmazonAthena",
  DynamoDB: "DynamoDB_20120810",
  Firehose: "Firehose_20150804",
  Glue: "AWSGlue",
  "Secrets Manager": "secretsmanager",
};

describe("the local port", () => {
  test.each(Object.entries(targets))(
    "has the calls of %s that the page says, and no others",
    async (service, target) => {
      const headers = { "x-amz-target": `${target}.Nothing` };
      const answer = await fetch(pipeline.awsUrl, { method: "POST", headers, body: "{}" });
      const { message } = (await answer.json()) as { message: string };
      expect(describedCalls()[service]).toEqual(message.split(" this machine has ")[1]?.split(", "));
    },
  );

  test("has the calls of S3 and Lambda that the page says, and no others", async () => {
    const text = await (await fetch(`${pipeline.awsUrl}/bucket?acl`)).text();
    expect(describedCalls().S3).toEqual(/ has ([\w, ]+)</.exec(text)?.[1]?.split(", "));
    expect(describedCalls().Lambda).toEqual(["Invoke"]);
    expect(Object.keys(describedCalls()).sort()).toEqual([...Object.keys(targets), "Lambda", "S3"].sort());
  });
});
