/**
 * What AWS requires of the template, or punishes later: each row is a property, and the test finds the resources
 * without it. Rows hold for every deployed stage; only local/ reads stage local, whose intervals may be shorter.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { dailyEventColumns } from "../../src/schemas/tables/daily-event-columns.ts";
import { eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { rejectedColumns } from "../../src/schemas/tables/rejected-columns.ts";
import { monthlyRollupColumns, rollupColumns, rollupsByMonthColumns } from "../../src/schemas/tables/rollup-columns.ts";
import { routes } from "../../src/site/routes.ts";
import {
  asText,
  type CompiledResource,
  type CompiledTemplate,
  compiledTemplate,
  type Properties,
} from "./compiled-template.ts";

const firehose = "AWS::KinesisFirehose::DeliveryStream";
const lambda = "AWS::Lambda::Function";
const destination = (stream: CompiledResource): Properties => stream.Properties.ExtendedS3DestinationConfiguration;
const parameter = (stream: CompiledResource, name: string): unknown =>
  destination(stream).ProcessingConfiguration.Processors[0].Parameters.find((p: Properties) => p.ParameterName === name)
    ?.ParameterValue;
const dependsOn = (resource: CompiledResource): string[] => [resource.DependsOn ?? []].flat();
/** Tables whose partitions the batch writes. */
const isSealed = (table: string): boolean => /^(daily_events|rollups)/.test(table);

type Row = [name: string, type: string, holds: (resource: CompiledResource, template: CompiledTemplate) => boolean];

