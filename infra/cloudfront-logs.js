/**
 * CloudFront's standard logging v2: each distribution in the parameter `cloudfront` puts its logs, as JSON, straight on
 * an events stream, whose function makes events of them. Without the parameter nothing of this is there.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
 */

/** The first stream takes all of them: one takes 5 MiB/s in us-east-1, the only region in which CloudFront puts logs. */
const VENDED_STREAM = "EventsStream0";

/** What of a request is delivered: what is read (src/sources/access/w3c-log.ts), and where it was answered. */
export const recordFields = [
  "date",
  "time",
  "x-edge-location",
  "sc-bytes",
  "c-ip",
  "cs-method",
  "cs(Host)",
  "cs-uri-stem",
  "sc-status",
  "cs(Referer)",
  "cs(User-Agent)",
  "cs-uri-query",
  "x-edge-request-id",
  "x-host-header",
  "cs-protocol",
  "x-forwarded-for",
];

/** @returns {Promise<object>} The `Resources` of the deliveries. */
export async function template(context) {
  const { distributions, prefix } = await readSettings(context);
  if (distributions.length === 0) return { Resources: {} };
  return {
    Resources: {
      CloudFrontPolicy: policy(prefix),
      CloudFrontDestination: {
        Type: "AWS::Logs::DeliveryDestination",
        Properties: {
          Name: `${prefix}-cloudfront`,
          DestinationResourceArn: { "Fn::GetAtt": [VENDED_STREAM, "Arn"] },
          OutputFormat: "json",
        },
      },
      ...Object.assign({}, ...distributions.map((arn, i) => delivery(prefix, arn, distributions[i - 1]))),
    },
  };
}

/** @returns {Promise<string>} The handler of the stream function. */
export async function streamHandler(context) {
  const { distributions } = await readSettings(context);
  return `src/handlers/${distributions.length === 0 ? "stream" : "cloudfront-stream"}.handler`;
}

/**
 * Like the policy, it has the streams by name.
 *
 * @returns {Promise<object>} What is in the environment of the stream function.
 */
export async function streamEnvironment(context) {
  const table = { TABLE: { Ref: "Table" } };
  const { distributions, prefix } = await readSettings(context);
  if (distributions.length === 0) return table;
  return {
    ...table,
    EVENTS_STREAMS: `${prefix}-events-0`,
    REJECTED_STREAM: `${prefix}-rejected`,
    VISITOR_SALT_SECRET: { Ref: "VisitorSaltSecret" },
    MAX_LATENESS_DAYS: await context.resolveVariable("param:maxLatenessDays"),
    PRIVATE_PARAMETERS: await context.resolveVariable("param:privateParameters"),
  };
}

/** @returns {Promise<string | undefined>} The id of the stream on which logs are put; undefined if none are. */
export async function vendedStream(context) {
  return (await readSettings(context)).distributions.length === 0 ? undefined : VENDED_STREAM;
}

async function readSettings({ resolveVariable }) {
  const [arns, service, stage] = await Promise.all(
    ["param:cloudfront", "self:service", "sls:stage"].map((name) => resolveVariable(name)),
  );
  return { distributions: String(arns) === "none" ? [] : String(arns).split(","), prefix: `${service}-${stage}` };
}

/**
 * What the stream function may do besides: read the visitors' salt, and put rejected lines and those of another day where
 * they belong. A policy of its own, which the stage does not have otherwise; the deliveries wait for it. The streams are
 * here by name, because they wait for the function and for its role.
 */
function policy(prefix) {
  const arn = (name) => ({
    "Fn::Sub": `arn:\${AWS::Partition}:firehose:\${AWS::Region}:\${AWS::AccountId}:deliverystream/${prefix}-${name}`,
  });
  const allow = (Action, Resource) => ({ Effect: "Allow", Action, Resource });
  return {
    Type: "AWS::IAM::Policy",
    Properties: {
      PolicyName: "cloudfront",
      Roles: [{ Ref: "StreamRole" }],
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          allow("secretsmanager:GetSecretValue", { "Fn::GetAtt": ["VisitorSaltSecret", "Id"] }),
          allow("firehose:PutRecordBatch", ["events-0", "rejected"].map(arn)),
        ],
      },
    },
  };
}

/**
 * A distribution's source and its delivery. They are named after the distribution, because a source cannot be given
 * another one, and there is one for each at most:
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2513
 */
function delivery(prefix, arn, before) {
  const idOf = (distribution) => `CloudFront${distribution.slice(distribution.lastIndexOf("/") + 1)}`;
  const id = idOf(arn);
  const Name = `${prefix}-${id}`;
  return {
    [`${id}Source`]: {
      Type: "AWS::Logs::DeliverySource",
      Properties: { Name, ResourceArn: arn, LogType: "ACCESS_LOGS" },
    },
    [`${id}Delivery`]: {
      Type: "AWS::Logs::Delivery",
      // One after the other: a destination that is being changed refuses a second change.
      // https://github.com/hashicorp/terraform-provider-aws/issues/42194
      DependsOn: ["CloudFrontPolicy", `${id}Source`, ...(before === undefined ? [] : [`${idOf(before)}Delivery`])],
      Properties: {
        DeliverySourceName: Name,
        DeliveryDestinationArn: { "Fn::GetAtt": ["CloudFrontDestination", "Arn"] },
        RecordFields: recordFields,
      },
    },
  };
}
