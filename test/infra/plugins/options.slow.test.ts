/**
 * What a stage may ask for beyond the necessary, and only pays for if it does: access log, tracing, concurrency,
 * sources.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { documentedRows } from "../../fixtures/cloudfront-lines.ts";
import { asText, type CompiledTemplate, compiledTemplate, type Properties } from "../compiled-template.ts";

const lambda = "AWS::Lambda::Function";
const roles = ["CollectRole", "StreamRole", "BatchRole", "QueryRole", "HealthRole", "SiteRole"];
const asked = {
  accessLog: "true",
  tracing: "true",
  dashboard: "false",
  logs: "on",
  logGroups: "/aws/eks/prod/cluster,/aws/lambda/shop",
  logBuckets: "cdn-logs,lb-logs",
  kafkaCluster: "arn:aws:kafka:ap-northeast-2:123456789012:cluster/events/751d2973-2",
  kafkaTopics: "orders,payments",
  snapshots: JSON.stringify([
    {
      source: "shop",
      engine: "postgres",
      secret: "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:shop-reader-AbCdEf",
      tables: [{ table: "public.orders" }],
    },
  ]),
  snapshotSubnets: "subnet-0a1,subnet-0b2",
  snapshotSecurityGroups: "sg-0c3",
  collectConcurrency: "50",
  streamConcurrency: "10",
};

let plain: CompiledTemplate[];
let full: CompiledTemplate;
beforeAll(async () => {
  plain = [await compiledTemplate("dev"), await compiledTemplate("prod")];
  full = await compiledTemplate("dev", asked);
}, 300_000);

describe("the access log", () => {
  test("says of each request what became of it and why, and nothing of who asked", () => {
    const { DestinationArn, Format } = full.one("HttpApiStage").Properties.AccessLogSettings;
    const group = full.one(DestinationArn["Fn::GetAtt"][0]);
    expect([group.Type, group.Properties.RetentionInDays]).toEqual(["AWS::Logs::LogGroup", 14]);
    const fields = JSON.parse(Format);
    expect(fields).toMatchObject({
      request_id: "$context.requestId",
      function_request_id: "$context.integration.requestId",
      status: "$context.status",
      function_error: "$context.integrationErrorMessage",
      error: "$context.error.message",
    });
    // An address is never stored; the query string of a pixel contains a key.
    expect(Format).not.toMatch(/identity|sourceIp|userAgent|\$context\.path|query/i);
    expect(Object.values(fields).filter((value) => !/^\$context\.[\w.]+$/.test(String(value)))).toEqual([]);
  });

  test("is on in prod, and elsewhere if it is asked for", () => {
    const [dev, prod] = plain.map((template) => template.one("HttpApiStage").Properties.AccessLogSettings);
    expect([dev, prod !== undefined]).toEqual([undefined, true]);
  });
});

describe("tracing", () => {
  test("is on for every function where it is asked for, and its role may write traces", () => {
    const modes = full.of(lambda).map((f) => f.Properties.TracingConfig?.Mode);
    expect(modes).toEqual(modes.map(() => "Active"));
    for (const role of [...roles, "LogsRole", "CloudwatchRole", "BucketsRole", "KafkaRole", "SnapshotRole"])
      expect(JSON.stringify(full.one(role).Properties.ManagedPolicyArns)).toContain("policy/AWSXRayDaemonWriteAccess");
  });

  test("is off otherwise, and needs no right then", () => {
    for (const template of plain) {
      expect(template.of(lambda).filter((f) => f.Properties.TracingConfig?.Mode === "Active")).toEqual([]);
      expect(roles.filter((role) => template.one(role).Properties.ManagedPolicyArns?.length > 0)).toEqual([]);
    }
  });
});

describe("reserved concurrency", () => {
  const reserved = (template: CompiledTemplate) =>
    template
      .of(lambda)
      .flatMap(({ id, Properties: { ReservedConcurrentExecutions: n } }) => (n === undefined ? [] : [[id, n]]));

  test("is set where a stage says how much", () => {
    expect(reserved(full)).toEqual([
      ["CollectLambdaFunction", 50],
      ["StreamLambdaFunction", 10],
    ]);
  });

  // A new account may run ten functions at once, and Lambda refuses to reserve what would leave too few for the others.
  test("is off otherwise, or no new account could deploy", () => {
    expect(plain.map(reserved)).toEqual([[], []]);
  });
});

test("the dashboard is there, and may be left out", () => {
  const dashboards = [...plain, full].map((template) => template.of("AWS::CloudWatch::Dashboard").length);
  expect(dashboards).toEqual([1, 1, 0]);
});

describe("logs of servers and applications", () => {
  const routesOf = (template: CompiledTemplate) =>
    template.of("AWS::ApiGatewayV2::Route").flatMap(({ Properties }) => {
      return Properties.RouteKey.includes("/v1/logs") ? [Properties.RouteKey] : [];
    });

  test("have a door where it is asked for, and alarms for shippers that are turned away", () => {
    const paths = ["/v1/logs", "/v1/logs/access", "/v1/logs/app"];
    expect(routesOf(full)).toEqual(paths.flatMap((path) => [`POST ${path}`, `HEAD ${path}`]));
    const watched = full.of("AWS::CloudWatch::Alarm").flatMap(({ Properties: { MetricName, Dimensions } }) => {
      return Dimensions[0]?.Value === "daymark-dev-logs" ? [MetricName] : [];
    });
    expect(watched).toEqual(["Errors", "Throttles"]);
  });

  test("leave nothing in the template otherwise", () => {
    for (const template of plain) {
      expect(routesOf(template)).toEqual([]);
      expect(template.all.filter(({ id }) => /^Logs|IntegrationLogs/.test(id)).map(({ id }) => id)).toEqual([]);
    }
  });
});

describe("what AWS itself brings", () => {
  const permitted = (functionId: string) =>
    full
      .of("AWS::Lambda::Permission")
      .flatMap(({ Properties: { FunctionName, Principal, SourceArn, SourceAccount } }) => {
        if (FunctionName["Fn::GetAtt"]?.[0] !== functionId) return [];
        expect(SourceAccount).toEqual({ Ref: "AWS::AccountId" });
        return [`${Principal} ${asText(SourceArn)}`];
      });
  const groups = ["/aws/eks/prod/cluster", "/aws/lambda/shop"];

  test("comes from the log groups that are named, and from no others", () => {
    const arn = "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group";
    expect(permitted("CloudwatchLambdaFunction")).toEqual(groups.map((name) => `logs.amazonaws.com ${arn}:${name}:*`));
    const subscribed = full.of("AWS::Logs::SubscriptionFilter").map(({ Properties: p }) => p.LogGroupName);
    expect(subscribed).toEqual(groups);
  });

  test("comes from the buckets that are named, whose objects may be read", () => {
    const arns = ["cdn-logs", "lb-logs"].map((name) => `arn:<AWS::Partition>:s3:::${name}`);
    expect(permitted("BucketsLambdaFunction")).toEqual(arns.map((arn) => `s3.amazonaws.com ${arn}`));
    const { Statement } = full.one("BucketsRole").Properties.Policies[0].PolicyDocument;
    const readable = Statement.find(({ Action }: Properties) => Action === "s3:GetObject").Resource;
    expect(readable.map(asText)).toEqual(arns.map((arn) => `${arn}/*`));
  });

  test("comes from the topics that are named", () => {
    const [{ Properties } = { Properties: {} }] = full.of("AWS::Lambda::EventSourceMapping");
    expect(Properties).toMatchObject({ EventSourceArn: asked.kafkaCluster, Topics: ["orders", "payments"] });
    const { Statement } = full.one("KafkaRole").Properties.Policies[0].PolicyDocument;
    const read = Statement.find(({ Action }: Properties) => Action.includes("kafka-cluster:ReadData")).Resource;
    expect(read.map((arn: string) => arn.replace(/^.*:/, ""))).toEqual([
      "cluster/events/751d2973-2",
      "topic/events/751d2973-2/orders",
      "topic/events/751d2973-2/payments",
      "group/events/751d2973-2/daymark-dev",
    ]);
  });

  test("waits in a queue when it fails for good, and raises an alarm", () => {
    const alarms = full.of("AWS::CloudWatch::Alarm").map(({ id }) => id);
    expect(alarms).toEqual(expect.arrayContaining(["SourceFailuresAlarm", "KafkaErrorsAlarm"]));
    const kept = full.of("AWS::Lambda::EventInvokeConfig").flatMap(({ Properties: p }) => {
      return asText(p.DestinationConfig.OnFailure.Destination) === "<SourceFailures.Arn>"
        ? [asText(p.FunctionName)]
        : [];
    });
    expect(kept).toEqual(["Cloudwatch", "Buckets", "Snapshot"].map((name) => `<${name}LambdaFunction>`));
  });

  test("is copied from databases on schedule, in their network, by a function that may start itself", () => {
    const { VpcConfig, RecursiveLoop, Environment } = full.one("SnapshotLambdaFunction").Properties;
    expect([VpcConfig, RecursiveLoop]).toEqual([
      { SubnetIds: ["subnet-0a1", "subnet-0b2"], SecurityGroupIds: ["sg-0c3"] },
      "Allow",
    ]);
    expect(Environment.Variables.SNAPSHOTS).toBe(asked.snapshots);
    const { ScheduleExpression, Target } = full.one("SnapshotSchedule").Properties;
    expect([ScheduleExpression, asText(Target.Arn)]).toEqual(["cron(5 * * * ? *)", "<SnapshotLambdaFunction.Arn>"]);
    for (const alarm of ["SnapshotFailedAlarm", "SnapshotEmptiedAlarm"])
      expect(full.all.map(({ id }) => id)).toContain(alarm);
  });

  test("leaves nothing in the template of a stage that asks for none", () => {
    const words = /Snapshot|Cloudwatch|Buckets|Kafka|SourceFailures|^LogGroup|^LogBucket/;
    for (const template of plain) expect(template.all.map(({ id }) => id).filter((id) => words.test(id))).toEqual([]);
  });
});

describe("CloudFront's logs", () => {
  const arns = ["E1TR1RHV123ABC", "d111111abcdef8"].map((id) => `arn:aws:cloudfront::123456789012:distribution/${id}`);
  let template: CompiledTemplate;
  beforeAll(async () => {
    const params = { region: "us-east-1", cloudfront: arns.join(), eventStreams: "2", privateParameters: "code" };
    template = await compiledTemplate("dev", params);
  }, 120_000);

  test("are delivered from each distribution to the first events stream, as JSON", () => {
    const sources = template.of("AWS::Logs::DeliverySource").map(({ Properties }) => Properties);
    expect(sources.map(({ Name, ResourceArn, LogType }) => [Name, ResourceArn, LogType])).toEqual([
      ["daymark-dev-CloudFrontE1TR1RHV123ABC", arns[0], "ACCESS_LOGS"],
      ["daymark-dev-CloudFrontd111111abcdef8", arns[1], "ACCESS_LOGS"],
    ]);
    const [destination, ...more] = template.of("AWS::Logs::DeliveryDestination");
    expect(more).toEqual([]);
    expect(destination?.Properties.OutputFormat).toBe("json");
    expect(asText(destination?.Properties.DestinationResourceArn)).toBe("<EventsStream0.Arn>");
    const deliveries = template.of("AWS::Logs::Delivery");
    expect(deliveries.map(({ Properties: p }) => [p.DeliverySourceName, asText(p.DeliveryDestinationArn)])).toEqual(
      sources.map(({ Name }) => [Name, "<CloudFrontDestination.Arn>"]),
    );
    // A second change of the destination at the same time would be refused.
    expect(deliveries.map(({ id, DependsOn }) => [id, DependsOn])).toEqual([
      ["CloudFrontE1TR1RHV123ABCDelivery", ["CloudFrontPolicy", "CloudFrontE1TR1RHV123ABCSource"]],
      [
        "CloudFrontd111111abcdef8Delivery",
        ["CloudFrontPolicy", "CloudFrontd111111abcdef8Source", "CloudFrontE1TR1RHV123ABCDelivery"],
      ],
    ]);
  });

  test("have the fields that are read, and no cookies", () => {
    const [fields] = template.of("AWS::Logs::Delivery").map(({ Properties }) => Properties.RecordFields);
    expect([...fields].sort()).toEqual(Object.keys(documentedRows[0] ?? {}).sort());
    expect(fields).not.toContain("cs(Cookie)");
  });

  test("may be put on that stream alone by AWS' own role", () => {
    const tags = template.of("AWS::KinesisFirehose::DeliveryStream").map(({ id, Properties }) => [id, Properties.Tags]);
    expect(tags).toEqual([
      ["EventsStream0", [{ Key: "LogDeliveryEnabled", Value: "true" }]],
      ["EventsStream1", undefined],
      ["RejectedStream", undefined],
    ]);
  });

  test("are taken by the stream function, which knows the salt and may put what cannot stay in its record", () => {
    const { Handler, Environment } = template.one("StreamLambdaFunction").Properties;
    expect(Handler).toBe("src/handlers/cloudfront-stream.handler");
    expect(Environment.Variables).toMatchObject({
      EVENTS_STREAMS: "daymark-dev-events-0",
      REJECTED_STREAM: "daymark-dev-rejected",
      VISITOR_SALT_SECRET: { Ref: "VisitorSaltSecret" },
      PRIVATE_PARAMETERS: "code",
    });
    const { Roles, PolicyDocument } = template.one("CloudFrontPolicy").Properties;
    const stream = "arn:<AWS::Partition>:firehose:<AWS::Region>:<AWS::AccountId>:deliverystream/daymark-dev";
    expect(asText(Roles)).toBe("<StreamRole>");
    expect(PolicyDocument.Statement.map((one: Properties) => [one.Action, asText(one.Resource)])).toEqual([
      ["secretsmanager:GetSecretValue", "<VisitorSaltSecret.Id>"],
      ["firehose:PutRecordBatch", `${stream}-events-0 ${stream}-rejected`],
    ]);
  });

  test("leave nothing in the template otherwise", () => {
    for (const { all, one, of } of [...plain, full]) {
      expect(all.filter(({ id, Type }) => /CloudFront|::Delivery(Source|Destination)?$/.test(`${id} ${Type}`))).toEqual(
        [],
      );
      expect(of("AWS::KinesisFirehose::DeliveryStream").filter(({ Properties }) => Properties.Tags)).toEqual([]);
      const { Handler, Environment } = one("StreamLambdaFunction").Properties;
      expect(Handler).toBe("src/handlers/stream.handler");
      expect(Object.keys(Environment.Variables).sort()).toEqual(["LOG_LEVEL", "SERVICE", "TABLE", "TIMEZONE"]);
    }
  });
});
