/**
 * Streams are added and removed with `eventStreams`, and none is removed while it may hold an event; a removed stage
 * leaves what it should.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "./aws-calls.ts";
import { accountId, type Ministack, startMinistack } from "./ministack.ts";
import { openProject, type Project } from "./project.ts";
import { keysIn, outputs, post, read } from "./stage.ts";

const stack = "daymark-dev";
const owned = new AsyncDisposableStack();
let ministack: Ministack;
let project: Project;

beforeAll(async () => {
  ministack = owned.use(await startMinistack());
  project = owned.use(await openProject(ministack.env));
});
afterAll(() => owned.disposeAsync());

const deploy = (eventStreams: number) =>
  project.serverless("deploy", "--stage", "dev", `--param=eventStreams=${eventStreams}`);
const call = (service: string, operation: string, parameters: object = {}): Promise<Answer> =>
  ministack.aws.call(service, operation, parameters);
const streams = async (): Promise<string[]> =>
  (await call("firehose", "list_delivery_streams")).DeliveryStreamNames.sort();
const written = async (): Promise<string> =>
  (await call("lambda", "get_function_configuration", { FunctionName: `${stack}-collect` })).Environment.Variables
    .EVENTS_STREAMS;

describe("eventStreams", () => {
  test("1 and then 3 makes two more streams, and collect writes to all", async () => {
    await deploy(1);
    await deploy(3);
    expect(await streams()).toEqual([...[0, 1, 2].map((n) => `${stack}-events-${n}`), `${stack}-rejected`]);
    expect(await written()).toBe(`${stack}-events-0,${stack}-events-1,${stack}-events-2`);
    for (let i = 0; i < 20; i++)
      expect((await post(ministack, stack, [{ name: "click", target: "t" }])).status).toBe(202);
  });

  test("back to 1 leaves the other streams where they are, and nobody writes to them any more", async () => {
    expect(await deploy(1)).toContain(`Stream ${stack}-events-1 is not written to since`);
    expect(await streams()).toContain(`${stack}-events-1`);
    expect(await written()).toBe(`${stack}-events-0`);
    expect(await deploy(1)).toContain("No changes to deploy");
    await expect
      .poll(async () => (await read(ministack, stack, "/v1/metrics/clicks")).total, { timeout: 60_000 })
      .toBe(20);
  });

  test("2 again uses it again, and 1 again starts its hour anew", async () => {
    await deploy(2);
    expect(await written()).toBe(`${stack}-events-0,${stack}-events-1`);
    expect(await deploy(1)).toContain(`Stream ${stack}-events-1 is not written to since`);
  });

  test("1 for an hour deletes a stream, unless something still waits in it", async () => {
    const { TemplateBody } = await call("cloudformation", "get_template", { StackName: stack });
    const body = typeof TemplateBody === "string" ? TemplateBody : JSON.stringify(TemplateBody);
    // As if the deployment had been two hours ago.
    const old = body.replace(
      /("Key":\s*"daymark:unused-since",\s*"Value":\s*")[^"]+/g,
      `$1${new Date(Date.now() - 7_200_000).toISOString()}`,
    );
    expect(old).not.toBe(body);
    const { LakeBucketName } = await outputs(ministack.aws, stack);
    await call("s3", "put_object", {
      Bucket: LakeBucketName,
      Key: "template.json",
      Body: { $bytes: Buffer.from(old).toString("base64") },
    });
    await call("cloudformation", "update_stack", {
      StackName: stack,
      TemplateURL: `https://s3.amazonaws.com/${LakeBucketName}/template.json`,
      Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    });
    const status = async () =>
      (await call("cloudformation", "describe_stacks", { StackName: stack })).Stacks[0].StackStatus;
    await expect.poll(status, { timeout: 60_000 }).toBe("UPDATE_COMPLETE");

    const waiting = (value: number) =>
      call("cloudwatch", "put_metric_data", {
        Namespace: "AWS/Firehose",
        MetricData: [
          {
            MetricName: "DeliveryToS3.DataFreshness",
            Dimensions: [{ Name: "DeliveryStreamName", Value: `${stack}-events-1` }],
            Value: value,
          },
        ],
      });
    await waiting(420);
    const output = await deploy(1);
    expect(output).toContain(`Stream ${stack}-events-1 is not written to since`);
    expect(output).toContain(`Stream ${stack}-events-2 is empty and is deleted`);
    expect(await streams()).toEqual([`${stack}-events-0`, `${stack}-events-1`, `${stack}-rejected`]);
  });
});

describe("remove", () => {
  test("of a stage that protects nothing empties its bucket, and leaves nothing", async () => {
    const bucket = `${stack}-lake-${accountId}`;
    expect(await keysIn(ministack.aws, bucket)).toContainEqual(expect.stringMatching(/^events\//));
    expect(await project.serverless("remove", "--stage", "dev")).toContain(`Emptied bucket ${bucket}`);
    await expect(call("cloudformation", "describe_stacks", { StackName: stack })).rejects.toThrow();
    expect(await streams()).toEqual([]);
    expect((await call("s3", "list_buckets")).Buckets).toEqual([]);
    expect((await call("dynamodb", "list_tables")).TableNames).toEqual([]);
    expect((await call("glue", "get_databases")).DatabaseList).toEqual([]);
    expect((await call("secretsmanager", "list_secrets")).SecretList).toEqual([]);
  });
});
