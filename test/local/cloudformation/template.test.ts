// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation and Athena have placeholders of their own
import { resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createResolver } from "../../../local/cloudformation/resolver.ts";
import { describeStage, type Stage } from "../../../local/cloudformation/template.ts";
import { packageStage } from "../../../local/package-stage.ts";
import { eventColumns } from "../../../src/schemas/tables/event-columns.ts";

const account = { accountId: "000000000000", region: "eu-west-1" };

describe("resolver", () => {
  const template = {
    Resources: {
      Table: { Type: "AWS::DynamoDB::Table", Properties: { TableName: "t" } },
      Bucket: { Type: "AWS::S3::Bucket", Properties: { BucketName: { "Fn::Sub": "b-${AWS::AccountId}" } } },
      Token: { Type: "AWS::SecretsManager::Secret", Properties: { Name: "a/token" } },
      Other: { Type: "AWS::EC2::Instance", Properties: {} },
    },
  };
  const resolver = createResolver(template, account);

  test.each([
    [{ Ref: "Table" }, "t"],
    [{ Ref: "AWS::Region" }, "eu-west-1"],
    [{ "Fn::GetAtt": ["Bucket", "Arn"] }, "arn:aws:s3:::b-000000000000"],
    [{ "Fn::Sub": "${Table.Arn}/x" }, "arn:aws:dynamodb:eu-west-1:000000000000:table/t/x"],
    [{ "Fn::Sub": ["${A}-${Table}", { A: { Ref: "Bucket" } }] }, "b-000000000000-t"],
    [{ "Fn::Sub": "dt=${!dt}" }, "dt=${dt}"],
    [{ "Fn::Join": ["/", ["a", { Ref: "Table" }]] }, "a/t"],
    [{ Ref: "Token" }, "arn:aws:secretsmanager:eu-west-1:000000000000:secret:a/token"],
    [{ deep: [{ Ref: "Table" }, 1, null] }, { deep: ["t", 1, null] }],
  ])("makes of %j what a deployment would", (value, expected) => {
    expect(resolver(value)).toEqual(expected);
  });

  test.each([
    [{ Ref: "Nobody" }, /no such resource/],
    [{ "Fn::Select": [0, []] }, /Fn::Select/],
    [{ "Fn::GetAtt": ["Table", "StreamArn"] }, /only Arn/],
    [{ Ref: "Other" }, /AWS::EC2::Instance is not supported/],
  ])("refuses %j rather than guess", (value, message) => {
    expect(() => resolver(value)).toThrow(message);
  });
});

test("a resource that is neither started nor knowingly left out stops the start", () => {
  const template = { Resources: { Stray: { Type: "AWS::EC2::Instance", Properties: {} } } };
  expect(() => describeStage(template, account)).toThrow(/Cannot run Stray .*AWS::EC2::Instance/);
});

describe("stage local", () => {
  let stage: Stage;
  beforeAll(async () => {
    const packaged = await packageStage("local", {
      root: resolve(import.meta.dirname, "../../.."),
      env: { DAYMARK_TIMEZONE: "Europe/Berlin" },
    });
    stage = describeStage(packaged.template, account);
  });

  test("has its keys, its intervals, and the zone of this machine's choice", () => {
    const { environment } = stage.functions.find(({ key }) => key === "collect") ?? {};
    expect(environment).toMatchObject({
      TIMEZONE: "Europe/Berlin",
      EVENTS_STREAMS: "daymark-local-events-0",
      REJECTED_STREAM: "daymark-local-rejected",
      APPS: expect.stringMatching(/^\[{"app":"web","key":"wk_local","origins":\["\*"\],"names":\[/),
      EDGE: "cloudfront",
      EVENTS_PER_MINUTE: "30000",
      BYTES_PER_MINUTE: "67108864",
      TRUSTED_KEY_SECRET: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:daymark/local/trusted-key",
    });
    expect(stage.functions.find(({ key }) => key === "query")?.environment).toMatchObject({
      READ_TOKEN_SECRET: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:daymark/local/read-token",
      DATABASE: "daymark_local",
    });
    expect(stage.functions.find(({ key }) => key === "batch")?.environment).toMatchObject({
      SETTLE_MINUTES: "0",
      LAKE_BUCKET: "daymark-local-lake-000000000000",
    });
  });

  test("has its secrets, with the values that everybody knows", () => {
    expect(stage.secrets.map(({ name, value }) => [name, value])).toEqual([
      ["daymark/local/read-token", "rt_local"],
      ["daymark/local/trusted-key", "tk_local"],
      ["daymark/local/visitor-salt", "vs_local"],
    ]);
  });

  test("has delivery streams with their function, their buffers and their columns", () => {
    expect(stage.deliveryStreams.map(({ name }) => name)).toEqual(["daymark-local-events-0", "daymark-local-rejected"]);
    expect(stage.deliveryStreams[0]).toMatchObject({
      bucket: "daymark-local-lake-000000000000",
      prefix: "events/dt=!{partitionKeyFromLambda:dt}/",
      timeZone: "Europe/Berlin",
      dynamicPartitioning: true,
      processor: { functionName: "daymark-local-stream", bufferSizeInMBs: 3, bufferIntervalInSeconds: 1 },
      lake: { intervalInSeconds: 5 },
      columns: Object.entries(eventColumns).map(([name, type]) => ({ name, type })),
    });
  });

  test("has a route for each function behind the API, its CORS and its throttle", () => {
    expect(stage.api.routes).toContainEqual({
      method: "GET",
      path: "/v1/live/{metric}",
      functionName: "daymark-local-query",
    });
    expect(stage.api.cors?.allowOrigins).toEqual(["*"]);
    expect(stage.api.throttle?.rate).toBeGreaterThanOrEqual(1000);
  });

  test("has its tables, its workgroup, its schedules and its bucket", () => {
    expect(stage.tables).toMatchObject([
      { TableName: "daymark-local", TimeToLiveSpecification: { AttributeName: "expires", Enabled: true } },
    ]);
    expect(stage.glueTables.map(({ database, name, location }) => [database, name, location])).toEqual(
      ["events", "rejected", "daily_events", "rollups", "rollups_monthly", "rollups_by_month"].map((name) => [
        "daymark_local",
        name,
        `s3://daymark-local-lake-000000000000/${name}/`,
      ]),
    );
    expect(stage.glueTables[0]?.parameters["storage.location.template"]).toBe(
      "s3://daymark-local-lake-000000000000/events/dt=${dt}/",
    );
    expect(stage.workgroups).toMatchObject([
      { name: "daymark-local", outputLocation: "s3://daymark-local-lake-000000000000/athena-results/" },
    ]);
    expect(stage.schedules).toMatchObject([
      { functionName: "daymark-local-batch", timeZone: "Europe/Berlin", input: {} },
      { functionName: "daymark-local-batch", timeZone: "Europe/Berlin", input: {} },
    ]);
    expect(stage.buckets).toEqual(["daymark-local-lake-000000000000"]);
  });
});
