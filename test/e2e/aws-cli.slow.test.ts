/**
 * The AWS CLI, if the machine has one, against the local endpoint: it puts a record, invokes a function, scans the
 * table, runs a query and rotates a secret, as it would on AWS.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageStage } from "../../local/package-stage.ts";
import { type Pipeline, startPipeline } from "../../local/start-pipeline.ts";
import { unpackBlock } from "../../src/table/blocks/packed-block.ts";
import { clickRow } from "../fixtures/event-rows.ts";

const version = spawnSync("aws", ["--version"], { encoding: "utf8" }).stdout ?? "";
const root = resolve(import.meta.dirname, "../..");
// Version 2 expects blobs in base64 by default, version 1 as they are.
// https://docs.aws.amazon.com/cli/latest/userguide/cliv2-migration-changes.html
const rawBlobs = version.startsWith("aws-cli/1.") ? [] : ["--cli-binary-format", "raw-in-base64-out"];

describe.skipIf(version === "")("the AWS CLI", { timeout: 120_000 }, () => {
  let home: string;
  let pipeline: Pipeline;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "daymark-cli-"));
    const packaged = await packageStage("local", { root, env: {} });
    pipeline = await startPipeline({ packaged, home: join(home, "data"), port: 0, awsPort: 0 });
  }, 180_000);
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  async function aws(...args: string[]) {
    const credentials = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local", AWS_DEFAULT_REGION: "us-east-1" };
    const options = { env: { ...process.env, ...credentials }, encoding: "utf8" } as const;
    const all = ["--endpoint-url", pipeline.awsUrl, "--output", "json", ...args];
    const { stdout } = await promisify(execFile)("aws", all, options);
    return JSON.parse(stdout);
  }

  it("puts a record that is then counted, queried and scanned, and invokes a function", async () => {
    const row = clickRow({ target: "from the CLI" });
    const stream = ["--delivery-stream-name", "daymark-local-events-0"];
    const put = await aws(
      "firehose",
      "put-record",
      ...stream,
      "--record",
      JSON.stringify({ Data: JSON.stringify(row) }),
      ...rawBlobs,
    );
    expect(put.RecordId).toEqual(expect.any(String));
    await pipeline.flush();

    const { Items } = await aws("dynamodb", "scan", "--table-name", "daymark-local");
    const [head] = Items.filter((item: { pk: { S: string } }) => item.pk.S === "days");
    expect(head).toMatchObject({ sk: { S: row.day }, seen: { N: "1" } });
    const [name] = head.blocks_0.SS;
    const [block] = Items.filter((item: { sk: { S: string } }) => item.sk.S === name);
    const counted = unpackBlock(Buffer.from(block.d.B, "base64")).read("clicks", "target");
    expect(counted).toEqual(new Map([["from the CLI", 1n]]));

    const text = `select target, count(*) as n from events where dt = '${row.day}' group by target`;
    const context = ["--work-group", "daymark-local", "--query-execution-context", "Database=daymark_local"];
    const { QueryExecutionId: id } = await aws("athena", "start-query-execution", "--query-string", text, ...context);
    let state = "QUEUED";
    while (state === "QUEUED" || state === "RUNNING") {
      const { QueryExecution } = await aws("athena", "get-query-execution", "--query-execution-id", id);
      state = QueryExecution.Status.State;
    }
    const { ResultSet } = await aws("athena", "get-query-results", "--query-execution-id", id);
    expect(ResultSet.Rows[1]).toEqual({ Data: [{ VarCharValue: "from the CLI" }, { VarCharValue: "1" }] });

    const secret = ["--secret-id", "daymark/local/read-token"];
    await aws("secretsmanager", "put-secret-value", ...secret, "--secret-string", "rt_from_the_cli");
    expect(await aws("secretsmanager", "get-secret-value", ...secret)).toMatchObject({
      SecretString: "rt_from_the_cli",
    });

    const file = join(home, "answer.json");
    const invoked = await aws(
      "lambda",
      "invoke",
      "--function-name",
      "daymark-local-batch",
      "--payload",
      "{}",
      ...rawBlobs,
      file,
    );
    expect(invoked).toEqual({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ failed: [] });
  });
});