const rows: Row[] = [
  // Firehose
  ["streams take direct puts", firehose, (s) => s.Properties.DeliveryStreamType === "DirectPut"],
  [
    "streams are encrypted",
    firehose,
    (s) => s.Properties.DeliveryStreamEncryptionConfigurationInput.KeyType === "AWS_OWNED_CMK",
  ],
  [
    "dynamic partitioning is on from the start",
    firehose,
    (s) => destination(s).DynamicPartitioningConfiguration.Enabled === true,
  ],
  [
    "the day of a file comes from the function",
    firehose,
    (s) => destination(s).Prefix.endsWith("/dt=!{partitionKeyFromLambda:dt}/"),
  ],
  [
    "errors lie under no table",
    firehose,
    (s, t) =>
      t
        .of("AWS::Glue::Table")
        .every((table) => !destination(s).ErrorOutputPrefix.startsWith(`${table.Properties.TableInput.Name}/`)),
  ],
  [
    "error prefixes name the kind of error, and no partition key",
    firehose,
    (s) =>
      destination(s).ErrorOutputPrefix.includes("!{firehose:error-output-type}") &&
      !destination(s).ErrorOutputPrefix.includes("partitionKey"),
  ],
  ["no prefix uses the week-based year", firehose, (s) => !/timestamp:[^}]*Y/.test(JSON.stringify(destination(s)))],
  [
    "intervals and sizes are what dynamic partitioning and conversion allow",
    firehose,
    (s) => {
      const { SizeInMBs, IntervalInSeconds } = destination(s).BufferingHints;
      return SizeInMBs >= 64 && SizeInMBs <= 128 && IntervalInSeconds >= 60 && IntervalInSeconds <= 900;
    },
  ],
  [
    "processing and conversion say that they are enabled",
    firehose,
    (s) =>
      destination(s).ProcessingConfiguration.Enabled === true &&
      destination(s).DataFormatConversionConfiguration.Enabled === true,
  ],
  [
    "processor parameters are strings, or references",
    firehose,
    (s) =>
      destination(s).ProcessingConfiguration.Processors[0].Parameters.every(
        (p: Properties) => typeof p.ParameterValue === "string" || typeof p.ParameterValue === "object",
      ),
  ],
  [
    "what the function hands back fits into 6 MB",
    firehose,
    (s) => {
      const size = Number(parameter(s, "BufferSizeInMBs"));
      return size >= 0.2 && size <= 3;
    },
  ],
  ["a failed transformation is tried again", firehose, (s) => Number(parameter(s, "NumberOfRetries")) >= 3],
  [
    "output is Parquet with SNAPPY, and not compressed again",
    firehose,
    (s) =>
      destination(s).DataFormatConversionConfiguration.OutputFormatConfiguration.Serializer.ParquetSerDe.Compression ===
        "SNAPPY" && destination(s).CompressionFormat === "UNCOMPRESSED",
  ],
  [
    "keys keep their case",
    firehose,
    (s) =>
      destination(s).DataFormatConversionConfiguration.InputFormatConfiguration.Deserializer.OpenXJsonSerDe
        .CaseInsensitive === false,
  ],
  [
    "the newest schema is used",
    firehose,
    (s) => destination(s).DataFormatConversionConfiguration.SchemaConfiguration.VersionId === "LATEST",
  ],
  [
    "a stream waits for its table, its rights and its log",
    firehose,
    (s) => {
      const table = destination(s).DataFormatConversionConfiguration.SchemaConfiguration.TableName.Ref;
      return [table, "DeliveryPolicy", `${s.id}Log`].every((id) => dependsOn(s).includes(id));
    },
  ],
  [
    "a stream writes the table that it converts for",
    firehose,
    (s, t) => {
      const table = t.one(destination(s).DataFormatConversionConfiguration.SchemaConfiguration.TableName.Ref);
      return (
        asText(table.Properties.TableInput.StorageDescriptor.Location) ===
        `s3://<LakeBucket>/${destination(s).Prefix.split("dt=")[0]}`
      );
    },
  ],
  [
    "the log that errors go to exists",
    firehose,
    (s, t) => {
      const { Enabled, LogGroupName, LogStreamName } = destination(s).CloudWatchLoggingOptions;
      const stream = t.one(`${s.id}Log`).Properties;
      return (
        Enabled && t.one(LogGroupName.Ref).Type === "AWS::Logs::LogGroup" && stream.LogStreamName === LogStreamName
      );
    },
  ],
  [
    "zones are of a form that Firehose takes",
    firehose,
    (s) => /^[a-zA-Z/_]{1,50}$/.test(destination(s).CustomTimeZone),
  ],
  [
    "no backup is turned on, which could never be turned off",
    firehose,
    (s) => destination(s).S3BackupMode === "Disabled",
  ],

  // Glue
  [
    "tables are Parquet with its own serde",
    "AWS::Glue::Table",
    (g) =>
      asText(g.Properties.TableInput.StorageDescriptor.SerdeInfo.SerializationLibrary) ===
      "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
  ],
  [
    "partition keys are strings",
    "AWS::Glue::Table",
    ({ Properties: { TableInput } }) => {
      const key = TableInput.Name.includes("month") ? "month" : "dt";
      return JSON.stringify(TableInput.PartitionKeys) === `[{"Name":"${key}","Type":"string"}]`;
    },
  ],
  [
    "locations end with a slash",
    "AWS::Glue::Table",
    (g) => asText(g.Properties.TableInput.StorageDescriptor.Location).endsWith("/"),
  ],
  [
    "projection is complete, or absent where partitions are the batch's own",
    "AWS::Glue::Table",
    (g) => {
      const { Name, Parameters: p } = g.Properties.TableInput;
      if (isSealed(Name)) return p["projection.enabled"] === undefined;
      return (
        p["projection.enabled"] === "true" &&
        p["projection.dt.type"] === "date" &&
        p["projection.dt.format"] === "yyyy-MM-dd"
      );
    },
  ],
  [
    "projected days reach into tomorrow: NOW is UTC",
    "AWS::Glue::Table",
    (g) => {
      const range = g.Properties.TableInput.Parameters["projection.dt.range"];
      return range === undefined || /^\d{4}-\d\d-\d\d,NOW\+1DAYS$/.test(range);
    },
  ],
  [
    "Athena's own placeholder survives packaging",
    "AWS::Glue::Table",
    (g) => {
      const { Name, Parameters } = g.Properties.TableInput;
      const template = Parameters["storage.location.template"];
      return isSealed(Name) ? template === undefined : asText(template) === `s3://<LakeBucket>/${Name}/dt=\${dt}/`;
    },
  ],

  // Functions
  [
    "functions run Node 24 on arm64",
    lambda,
    (f) => f.Properties.Runtime === "nodejs24.x" && f.Properties.Architectures[0] === "arm64",
  ],
  [
    "functions say how much memory and time they may take",
    lambda,
    (f) => f.Properties.MemorySize >= 128 && f.Properties.Timeout > 0,
  ],
  [
    "each function has a role of its own",
    lambda,
    (f, t) => t.of(lambda).filter((other) => asText(other.Properties.Role) === asText(f.Properties.Role)).length === 1,
  ],
  [
    "functions behind the API end before it gives up",
    lambda,
    (f, t) => {
      const integrated = t.of("AWS::ApiGatewayV2::Integration").map((i) => asText(i.Properties.IntegrationUri));
      return !integrated.includes(`<${f.id}.Arn>`) || f.Properties.Timeout < 29;
    },
  ],
  [
    "a transformation ends within Firehose's 5 minutes",
    lambda,
    (f, t) =>
      t.of(firehose).every((s) => asText(parameter(s, "LambdaArn")) !== `<${f.id}.Arn>`) || f.Properties.Timeout <= 300,
  ],
  [
    "no secret stands in a function's environment, only where it is",
    lambda,
    (f) =>
      Object.entries(f.Properties.Environment.Variables).every(([name, value]) => {
        const isSecret = /TRUSTED_KEY|VISITOR_SALT|READ_TOKEN/.test(name) || /Secret/.test(asText(value));
        return !isSecret || (/_SECRET$/.test(name) && /^<\w+Secret>$/.test(asText(value)));
      }),
  ],
  [
    "every function's log has a group that forgets",
    lambda,
    (f, t) =>
      t.of("AWS::Logs::LogGroup").some((g) => g.Properties.LogGroupName === `/aws/lambda/${f.Properties.FunctionName}`),
  ],
  ["logs are kept for a limited time", "AWS::Logs::LogGroup", (g) => g.Properties.RetentionInDays > 0],

  // API
  [
    "the API refuses a flood",
    "AWS::ApiGatewayV2::Stage",
    (s) =>
      Number(s.Properties.DefaultRouteSettings.ThrottlingRateLimit) > 0 &&
      Number(s.Properties.DefaultRouteSettings.ThrottlingBurstLimit) > 0,
  ],
  [
    "a beacon may come from any page, without credentials",
    "AWS::ApiGatewayV2::Api",
    (a) =>
      a.Properties.CorsConfiguration.AllowOrigins.includes("*") && !a.Properties.CorsConfiguration.AllowCredentials,
  ],
  [
    "functions get requests in payload format 2.0",
    "AWS::ApiGatewayV2::Integration",
    (i) => i.Properties.PayloadFormatVersion === "2.0",
  ],

  // Athena, DynamoDB, S3
  [
    "queries cannot leave the workgroup's settings, nor scan without end",
    "AWS::Athena::WorkGroup",
    (w) =>
      w.Properties.WorkGroupConfiguration.EnforceWorkGroupConfiguration === true &&
      Number(w.Properties.WorkGroupConfiguration.BytesScannedCutoffPerQuery) >= 10_000_000,
  ],
  [
    "queries run on engine 3 and are measured",
    "AWS::Athena::WorkGroup",
    (w) =>
      w.Properties.WorkGroupConfiguration.EngineVersion.SelectedEngineVersion === "Athena engine version 3" &&
      w.Properties.WorkGroupConfiguration.PublishCloudWatchMetricsEnabled === true,
  ],
  [
    "query results lie under no table",
    "AWS::Athena::WorkGroup",
    (w) =>
      asText(w.Properties.WorkGroupConfiguration.ResultConfiguration.OutputLocation) ===
      "s3://<LakeBucket>/athena-results/",
  ],
  [
    "the table is paid by request, forgets, and can be put back",
    "AWS::DynamoDB::Table",
    ({ Properties: p }) =>
      p.BillingMode === "PAY_PER_REQUEST" &&
      p.TimeToLiveSpecification.AttributeName === "expires" &&
      p.TimeToLiveSpecification.Enabled === true &&
      p.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled === true,
  ],
  [
    "buckets are private",
    "AWS::S3::Bucket",
    (b) => Object.values(b.Properties.PublicAccessBlockConfiguration).filter((v) => v === true).length === 4,
  ],
  ["buckets are encrypted", "AWS::S3::Bucket", (b) => b.Properties.BucketEncryption !== undefined],
  [
    "buckets take TLS only",
    "AWS::S3::Bucket",
    (b, t) =>
      t
        .of("AWS::S3::BucketPolicy")
        .some(
          (p) =>
            p.Properties.Bucket.Ref === b.id &&
            p.Properties.PolicyDocument.Statement.some(
              (s: Properties) => s.Effect === "Deny" && String(s.Condition.Bool["aws:SecureTransport"]) === "false",
            ),
        ),
  ],

  // Schedules and secrets
  [
    "schedules keep the stage's time",
    "AWS::Scheduler::Schedule",
    (s, t) =>
      s.Properties.ScheduleExpressionTimezone ===
      t.one("CollectLambdaFunction").Properties.Environment.Variables.TIMEZONE,
  ],
  [
    "schedules try again, and leave what failed in a queue",
    "AWS::Scheduler::Schedule",
    (s) =>
      s.Properties.Target.RetryPolicy.MaximumRetryAttempts > 0 &&
      s.Properties.Target.RetryPolicy.MaximumEventAgeInSeconds >= 60 &&
      asText(s.Properties.Target.DeadLetterConfig.Arn) === "<BatchFailures.Arn>",
  ],
  [
    "a batch that fails inside leaves its input in a queue",
    "AWS::Lambda::EventInvokeConfig",
    (c) => asText(c.Properties.DestinationConfig.OnFailure.Destination) === "<BatchFailures.Arn>",
  ],
  [
    "secrets are made by AWS",
    "AWS::SecretsManager::Secret",
    (s) => s.Properties.SecretString === undefined && s.Properties.GenerateSecretString.PasswordLength >= 32,
  ],
  ["alarms reach somebody", "AWS::CloudWatch::Alarm", (a) => asText(a.Properties.AlarmActions) === "<AlarmTopic>"],
];

