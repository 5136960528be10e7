/**
 * Least privilege, checked by two comparisons: no policy reaches further than an ARN allows, and what a role may do
 * with DynamoDB, Firehose and Athena is exactly what its function's code calls in the SDK.
 */
import { resolve } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";
import type { Table } from "../../src/table/table.ts";
import { asText, type CompiledTemplate, compiledTemplate, type Properties } from "./compiled-template.ts";

const root = resolve(import.meta.dirname, "../..");

/** With every optional source. */
const sources = {
  logs: "on",
  logGroups: "/aws/lambda/shop",
  logBuckets: "cdn-logs",
  kafkaCluster: "arn:aws:kafka:ap-northeast-2:123456789012:cluster/events/751d2973-2",
  kafkaTopics: "orders",
  snapshots: JSON.stringify([
    {
      source: "shop",
      engine: "postgres",
      secret: "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:shop-reader-AbCdEf",
      tables: [{ table: "public.orders" }],
    },
    { source: "cache", engine: "redis-rdb", file: "s3://exports/cache.rdb", tables: [{ table: "0" }] },
  ]),
  snapshotSubnets: "subnet-0a1",
  snapshotSecurityGroups: "sg-0c3",
};
const cloudfront = { region: "us-east-1", cloudfront: "arn:aws:cloudfront::123456789012:distribution/E1TR1RHV123ABC" };
const stages = { dev: sources, prod: { ...sources, ...cloudfront, alarmEmail: "alarms@example.com" } };
/** Only for network interfaces: AWS does not allow narrower permissions for these. */
const interfaces = /^ec2:(Create|Delete|Describe)(NetworkInterfaces?|SecurityGroups|Subnets|Vpcs)$/;

describe.each(Object.entries(stages))("policies of stage %s", (stage, params) => {
  let template: CompiledTemplate;
  beforeAll(async () => {
    template = await compiledTemplate(stage, params);
  });

  test("allow nothing on every resource, and never every action", () => {
    const wide = statements(template)
      .filter(({ Effect }) => Effect === "Allow")
      .filter(
        ({ Resource, Action }) =>
          ([Resource].flat().includes("*") && ![Action].flat().every((a: string) => interfaces.test(a))) ||
          [Action].flat().some((a: string) => a.includes("*")),
      );
    expect(wide).toEqual([]);
  });

  test("name an ARN down to the resource, with a wildcard only below it", () => {
    const vague = statements(template)
      .filter(({ Effect }) => Effect === "Allow")
      .flatMap(({ Resource }) => [Resource].flat().map(asText))
      .filter((arn) => arn !== "*" && !/^arn:aws:(kafka|secretsmanager):ap-northeast-2:123456789012:[^*]+$/.test(arn))
      .filter(
        (arn) =>
          !/^(<\w+\.Arn>|<\w+Secret\.Id>|arn:<AWS::Partition>:s3:::cdn-logs|arn:<AWS::Partition>:s3:::exports\/cache\.rdb|arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:table\/<Database>\/(snapshot|latest)_\*|arn:<AWS::Partition>:[a-z]+:<AWS::Region>:<AWS::AccountId>:[^*]+)(\/\*|:\*|\/(events|rejected|daily_events|rollups|rollups_monthly|rollups_by_month|errors|erase|athena-results|snapshots|snapshot-runs)\/\*)?$/.test(
            arn,
          ),
      );
    expect(vague).toEqual([]);
  });

  test("let a service assume a role for this account only, where it acts for itself", () => {
    for (const id of ["DeliveryRole", "SchedulerRole", "SnapshotSchedulerRole"])
      expect(template.one(id).Properties.AssumeRolePolicyDocument.Statement[0].Condition).toEqual({
        StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
      });
  });

  test.each([
    "collect",
    "logs",
    "cloudwatch",
    "buckets",
    "kafka",
    "snapshot",
    "stream",
    "batch",
    "query",
    "health",
    "site",
  ])("allow %s what its code calls, and no more", async (key) => {
    const role = `${key.charAt(0).toUpperCase()}${key.slice(1)}Role`;
    const { Handler } = template.one(`${role.replace("Role", "LambdaFunction")}`).Properties;
    const allowed: string[] = statementsOf(template, role)
      .flatMap((s: Properties) => [s.Action].flat())
      .filter((action: string) => /^(dynamodb|firehose|athena|secretsmanager):/.test(action));
    const called = (await actionsInBundle(Handler)).filter((action) => !neverCalled[key]?.includes(action));
    expect([...new Set(allowed)].sort()).toEqual(called);
  });

  test("let collect, query and the doors of sources read their own secrets, and nobody else any", () => {
    const readable = template
      .of("AWS::IAM::Role")
      .map(({ id }): [string, string] => {
        const reads = statementsOf(template, id).filter(({ Action }) =>
          [Action].flat().some((action) => action.startsWith("secretsmanager:")),
        );
        return [id, asText(reads.flatMap(({ Resource }) => [Resource].flat()))];
      })
      .filter(([, secrets]) => secrets !== "");
    expect(Object.fromEntries(readable)).toEqual({
      CollectRole: "<TrustedKeySecret.Id> <VisitorSaltSecret.Id>",
      LogsRole: "<TrustedKeySecret.Id> <VisitorSaltSecret.Id>",
      CloudwatchRole: "<VisitorSaltSecret.Id>",
      BucketsRole: "<VisitorSaltSecret.Id>",
      KafkaRole: "<VisitorSaltSecret.Id>",
      QueryRole: "<ReadTokenSecret.Id>",
      ...(stage === "prod" && { StreamRole: "<VisitorSaltSecret.Id>" }),
      SnapshotRole:
        "<VisitorSaltSecret.Id> arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:shop-reader-AbCdEf",
    });
  });

  test("let the batch alone remove objects: those that a person can be in, and those of earlier runs; snapshots theirs", () => {
    const removes = statements(template).filter(({ Action }) => [Action].flat().includes("s3:DeleteObject"));
    const below = removes.flatMap(({ Resource }) => [Resource].flat().map(asText));
    const written = ["daily_events", "rollups", "rollups_monthly", "rollups_by_month"];
    const prefixes = ["events", "rejected", "errors", "erase", ...written, "athena-results", "snapshots"];
    expect(below).toEqual(prefixes.map((prefix) => `<LakeBucket.Arn>/${prefix}/*`));
  });

  test("let query write nothing but cached answers and who may read, and the batch remove nothing but samples of rejected events", () => {
    const writes = statements(template)
      .filter(({ Action }) => [Action].flat().includes("dynamodb:DeleteItem"))
      .map(({ Condition }) => Condition);
    expect(writes).toEqual([
      { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["rejected"] } },
      { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["answer#*"] } },
    ]);
    const query = template.one("QueryRole").Properties.Policies.flatMap((p: Properties) => p.PolicyDocument.Statement);
    const updates = query.filter(({ Action }: Properties) => [Action].flat().includes("dynamodb:UpdateItem"));
    expect(updates.map(({ Condition }: Properties) => Condition)).toEqual([
      { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["access"] } },
    ]);
  });
});

