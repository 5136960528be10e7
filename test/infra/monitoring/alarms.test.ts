/**
 * Who is told what: an alarm for each thing that can go wrong, on a metric that exists, sent to where somebody reads
 * it.
 */
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { asText, type CompiledTemplate, compiledTemplate, type Properties } from "../compiled-template.ts";

type Alarm = { id: string; metric: string; of: string; p: Properties };

const alarmsOf = (template: CompiledTemplate): Alarm[] =>
  template.of("AWS::CloudWatch::Alarm").map(({ id, Properties: p }) => {
    const of = p.Dimensions.map((d: Properties) => `${d.Name}=${asText(d.Value)}`).join(" ");
    return { id, metric: `${p.Namespace} ${p.MetricName}`, of, p };
  });

describe.each(["dev", "prod"])("alarms of stage %s", (stage) => {
  let template: CompiledTemplate;
  let all: Alarm[];
  beforeAll(async () => {
    template = await compiledTemplate(stage);
    all = alarmsOf(template);
  });

  const service = `daymark-${stage}`;
  const fn = (key: string) => `FunctionName=${service}-${key}`;
  test.each([
    ["AWS/Lambda Errors", fn("collect")],
    ["AWS/Lambda Throttles", fn("collect")],
    ["AWS/Lambda Errors", fn("stream")],
    ["AWS/Lambda Throttles", fn("stream")],
    ["AWS/Lambda Duration", fn("stream")],
    ["AWS/Lambda Errors", fn("query")],
    ["AWS/Lambda Errors", fn("batch")],
    ["AWS/SQS ApproximateNumberOfMessagesVisible", `QueueName=${service}-batch-failures`],
    ["AWS/DynamoDB ReadThrottleEvents", `TableName=${service}`],
    ["AWS/DynamoDB WriteThrottleEvents", `TableName=${service}`],
    ["AWS/ApiGateway 5xx", "ApiId=<HttpApi>"],
    ["AWS/ApiGateway Latency", "ApiId=<HttpApi> Stage=$default Method=POST Resource=/v1/events"],
    ["Daymark IncompleteDay", `service=${service}`],
    ["Daymark Drift", `service=${service}`],
    ["Daymark ValuesBounded", `service=${service}`],
    ["Daymark RejectedNotKept", `service=${service}`],
    ["Daymark UnreadableRecords", `service=${service}`],
    ["Daymark QueryFailed", `service=${service}`],
    ["Daymark SecretNotRead", `service=${service}`],
    ["Daymark FoldFailed", `service=${service}`],
  ])("watch %s of %s", (metric, of) => {
    expect(all.filter((alarm) => alarm.metric === metric && alarm.of === of)).toHaveLength(1);
  });

  test.each([
    "DeliveryToS3.DataFreshness",
    "ThrottledRecords",
    "ExecuteProcessing.Success",
    "PartitionCountExceeded",
    "FailedConversion.Records",
  ])("watch %s of every delivery stream", (metric) => {
    const streams = template.of("AWS::KinesisFirehose::DeliveryStream").map((s) => s.Properties.DeliveryStreamName);
    const watched = all.filter((alarm) => alarm.metric === `AWS/Firehose ${metric}`).map(({ of }) => of);
    expect(watched).toEqual(streams.map((name) => `DeliveryStreamName=${name}`));
  });

  test("watch functions, streams, queues and tables that there are", () => {
    const names = new Set(
      template.all.flatMap(({ Properties: p }) => [p?.FunctionName, p?.DeliveryStreamName, p?.QueueName, p?.TableName]),
    );
    const strange = all.filter(
      ({ of }) => /^(Function|DeliveryStream|Queue|Table)Name=/.test(of) && !names.has(of.split("=")[1]),
    );
    expect(strange).toEqual([]);
  });

  test("are told by functions whose lines carry the same service", () => {
    const functions = template.of("AWS::Lambda::Function");
    expect(functions.map((f) => f.Properties.Environment.Variables.SERVICE)).toEqual(functions.map(() => service));
  });

  test("say what to do, once for each, and when it is over", () => {
    expect(all.filter(({ p }) => !(p.AlarmDescription.length > 30))).toEqual([]);
    expect(all.filter(({ p }) => asText(p.OKActions) !== "<AlarmTopic>")).toEqual([]);
    expect(new Set(all.map(({ p }) => p.AlarmName)).size).toBe(all.length);
  });

  test("warn of slow counting before Lambda ends it", () => {
    const slow = all.find(({ id }) => id === "StreamSlowAlarm")?.p;
    const timeoutMs = template.one("StreamLambdaFunction").Properties.Timeout * 1000;
    expect(slow.Threshold).toBeGreaterThan(timeoutMs / 2);
    expect(slow.Threshold).toBeLessThan(timeoutMs);
  });

  test("are as many as the docs say, with those of each delivery stream", async () => {
    const docs = await readFile("docs/deploying.md", "utf8");
    const [, ofStage = ""] = /stage has (\d+), and\s+five\s+for\s+each\s+delivery\s+stream/.exec(docs) ?? [];
    expect(all).toHaveLength(Number(ofStage) + 5 * template.of("AWS::KinesisFirehose::DeliveryStream").length);
  });

  test("need no log to be searched: no metric filter is left", () => {
    expect(template.of("AWS::Logs::MetricFilter")).toEqual([]);
  });
});

describe("the topic of alarms", { timeout: 180_000 }, () => {
  test("is subscribed to by the address that was given", async () => {
    const subscribed = async (stage: string) =>
      (await compiledTemplate(stage)).one("AlarmTopic").Properties.Subscription;
    expect(await subscribed("prod")).toEqual([{ Protocol: "email", Endpoint: "alarms@example.com" }]);
    // Told none.
    expect(await subscribed("dev")).toBeUndefined();
  });

  test("has a key that CloudWatch may use for this account, where it is encrypted", async () => {
    const prod = await compiledTemplate("prod");
    expect(prod.one("AlarmTopic").Properties.KmsMasterKeyId).toEqual({ Ref: "AlarmKey" });
    const { KeyPolicy, EnableKeyRotation } = prod.one("AlarmKey").Properties;
    expect(EnableKeyRotation).toBe(true);
    expect(KeyPolicy.Statement.map((s: Properties) => [s.Principal.Service, [s.Action].flat().join()])).toEqual([
      [undefined, "kms:*"],
      ["cloudwatch.amazonaws.com", "kms:Decrypt,kms:GenerateDataKey*"],
    ]);
    expect(KeyPolicy.Statement[1].Condition).toEqual({
      StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
    });
    const dev = await compiledTemplate("dev");
    expect([dev.one("AlarmTopic").Properties.KmsMasterKeyId, dev.of("AWS::KMS::Key")]).toEqual([undefined, []]);
  });
});
