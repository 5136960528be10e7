/**
 * Least privilege, enforced: the stage runs on an AWS that refuses every call that the caller's policies do not allow.
 * Each function works with its own role. What only another function may do is refused to its role, by AWS and not by
 * our code, and the same call succeeds with the right role. The last tests show what this AWS cannot distinguish.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, asText, type Credentials } from "./aws-calls.ts";
import { accountId, type Ministack, region, startMinistack } from "./ministack.ts";
import { openProject } from "./project.ts";
import { ask, keysIn, outputs, post, read } from "./stage.ts";

const stack = "daymark-dev";
const bucket = `${stack}-lake-${accountId}`;
const owned = new AsyncDisposableStack();
const sessions = new Map<string, Credentials>();
let ministack: Ministack;
let deploy: (...args: string[]) => Promise<string>;

beforeAll(async () => {
  ministack = owned.use(await startMinistack({ isStrict: true }));
  const project = owned.use(await openProject(ministack.env));
  deploy = (...args) => project.serverless("deploy", "--stage", "dev", "--param=logs=on", ...args);
  await deploy();
});
afterAll(() => owned.disposeAsync());

const call = (service: string, operation: string, parameters: object = {}): Promise<Answer> =>
  ministack.aws.call(service, operation, parameters);

test("each function does its work under its own role", async () => {
  const events = [{ name: "click", target: "posting-1" }, { name: "click" }];
  const answer = await post(ministack, stack, events);
  const rejected = [expect.objectContaining({ index: 1 })];
  expect([answer.status, answer.json]).toEqual([202, { accepted: 1, rejected }]);
  await expect
    .poll(async () => (await read(ministack, stack, "/v1/metrics/clicks")).total, { timeout: 60_000 })
    .toBe(1);
  expect((await read(ministack, stack, "/v1/status")).rejected.today.total).toBe(1);
  const { LakeBucketName } = await outputs(ministack.aws, stack);
  await expect
    .poll(() => keysIn(ministack.aws, LakeBucketName), { timeout: 60_000 })
    .toContainEqual(expect.stringMatching(/^events\/dt=.*\.parquet$/));
  const { SecretString } = await call("secretsmanager", "get_secret_value", { SecretId: "daymark/dev/trusted-key" });
  const logs = { body: '{"log":"payment 17 failed","level":"error"}', headers: { "x-write-key": SecretString } };
  expect((await ask(ministack, stack, "/v1/logs/app?host=web1", logs)).json).toEqual({ accepted: 1, rejected: 0 });
  await expect
    .poll(async () => (await read(ministack, stack, "/v1/metrics/app_logs")).total, { timeout: 60_000 })
    .toBe(1);
  expect((await ask(ministack, stack, "/v1/health")).status).toBe(200);
  expect((await ask(ministack, stack, "/")).status).toBe(200);
});

type Call = [service: string, operation: string, parameters: object];
type Case = { call: string; by: string[]; not: string[]; of: Call };

const item = { pk: { S: "contract" }, sk: { S: "contract" } };
const key = { TableName: stack, Key: item };
const object = (name: string) => ({ Bucket: bucket, Key: name });
const partition = {
  DatabaseName: "daymark_dev",
  TableName: "rollups",
  PartitionInput: { Values: ["2026-01-01"], StorageDescriptor: { Location: `s3://${bucket}/rollups/dt=2026-01-01/` } },
};
const put = (stream: string): Call => [
  "firehose",
  "put_record_batch",
  { DeliveryStreamName: `${stack}-${stream}`, Records: [{ Data: { $bytes: "e30=" } }] },
];
const secret = (name: string): Call => ["secretsmanager", "get_secret_value", { SecretId: `daymark/dev/${name}` }];
const everybodyBut = (...roles: string[]) =>
  ["Collect", "Logs", "Stream", "Batch", "Query", "Health", "Site"].filter((role) => !roles.includes(role));

/** Who may do what, and who may not; puts come first, so that there is something to get and to delete. */
const cases: Case[] = [
  { call: "put events", by: ["Collect", "Logs"], not: everybodyBut("Collect", "Logs"), of: put("events-0") },
  { call: "put rejected events", by: ["Collect", "Logs"], not: everybodyBut("Collect", "Logs"), of: put("rejected") },
  {
    call: "read the visitors' salt",
    by: ["Collect", "Logs"],
    not: everybodyBut("Collect", "Logs"),
    of: secret("visitor-salt"),
  },
  {
    call: "read the trusted key",
    by: ["Collect", "Logs"],
    not: everybodyBut("Collect", "Logs"),
    of: secret("trusted-key"),
  },
  { call: "read the read token", by: ["Query"], not: everybodyBut("Query"), of: secret("read-token") },
  {
    call: "put an item",
    by: ["Stream"],
    not: ["Collect", "Batch", "Health", "Site", "Delivery", "Scheduler"],
    of: ["dynamodb", "put_item", { TableName: stack, Item: item }],
  },
  {
    // Query may update the items of sessions and shared links alone, but this AWS does not tell items apart.
    call: "update an item",
    by: ["Stream", "Batch", "Query"],
    not: ["Collect", "Health", "Site"],
    of: [
      "dynamodb",
      "update_item",
      { ...key, UpdateExpression: "SET n = :n", ExpressionAttributeValues: { ":n": { N: "1" } } },
    ],
  },
  {
    call: "update items in a transaction",
    by: ["Stream", "Batch", "Query"],
    not: ["Collect"],
    of: [
      "dynamodb",
      "transact_write_items",
      {
        TransactItems: [
          { Update: { ...key, UpdateExpression: "SET n = :n", ExpressionAttributeValues: { ":n": { N: "2" } } } },
        ],
      },
    ],
  },
  {
    call: "read an item",
    by: ["Stream", "Batch", "Query"],
    not: ["Site", "Delivery", "Scheduler"],
    of: ["dynamodb", "get_item", key],
  },
  { call: "delete an item", by: ["Batch"], not: ["Collect", "Stream", "Health"], of: ["dynamodb", "delete_item", key] },
  {
    call: "put an object into events/",
    by: ["Delivery", "Batch"],
    not: ["Collect", "Stream", "Query", "Health"],
    of: ["s3", "put_object", object("events/dt=2026-01-01/contract")],
  },
  {
    call: "read an object of events/",
    by: ["Batch", "Query"],
    not: ["Collect", "Stream", "Site"],
    of: ["s3", "get_object", object("events/dt=2026-01-01/contract")],
  },
  {
    call: "delete an object of events/",
    by: ["Batch"],
    not: ["Collect", "Stream", "Query", "Delivery"],
    of: ["s3", "delete_object", object("events/dt=2026-01-01/contract")],
  },
  {
    call: "put an object into rollups/",
    by: ["Batch"],
    not: ["Query", "Delivery", "Stream"],
    of: ["s3", "put_object", object("rollups/dt=2026-01-01/contract")],
  },
  {
    call: "put an answer of Athena",
    by: ["Batch", "Query"],
    not: ["Collect", "Stream", "Delivery"],
    of: ["s3", "put_object", object("athena-results/contract")],
  },
  {
    call: "list the lake",
    by: ["Batch", "Query", "Delivery"],
    not: ["Collect", "Stream", "Health"],
    of: ["s3", "list_objects_v2", { Bucket: bucket }],
  },
  {
    call: "start a query",
    by: ["Batch", "Query"],
    not: ["Collect", "Stream", "Site"],
    of: ["athena", "start_query_execution", { QueryString: "SELECT 1", WorkGroup: stack }],
  },
  {
    call: "add a partition",
    by: ["Batch"],
    not: ["Query", "Collect", "Stream", "Delivery"],
    of: ["glue", "create_partition", partition],
  },
  {
    call: "read the catalog",
    by: ["Batch", "Query", "Delivery"],
    not: ["Collect", "Stream", "Health"],
    of: ["glue", "get_table", { DatabaseName: "daymark_dev", Name: "events" }],
  },
  {
    call: "run the stream function",
    by: ["Delivery"],
    not: ["Scheduler", "Batch", "Collect"],
    of: ["lambda", "invoke", { FunctionName: `${stack}-stream`, Payload: '{"records":[]}' }],
  },
  {
    call: "run the health function",
    by: [],
    not: ["Scheduler", "Delivery", "Batch", "Collect", "Query", "Stream"],
    of: ["lambda", "invoke", { FunctionName: `${stack}-health`, Payload: "{}" }],
  },
  {
    call: "report a failed run",
    by: ["Batch", "Scheduler"],
    not: ["Collect", "Stream", "Query"],
    of: [
      "sqs",
      "send_message",
      { QueueUrl: `https://sqs.${region}.amazonaws.com/${accountId}/${stack}-batch-failures`, MessageBody: "{}" },
    ],
  },
];

