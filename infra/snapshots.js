/**
 * What snapshots of databases need in addition to their function: its role, the schedule, and the network of the
 * databases. None of it is created if the parameter `snapshots` is none.
 */
import { stackPrefix } from "./monitoring/alarms.js";
import { policies as tracingPolicies } from "./monitoring/tracing.js";

/** @returns {Promise<string>} The sources, as one line of JSON, which the function reads from its environment. */
export async function snapshotsJson(context) {
  return JSON.stringify(await sourcesOf(context));
}

/**
 * @returns {Promise<object>} The `Resources`, and as `extensions` the settings of the function that the framework does
 * not know.
 */
export async function template(context) {
  const sources = await sourcesOf(context);
  if (sources.length === 0) return {};
  const [prefix, schedule, timezone, subnets, groups] = await Promise.all([
    stackPrefix(context),
    ...["snapshotSchedule", "timezone", "snapshotSubnets", "snapshotSecurityGroups"].map((name) =>
      context.resolveVariable(`param:${name}`),
    ),
  ]);
  const network =
    subnets === "none" ? undefined : { SubnetIds: subnets.split(","), SecurityGroupIds: groups.split(",") };
  const policies = await tracingPolicies(context);
  return {
    Resources: {
      SnapshotRole: role("lambda.amazonaws.com", "snapshot", statements(prefix, sources, network), policies),
      ...(schedule === "none" ? {} : scheduled(prefix, schedule, timezone)),
    },
    extensions: {
      SnapshotLambdaFunction: {
        Properties: {
          // A run of several hours starts itself more often than Lambda's loop detection allows.
          // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
          RecursiveLoop: "Allow",
          ...(network === undefined ? {} : { VpcConfig: network }),
        },
      },
    },
  };
}

function scheduled(prefix, schedule, timezone) {
  return {
    SnapshotSchedulerRole: schedulerRole(),
    SnapshotSchedule: {
      Type: "AWS::Scheduler::Schedule",
      Properties: {
        Name: `${prefix}-snapshot`,
        ScheduleExpression: schedule,
        ScheduleExpressionTimezone: timezone,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: {
          Arn: { "Fn::GetAtt": ["SnapshotLambdaFunction", "Arn"] },
          RoleArn: { "Fn::GetAtt": ["SnapshotSchedulerRole", "Arn"] },
          Input: "{}",
          RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 3000 },
        },
      },
    },
  };
}

async function sourcesOf({ resolveVariable }) {
  const value = await resolveVariable("param:snapshots");
  if (value === "none") return [];
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch (cause) {
    const hint = "a list as JSON in one line, since a line break ends a parameter";
    throw new Error(`Cannot read parameter snapshots: ${JSON.stringify(value)} is not ${hint}`, { cause });
  }
}

function statements(prefix, sources, network) {
  const arn = (service, path) => ({
    "Fn::Sub": `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${path}`,
  });
  const below = (...prefixes) => prefixes.map((name) => ({ "Fn::Sub": `\${LakeBucket.Arn}/${name}/*` }));
  const allow = (Action, Resource, Condition) => ({
    Effect: "Allow",
    Action,
    Resource,
    ...(Condition && { Condition }),
  });
  return [
    allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn("logs", `log-group:/aws/lambda/${prefix}-snapshot:*`)),
    // What the table stores about snapshots, and nothing else in it.
    allow(
      ["dynamodb:Query", "dynamodb:UpdateItem"],
      { "Fn::GetAtt": ["Table", "Arn"] },
      {
        "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["snapshots"] },
      },
    ),
    allow("secretsmanager:GetSecretValue", [
      { "Fn::GetAtt": ["VisitorSaltSecret", "Id"] },
      ...new Set(sources.map(({ secret }) => secret).filter(Boolean)),
    ]),
    ...sources.filter(({ file }) => file).map(({ file }) => allow("s3:GetObject", arnOf(file))),
    allow("s3:ListBucket", { "Fn::GetAtt": ["LakeBucket", "Arn"] }),
    allow(["s3:GetObject", "s3:PutObject"], below("snapshots", "snapshot-runs")),
    // What an earlier run left where this one writes its files.
    allow("s3:DeleteObject", below("snapshots")),
    // The tables of snapshots, and none that the template declares.
    allow(
      ["glue:GetTable", "glue:CreateTable", "glue:UpdateTable"],
      [
        arn("glue", "catalog"),
        arn("glue", `database/\${Database}`),
        ...["snapshot", "latest"].map((name) => arn("glue", `table/\${Database}/${name}_*`)),
      ],
    ),
    allow("lambda:InvokeFunction", arn("lambda", `function:${prefix}-snapshot`)),
    allow("sqs:SendMessage", { "Fn::GetAtt": ["SourceFailures", "Arn"] }),
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    ...(network === undefined
      ? []
      : [
          allow(
            [
              "ec2:CreateNetworkInterface",
              "ec2:DeleteNetworkInterface",
              "ec2:DescribeNetworkInterfaces",
              "ec2:DescribeSubnets",
            ],
            "*",
          ),
        ]),
  ];
}

/** An object of S3, by its address `s3://bucket/key`. */
function arnOf(file) {
  return { "Fn::Sub": `arn:\${AWS::Partition}:s3:::${file.slice("s3://".length)}` };
}

function schedulerRole() {
  const invoke = {
    Effect: "Allow",
    Action: "lambda:InvokeFunction",
    Resource: { "Fn::GetAtt": ["SnapshotLambdaFunction", "Arn"] },
  };
  const made = role("scheduler.amazonaws.com", "scheduler", [invoke]);
  const [trust] = made.Properties.AssumeRolePolicyDocument.Statement;
  trust.Condition = { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } };
  return made;
}

function role(Service, PolicyName, Statement, ManagedPolicyArns) {
  const trust = { Effect: "Allow", Principal: { Service }, Action: "sts:AssumeRole" };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [trust] },
      ...(ManagedPolicyArns && { ManagedPolicyArns }),
      Policies: [{ PolicyName, PolicyDocument: { Version: "2012-10-17", Statement } }],
    },
  };
}