/** What a role may do by its own policies, and by those that are attached to it. */
function statementsOf(template: CompiledTemplate, role: string): Properties[] {
  const attached = template
    .of("AWS::IAM::Policy")
    .filter(({ Properties: { Roles } }) => Roles.some((one: Properties) => one.Ref === role));
  return [...(template.one(role).Properties.Policies ?? []), ...attached.map(({ Properties }) => Properties)].flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
}

function statements(template: CompiledTemplate): Properties[] {
  const documents = template.all.flatMap(({ Type, Properties: p }) => [
    ...(Type === "AWS::IAM::Role" ? [...(p.Policies ?? [])].map((policy: Properties) => policy.PolicyDocument) : []),
    ...(Type === "AWS::IAM::Policy" ? [p.PolicyDocument] : []),
  ]);
  return documents.flatMap((document: Properties) => document.Statement);
}

// S3 is not among them: what Athena does in a function's name is in its role too.
const services: Record<string, string> = {
  "client-dynamodb": "dynamodb",
  "client-firehose": "firehose",
  "client-athena": "athena",
  "client-secrets-manager": "secretsmanager",
};
/** A transaction of updates needs permission to update. */
const needed: Record<string, string> = { TransactWriteItems: "UpdateItem" };
/** In the bundle because it is a method next to others that are used, but this function does not call it. */
const neverCalled: Record<string, string[]> = {
  // It reads blocks, to compare them with rollups; the stream writes them.
  batch: ["dynamodb:PutItem"],
  // They read the table's time zone; stream and batch write it.
  collect: ["dynamodb:UpdateItem"],
  logs: ["dynamodb:UpdateItem"],
  cloudwatch: ["dynamodb:UpdateItem"],
  buckets: ["dynamodb:UpdateItem"],
  kafka: ["dynamodb:UpdateItem"],
  // It stores samples of rejected events; the batch removes those of a person.
  stream: ["dynamodb:DeleteItem"],
  health: ["dynamodb:UpdateItem"],
};

/** The actions of the SDK commands that remain from our own code when a function is bundled. */
async function actionsInBundle(handler: string): Promise<string[]> {
  const { outputFiles } = await build({
    entryPoints: [resolve(root, handler.replace(/\.handler$/, ".ts"))],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    packages: "external",
    // It has a method for every call to the table; the rest of the bundle shows which of them are used.
    external: ["*/dynamodb/table.ts"],
  });
  return [...new Set(outputFiles.flatMap(({ text }) => [...actionsIn(text), ...tableActionsIn(text)]))].sort();
}

/** The action of each of the table's methods. */
const tableActions: Record<string, string> = {
  get: "GetItem",
  getMany: "BatchGetItem",
  query: "Query",
  put: "PutItem",
  putOnce: "PutItem",
  update: "UpdateItem",
  updateAndGet: "UpdateItem",
  updateAll: "UpdateItem",
  remove: "DeleteItem",
} satisfies Record<keyof Table, string>;

function tableActionsIn(source: string): string[] {
  const calls = [...source.matchAll(/\btable\d*\.(\w+)\(/g)];
  return calls.flatMap(([, method = ""]) => (method in tableActions ? [`dynamodb:${tableActions[method]}`] : []));
}

function actionsIn(source: string): string[] {
  const imports = [...source.matchAll(/import\s+\{([^}]*)\}\s+from "@aws-sdk\/(client-[\w-]+)"/g)];
  return imports.flatMap(([, names = "", client = ""]) => {
    const service = services[client];
    if (service === undefined) return [];
    return [...names.matchAll(/\b(?:(\w+)Command\b|paginate([A-Za-z]+))/g)].map(([, command = "", pages = command]) => {
      return `${service}:${needed[pages] ?? pages}`;
    });
  });
}