test("the bucket answers nobody who comes without TLS, whatever the role", async () => {
  const [service, operation, parameters]: Call = ["s3", "list_objects_v2", { Bucket: bucket }];
  const answer = ministack.aws.callAs(await sessionOf("Batch"), service, operation, parameters);
  await expect(answer).rejects.toThrow("with an explicit deny in a resource-based policy");
});

describe("who may", () => {
  // The test also connects without TLS. From here on, only the roles decide.
  beforeAll(() => call("s3", "delete_bucket_policy", { Bucket: bucket }));

  test.each(cases)("$call, and who may not", async ({ by, not, of: [service, operation, parameters] }) => {
    const attempt = async (role: string) => {
      const answer = ministack.aws.callAs(await sessionOf(role), service, operation, parameters);
      return answer.then(
        () => "answered",
        (error: Error) => `${error.name}: ${error.message}`,
      );
    };
    const refused = expect.stringMatching(/^AccessDenied.*because no identity-based policy allows/);
    const answers = await Promise.all(not.map(async (role) => [role, await attempt(role)]));
    expect(answers).toEqual(not.map((role) => [role, refused]));
    for (const role of by) expect([role, await attempt(role)]).toEqual([role, "answered"]);
  });
});

/** A session as the function or the service would get it; only the test allows this account to assume the role. */
async function sessionOf(role: string): Promise<Credentials> {
  const known = sessions.get(role);
  if (known) return known;
  const resource = { StackName: stack, LogicalResourceId: `${role}Role` };
  const { StackResourceDetail } = await call("cloudformation", "describe_stack_resource", resource);
  const RoleName = StackResourceDetail.PhysicalResourceId;
  const Principal = { AWS: `arn:aws:iam::${accountId}:root` };
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }],
  });
  await call("iam", "update_assume_role_policy", { RoleName, PolicyDocument });
  const RoleArn = `arn:aws:iam::${accountId}:role/${RoleName}`;
  const { Credentials: given } = await call("sts", "assume_role", { RoleArn, RoleSessionName: "test" });
  const session = {
    aws_access_key_id: given.AccessKeyId,
    aws_secret_access_key: given.SecretAccessKey,
    aws_session_token: given.SessionToken,
  };
  sessions.set(role, session);
  return session;
}

