/**
 * The valid values of each parameter of serverless.yml: what AWS accepts, and what the numbers need to stay correct.
 * Checked when a stage is packaged (infra/plugins/check-stage.js), because AWS would report an error late, in its own
 * words, or never.
 */
import * as z from "zod";
import { type SnapshotSource, snapshotSource } from "../../src/schemas/snapshot-source.ts";

const trueOrFalse = oneOf(["true", "false"]);
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

type Values = Record<string, unknown>;
/** Takes a value as text; returns what was expected instead, or nothing if the value is valid. */
type Rule = (value: string) => string | undefined;

const rules: Record<string, Rule> = {
  region: matching(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as ap-northeast-2"),
  timezone: timeZone,
  apps: listOfApps,
  eventStreams: whole(1, 100),
  streamBufferSeconds: whole(0, 900),
  // The stream function's answer is base64-encoded and must stay below Lambda's 6 MB.
  streamBufferMBs: number(0.2, 3),
  // https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html
  lakeBufferSeconds: whole(60, 900),
  lakeBufferMBs: whole(64, 128),
  settleMinutes: whole(0, 1440),
  sealDeadlineHours: whole(1, 168),
  maxLatenessDays: whole(0, 30),
  privateParameters: listOf(/^[\w.[\]-]{1,64}$/, "names of parameters"),
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
  eventsToInfrequentAccessDays: whole(30, 36500),
  eventsRetentionDays: whole(31, 36500),
  logRetentionDays: oneOf(retentionDays.map(String)),
  logLevel: oneOf(["debug", "info", "warn", "error", "silent"]),
  eventsPerMinute: whole(0, 1_000_000_000),
  bytesPerMinute: whole(0, Number.MAX_SAFE_INTEGER),
  edge: oneOf(["none", "cloudfront"]),
  // https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
  wafRequestsPer5Minutes: whole(0, 2_000_000_000),
  requestsPerSecond: whole(1, 1_000_000),
  requestsBurst: whole(1, 1_000_000),
  // https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html
  athenaBytesCutoff: whole(10_000_000, Number.MAX_SAFE_INTEGER),
  alarmEmail: matching(/^none$|^[^@\s]+@[^@\s]+$/, "an e-mail address, or none for nowhere"),
  encryptAlarms: trueOrFalse,
  dashboard: trueOrFalse,
  accessLog: trueOrFalse,
  tracing: trueOrFalse,
  collectConcurrency: whole(0, 100_000),
  streamConcurrency: whole(0, 100_000),
  batchConcurrency: whole(0, 100_000),
  queryConcurrency: whole(0, 100_000),
  protectData: trueOrFalse,
  fixedSecrets: trueOrFalse,
  demo: oneOf(["on", "off"]),
  logs: oneOf(["on", "off"]),
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
  logGroups: listOf(/^[\w./#-]{1,512}$/, "names of log groups"),
  logBuckets: listOf(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "names of buckets"),
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
  cloudfront: listOf(/^arn:aws[\w-]*:cloudfront::\d{12}:distribution\/[A-Za-z0-9]{1,30}$/, "ARNs of distributions"),
  kafkaCluster: matching(
    /^none$|^arn:aws[\w-]*:kafka:[\w-]+:\d{12}:cluster\/[\w.-]+\/[\w-]+$/,
    "the ARN of an MSK cluster, or none",
  ),
  // https://kafka.apache.org/documentation/#topicconfigs
  kafkaTopics: listOf(/^[\w.-]{1,249}$/, "names of topics"),
  snapshots: listOfSnapshots(isOnAws),
  snapshotSchedule: matching(
    /^none$|^(cron|rate)\(.+\)$/,
    "none, or an expression of EventBridge Scheduler, such as cron(5 * * * ? *)",
  ),
  snapshotSubnets: listOf(/^subnet-[0-9a-f]+$/, "ids of subnets"),
  snapshotSecurityGroups: listOf(/^sg-[0-9a-f]+$/, "ids of security groups"),
};

/** Rules across several parameters: the parameter that is named in the error, and what is expected of it. */
const together: ((values: Values) => [name: string, expected: string] | undefined)[] = [
  (p) =>
    Number(p.settleMinutes) * 60 >= 2 * Number(p.lakeBufferSeconds)
      ? undefined
      : ["settleMinutes", `at least ${Math.ceil(Number(p.lakeBufferSeconds) / 30)}, twice lakeBufferSeconds`],
  (p) =>
    Number(p.eventsRetentionDays) > Number(p.eventsToInfrequentAccessDays)
      ? undefined
      : ["eventsRetentionDays", `more than eventsToInfrequentAccessDays (${p.eventsToInfrequentAccessDays})`],
  // AWS WAF protects CloudFront, not an HTTP API, and accepts ACLs for CloudFront in one region only.
  (p) =>
    Number(p.wafRequestsPer5Minutes) === 0 || (p.edge === "cloudfront" && p.region === "us-east-1")
      ? undefined
      : ["wafRequestsPer5Minutes", `0 but with edge cloudfront in region us-east-1, not ${p.edge} in ${p.region}`],
  // CloudFront puts its logs on streams of that region alone.
  // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
  (p) =>
    p.cloudfront === "none" || p.region === "us-east-1"
      ? undefined
      : [
          "cloudfront",
          `none but in region us-east-1, not ${p.region}: have CloudFront write files instead, and name their bucket in logBuckets`,
        ],
  (p) => {
    const names = String(p.cloudfront).split(",");
    return new Set(names).size === names.length ? undefined : ["cloudfront", "each distribution once"];
  },
  (p) =>
    (p.kafkaCluster === "none") === (p.kafkaTopics === "none")
      ? undefined
      : ["kafkaTopics", "none without kafkaCluster, and names of topics with it"],
  (p) =>
    (p.snapshotSubnets === "none") === (p.snapshotSecurityGroups === "none")
      ? undefined
      : ["snapshotSecurityGroups", "none without snapshotSubnets, and ids with it"],
  (p) =>
    String(p.fixedSecrets) === "true" ? ["fixedSecrets", "false: fixed secrets are known to everybody"] : undefined,
];

const ofOneMachine = { lakeBufferSeconds: whole(1, 900), snapshots: listOfSnapshots(() => true) };

/** The names of all parameters. */
export const parameterNames = Object.keys(rules);

/**
 * What is wrong with the `parameters` of `stage`, one line each, with name and value; empty if all are valid. Stage
 * local, which never reaches AWS, may deliver within seconds, has publicly known secrets, and may read a file of this
 * machine.
 */
export function problemsOf(parameters: Values, stage: string): string[] {
  const own = stage === "local" ? { ...rules, ...ofOneMachine } : rules;
  const alone = Object.entries(own).flatMap(([name, rule]) => {
    const expected = rule(text(parameters[name]));
    return expected === undefined ? [] : [problem(name, expected)];
  });
  if (alone.length > 0 || stage === "local") return alone;
  return together.flatMap((rule) => {
    const found = rule(parameters);
    return found === undefined ? [] : [problem(...found)];
  });

  function problem(name: string, expected: string): string {
    return `parameter ${name} is ${JSON.stringify(text(parameters[name]))}, expected ${expected}`;
  }
}

function text(value: unknown): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}

function whole(least: number, most: number): Rule {
  return (value) =>
    /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `a whole number from ${least} to ${most}`;
}

function number(least: number, most: number): Rule {
  return (value) =>
    /^\d+(\.\d+)?$/.test(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `a number from ${least} to ${most}`;
}

function oneOf(values: string[]): Rule {
  return (value) => (values.includes(value) ? undefined : `one of ${values.join(", ")}`);
}

/** `none`, or a comma-separated list of names. */
function listOf(pattern: RegExp, what: string): Rule {
  return (value) =>
    value === "none" || value.split(",").every((name) => pattern.test(name) && name !== "none")
      ? undefined
      : `${what}, comma-separated, or none`;
}

function matching(pattern: RegExp, expected: string): Rule {
  return (value) => (pattern.test(value) ? undefined : expected);
}

// Intl accepts offsets and any case; Scheduler accepts neither.
function timeZone(value: string): string | undefined {
  const expected = "an IANA time zone such as Europe/Berlin, as it is spelled there";
  if (!/^[A-Z]\w*([/-][A-Z][\w+-]*)*$/.test(value)) return expected;
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
  } catch {
    return expected;
  }
}

const appsSchema = z
  .array(
    z.object({
      app: z.string().regex(/^[\w.-]{1,64}$/),
      key: z.string().min(1),
      origins: z.array(z.string().regex(/^\*$|^https?:\/\/[^/\s]+$/)),
      names: z.array(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/)).optional(),
      maxAmount: z.int().min(0).optional(),
    }),
  )
  .min(1)
  .refine((apps) => new Set(apps.map(({ key }) => key)).size === apps.length);

function listOfApps(value: string): string | undefined {
  try {
    if (appsSchema.safeParse(JSON.parse(value)).success) return undefined;
  } catch {
    // not JSON, so not a list
  }
  return 'a list of { app, key, origins: ["https://…" or "*"] }, each key once, with names (event names, or custom) and maxAmount where they differ from the usual';
}

const snapshotsSchema = z
  .array(snapshotSource)
  .min(1)
  .refine((sources) => new Set(sources.map(({ source }) => source)).size === sources.length);

function listOfSnapshots(isPlace: (source: SnapshotSource) => boolean): Rule {
  const engines = snapshotSource.shape.engine.options.join(", ");
  const usual = `none, or a list of { source, engine: one of ${engines}, secret: its ARN (of redis-rdb file: s3://bucket/key), tables: [{ table, columns, pseudonyms }] }, each source once`;
  return (value) => {
    try {
      const schema = snapshotsSchema.refine((sources) => sources.every(isPlace));
      const issues = value === "none" ? [] : (schema.safeParse(JSON.parse(value)).error?.issues ?? []);
      if (issues.length === 0) return undefined;
      return issues.find(({ code, path }) => code === "custom" && path.at(-2) === "tables")?.message ?? usual;
    } catch {
      // not JSON, so not a list
      return usual;
    }
  };
}

/** On AWS a secret has an ARN, and a file is an object of S3. */
function isOnAws({ secret, file }: SnapshotSource): boolean {
  return /^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:\S+$/.test(secret) || file?.startsWith("s3://") === true;
}