describe.each(["dev", "prod"])("template of stage %s", (stage) => {
  let template: CompiledTemplate;
  beforeAll(async () => {
    template = await compiledTemplate(stage);
  });

  test.each(rows)("%s", (_, type, holds) => {
    const resources = template.of(type);
    expect(resources.length).toBeGreaterThan(0);
    expect(resources.filter((resource) => !holds(resource, template)).map(({ id }) => id)).toEqual([]);
  });

  test("has the functions, routes, streams, tables and schedules of the design", () => {
    expect(template.of(lambda).map((f) => f.Properties.FunctionName)).toEqual(
      ["collect", "stream", "batch", "query", "health", "site"].map((key) => `daymark-${stage}-${key}`),
    );
    expect(template.of("AWS::ApiGatewayV2::Route").map((r) => r.Properties.RouteKey)).toEqual([
      "POST /v1/events",
      "GET /v1/pixel.gif",
      "GET /v1/metrics",
      "HEAD /v1/metrics",
      "GET /v1/metrics/{metric}",
      "HEAD /v1/metrics/{metric}",
      "GET /v1/live/{metric}",
      "HEAD /v1/live/{metric}",
      "GET /v1/status",
      "HEAD /v1/status",
      "POST /v1/session",
      "DELETE /v1/session",
      "GET /v1/shares",
      "POST /v1/shares",
      "DELETE /v1/shares/{share}",
      "GET /v1/health",
      "HEAD /v1/health",
      "GET /",
      "GET /share",
      "GET /beacon.js",
      "GET /beacon.mjs",
      "GET /openapi.json",
      "GET /assets/{file}",
      "GET /demo",
      "GET /demo/{page+}",
      "$default",
    ]);
    expect(template.of("AWS::Glue::Table").map((g) => g.Properties.TableInput.Name)).toEqual([
      "events",
      "rejected",
      "daily_events",
      "rollups",
      "rollups_monthly",
      "rollups_by_month",
    ]);
    expect(template.of("AWS::Scheduler::Schedule").map((s) => s.Properties.ScheduleExpression)).toEqual([
      "cron(50 * * * ? *)",
      "cron(20 0 * * ? *)",
    ]);
    expect(Object.keys(template.outputs)).toEqual(
      expect.arrayContaining(["HttpApiUrl", "LakeBucketName", "ReadTokenSecret"]),
    );
  });

  test("takes at each path what the site says that it takes", () => {
    const keys = template.of("AWS::ApiGatewayV2::Route").map((r) => String(r.Properties.RouteKey));
    const variables = template.one("SiteLambdaFunction").Properties.Environment.Variables;
    const has = { demo: variables.DEMO === "on", logs: variables.LOGS === "on" };
    const said = routes.filter(({ needs }) => needs === undefined || has[needs] || needs === "demo");
    // The site answers HEAD of its own files by `$default`.
    const own = (key: string) => /^HEAD \/(?!v1\/)/.test(key);
    expect(keys.filter((key) => key !== "$default").sort()).toEqual(
      said
        .flatMap(({ path, methods }) => methods.map((method) => `${method} ${path}`).filter((key) => !own(key)))
        .sort(),
    );
  });

  test("gives collect every events stream, and the right to write to each", () => {
    const streams = template.of(firehose).map((s) => s.id);
    const collect = template.one("CollectLambdaFunction").Properties.Environment.Variables;
    expect(asText(collect.EVENTS_STREAMS)).toBe(
      streams
        .filter((id) => id !== "RejectedStream")
        .map((id) => `<${id}>`)
        .join(","),
    );
    expect(asText(collect.REJECTED_STREAM)).toBe("<RejectedStream>");
    const role = asText(template.one("CollectRole").Properties.Policies[0].PolicyDocument.Statement[1].Resource);
    expect(role).toBe(streams.map((id) => `<${id}.Arn>`).join(" "));
  });

  test("has the columns that the code writes", () => {
    const columns = (id: string) =>
      Object.fromEntries(
        template.one(id).Properties.TableInput.StorageDescriptor.Columns.map((c: Properties) => [c.Name, c.Type]),
      );
    expect(columns("EventsTable")).toEqual(eventColumns);
    expect(columns("RejectedTable")).toEqual(rejectedColumns);
    expect(columns("DailyEventsTable")).toEqual(dailyEventColumns);
    expect(columns("RollupsTable")).toEqual(rollupColumns);
    expect(columns("RollupsMonthlyTable")).toEqual(monthlyRollupColumns);
    expect(columns("RollupsByMonthTable")).toEqual(rollupsByMonthColumns);
  });

  test("lets results, errors and events expire, and rollups stay", () => {
    const rules: Properties[] = template.one("LakeBucket").Properties.LifecycleConfiguration.Rules;
    const days = Object.fromEntries(rules.filter((r) => r.Prefix).map((r) => [r.Prefix, Number(r.ExpirationInDays)]));
    expect(days).toEqual({
      "athena-results/": 7,
      "erase/": 7,
      "errors/": 90,
      "rejected/": 90,
      "snapshot-runs/": 7,
      "events/": stage === "prod" ? 1825 : 90,
      "daily_events/": stage === "prod" ? 1825 : 90,
    });
  });

  test("has no secret resolved into it", () => {
    expect(JSON.stringify(template.all)).not.toContain("{{resolve:");
  });

  test("refers only to resources that it has", () => {
    const ids = new Set(template.all.map(({ id }) => id));
    const text = JSON.stringify(template.all);
    const references = [...text.matchAll(/"Ref":"(\w+)"/g), ...text.matchAll(/"Fn::GetAtt":\["(\w+)"/g)].map(
      (m) => m[1] ?? "",
    );
    expect(references.filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe("stages", { timeout: 180_000 }, () => {
  test("keep their data, its catalog and their secrets when the stack is removed only if the stage is protected", async () => {
    const data = /^AWS::(DynamoDB::Table|Glue::(Database|Table)|S3::Bucket|SecretsManager::Secret)$/;
    const policies = async (stage: string) => {
      const { all } = await compiledTemplate(stage);
      const kept = all.filter(({ id, Type }) => data.test(Type) && id !== "ServerlessDeploymentBucket");
      expect(kept.length).toBeGreaterThanOrEqual(9);
      return [...new Set(kept.map((r) => `${r.DeletionPolicy} ${r.UpdateReplacePolicy}`))];
    };
    expect(await policies("prod")).toEqual(["Retain Retain"]);
    expect(await policies("dev")).toEqual(["Delete Retain"]);
    const of = async (stage: string, id: string) => (await compiledTemplate(stage)).one(id);
    expect((await of("prod", "ServerlessDeploymentBucket")).DeletionPolicy).not.toBe("Retain");
    expect((await of("prod", "Table")).Properties.DeletionProtectionEnabled).toBe(true);
    expect((await of("dev", "Table")).Properties.DeletionProtectionEnabled).toBe(false);
  });

  test("have as many events streams as the parameter says", async () => {
    const names = async (stage: string) =>
      (await compiledTemplate(stage)).of(firehose).map((s) => s.Properties.DeliveryStreamName);
    expect(await names("dev")).toEqual(["daymark-dev-events-0", "daymark-dev-rejected"]);
    expect(await names("prod")).toEqual(["daymark-prod-events-0", "daymark-prod-events-1", "daymark-prod-rejected"]);
  });

  test("have the demo on one machine only, unless they ask for it", async () => {
    const demo = async (stage: string) =>
      (await compiledTemplate(stage)).one("SiteLambdaFunction").Properties.Environment.Variables.DEMO;
    expect(await Promise.all(["local", "dev", "prod"].map(demo))).toEqual(["on", "off", "off"]);
  });

  test("seal a day only after Firehose has had time to deliver it", async () => {
    for (const stage of ["dev", "prod"]) {
      const template = await compiledTemplate(stage);
      const { IntervalInSeconds } = destination(template.of(firehose)[0] as CompiledResource).BufferingHints;
      const { SETTLE_MINUTES } = template.one("BatchLambdaFunction").Properties.Environment.Variables;
      expect(Number(SETTLE_MINUTES) * 60).toBeGreaterThanOrEqual(1.5 * IntervalInSeconds);
    }
  });
});