describe("this AWS does not distinguish", () => {
  test("items by their partition key, so that query may put any, and collect, logs and health may read any", async () => {
    const put: Call = ["dynamodb", "put_item", { TableName: stack, Item: item }];
    await ministack.aws.callAs(await sessionOf("Query"), ...put);
    for (const role of ["Collect", "Logs", "Health"])
      await ministack.aws.callAs(await sessionOf(role), "dynamodb", "get_item", key);
  });

  test("queries by their workgroup, so that nobody sees one end", async () => {
    const { Payload } = await call("lambda", "invoke", { FunctionName: `${stack}-batch`, Payload: "{}" });
    expect(asText(Payload)).toContain("is not authorized to perform: athena:GetQueryExecution");
  });

  test("tables of a database, so that the batch may add a partition to any", async () => {
    const other = { ...partition, TableName: "events" };
    await ministack.aws.callAs(await sessionOf("Batch"), "glue", "create_partition", other);
  });
});

test("a deployment in another time zone than the table's is refused by every function, which may read that one item", async () => {
  await deploy("--param=timezone=Europe/Berlin");
  const problem = "counts days of Europe/Berlin, and its table holds days of Asia/Seoul";
  const answer = await post(ministack, stack, [{ name: "click", target: "t" }]);
  expect([answer.status, answer.json.detail]).toEqual([503, expect.stringContaining(problem)]);
  await expect(read(ministack, stack, "/v1/metrics/clicks")).rejects.toThrow(problem);
  const health = await ask(ministack, stack, "/v1/health");
  expect([health.status, health.json]).toEqual([503, expect.objectContaining({ table_timezone: "Asia/Seoul" })]);
  const { Payload } = await call("lambda", "invoke", { FunctionName: `${stack}-batch`, Payload: "{}" });
  expect(asText(Payload)).toContain(problem);
});
