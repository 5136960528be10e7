/**
 * A protected stage that is removed and deployed again is the same stage: its data, its catalog, its secrets, its
 * numbers.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer } from "./aws-calls.ts";
import { accountId, type Ministack, startMinistack } from "./ministack.ts";
import { openProject, type Project } from "./project.ts";
import { keysIn, outputs, post, read } from "./stage.ts";

const stack = "daymark-prod";
const bucket = `${stack}-lake-${accountId}`;
const database = "daymark_prod";
const stage = ["--stage", "prod", "--param=alarmEmail=none", "--param=lakeBufferSeconds=60"];
const owned = new AsyncDisposableStack();
let ministack: Ministack;
let project: Project;

beforeAll(async () => {
  ministack = owned.use(await startMinistack());
  project = owned.use(await openProject(ministack.env));
});
afterAll(() => owned.disposeAsync());

const call = (service: string, operation: string, parameters: object = {}): Promise<Answer> =>
  ministack.aws.call(service, operation, parameters);
const clicks = async () => (await read(ministack, stack, "/v1/metrics/clicks")).total;
const stackResources = async (): Promise<string[]> => {
  const { StackResources } = await call("cloudformation", "describe_stack_resources", { StackName: stack });
  return StackResources.map(({ LogicalResourceId }: Answer) => LogicalResourceId);
};
const kept = async () => ({
  secrets: (await call("secretsmanager", "list_secrets")).SecretList.map(({ ARN }: Answer) => ARN).sort(),
  tables: (await call("glue", "get_tables", { DatabaseName: database })).TableList.map(
    ({ Name }: Answer) => Name,
  ).sort(),
  partitions: (await call("glue", "get_partitions", { DatabaseName: database, TableName: "rollups" })).Partitions
    .length,
});
let before: Awaited<ReturnType<typeof kept>>;

test("removing it stops taking events, waits for those that were, and leaves what it should", async () => {
  await project.serverless("deploy", ...stage);
  for (const target of ["a", "b", "c"])
    expect((await post(ministack, stack, [{ name: "click", target }])).status).toBe(202);
  await expect.poll(clicks, { timeout: 60_000 }).toBe(3);
  await call("glue", "create_partition", {
    DatabaseName: database,
    TableName: "rollups",
    PartitionInput: {
      Values: ["2026-01-01"],
      StorageDescriptor: { Location: `s3://${bucket}/rollups/dt=2026-01-01/` },
    },
  });
  before = await kept();
  // An event that is not yet counted when the removal begins.
  expect((await post(ministack, stack, [{ name: "click", target: "last" }])).status).toBe(202);

  const output = await project.serverless("remove", ...stage);
  expect(output).toContain("No events are taken any more; 100 s until those that were are in the lake");
  await expect(call("cloudformation", "describe_stacks", { StackName: stack })).rejects.toThrow();
  expect((await call("firehose", "list_delivery_streams")).DeliveryStreamNames).toEqual([]);
  expect(await kept()).toEqual(before);
  expect(before).toMatchObject({ tables: expect.arrayContaining(["events", "rollups"]), partitions: 1 });
  expect((await call("dynamodb", "list_tables")).TableNames).toEqual([stack]);
  expect(await keysIn(ministack.aws, bucket)).toContainEqual(expect.stringMatching(/^events\/dt=.*\.parquet$/));
}, 300_000);

test("a stage that protects nothing is not deployed over it", async () => {
  const { code, output } = await project.run("serverless", "deploy", ...stage, "--param=protectData=false");
  expect(code).toBe(1);
  expect(output).toContain(`Cannot deploy stage "prod": ${bucket}, `);
  expect(output).toContain('deploy over it with --param="protectData=true"');
});

test("deploying it again adopts all of it, with every event that had been accepted", async () => {
  const { TableList } = await call("glue", "get_tables", { DatabaseName: database });
  const { Columns, ...descriptor } = TableList.find(({ Name }: Answer) => Name === "events").StorageDescriptor;
  // As an older release would have left it.
  await call("glue", "update_table", {
    DatabaseName: database,
    TableInput: { Name: "events", StorageDescriptor: { ...descriptor, Columns: Columns.slice(0, 3) } },
  });
  expect(await project.serverless("deploy", ...stage)).toContain("Adopted what is there and in no stack: ");
  expect(await kept()).toEqual(before);
  expect(await stackResources()).toEqual(
    expect.not.arrayContaining(["LakeBucket", "Table", "Database", "EventsTable"]),
  );
  const { Table } = await call("glue", "get_table", { DatabaseName: database, Name: "events" });
  expect(Table.StorageDescriptor.Columns).toEqual(Columns);
  expect((await outputs(ministack.aws, stack)).LakeBucketName).toBe(bucket);

  expect(await clicks()).toBe(4);
  expect((await post(ministack, stack, [{ name: "click", target: "after" }])).status).toBe(202);
  await expect.poll(clicks, { timeout: 60_000 }).toBe(5);
  await expect
    .poll(async () => (await keysIn(ministack.aws, bucket)).filter((key) => key.startsWith("events/")).length, {
      timeout: 60_000,
    })
    .toBeGreaterThan(4);
});

test("it is updated as any other from then on", async () => {
  expect(await project.serverless("deploy", ...stage)).toContain("No changes to deploy");
  const output = await project.serverless("deploy", ...stage, "--param=logLevel=warn");
  expect(output).toContain(`Service deployed to stack ${stack}`);
  expect(await clicks()).toBe(5);
});
