/**
 * cfn-lint, AWS's own template linter, on the compiled templates of each kind of stage: every finding must be listed
 * with a reason.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { candidates, leaveOut } from "../../infra/plugins/adopted.ts";
import { packageStage } from "../../local/package-stage.ts";
import { accountId, awsPackages, region } from "./ministack.ts";

const prod = { alarmEmail: "alarms@example.com" };
const everything = {
  ...prod,
  region: "us-east-1",
  edge: "cloudfront",
  wafRequestsPer5Minutes: "1000",
  eventStreams: "3",
  cloudfront:
    "arn:aws:cloudfront::123456789012:distribution/E1TR1RHV123ABC,arn:aws:cloudfront::123456789012:distribution/E2",
  tracing: "true",
  accessLog: "true",
  encryptAlarms: "true",
  collectConcurrency: "10",
  streamConcurrency: "10",
  batchConcurrency: "2",
  queryConcurrency: "10",
  demo: "on",
};

/** Allowed findings, and why they stay. */
const accepted: [finding: RegExp, reason: string][] = [
  [/^W3005 (EventsStream\d+|RejectedStream): '\w+Table' /, "said on purpose: Firehose looks the table up"],
  [/^W3005 (\w+LambdaFunction|HttpApi\w+): /, "written by the framework; harmless"],
  [
    /^I1022 /,
    "a matter of taste; the framework's own are joined too, and Athena's own placeholders would need an escape",
  ],
  [
    /^I3011 (\w+LogGroup|BatchFailures|AlarmKey): /,
    "no data: logs, notes of failed runs and a key of alarms go with their stack",
  ],
];
const acceptedWhenAdopted: typeof accepted = [[/^I3042 /, "the ARN of what is there, as AWS gives it"]];

test.each<[name: string, stage: string, params: Record<string, string>]>([
  ["stage dev", "dev", {}],
  ["stage dev with two streams", "dev", { eventStreams: "2" }],
  ["stage prod", "prod", prod],
  ["a stage with every option on", "dev", everything],
])("%s", async (_, stage, params) => {
  expect(await lint(await compiled(stage, params), params.region ?? region)).toEqual([]);
});

test("an adopted stage", async () => {
  const template = structuredClone(await compiled("prod", prod));
  const account = { accountId, region, partition: "aws" };
  const own = (service: string, path: string) => `arn:aws:${service}:${region}:${accountId}:${path}`;
  const adopted = candidates(template, {}, account).map(({ id, type, name }) => {
    if (type === "AWS::S3::Bucket") return { id, ref: name, arn: `arn:aws:s3:::${name}` };
    if (type === "AWS::DynamoDB::Table") return { id, ref: name, arn: own("dynamodb", `table/${name}`) };
    const arn = own("secretsmanager", `secret:${name}-a1b2c3`);
    return type === "AWS::SecretsManager::Secret"
      ? { id, ref: arn, arn }
      : { id, ref: name.split(".").at(-1) ?? "", arn: "" };
  });
  leaveOut(template, adopted);
  expect(await lint(template, region, [...accepted, ...acceptedWhenAdopted])).toEqual([]);
});

test("what would be wrong is found", async () => {
  const template = structuredClone(await compiled("dev", {}));
  Object.assign(template.Resources.Table?.Properties ?? {}, { BillingMode: "FREE" });
  expect(await lint(template, region)).toContainEqual(expect.stringMatching(/^E3030 Table: 'FREE'/));
});

type Template = Parameters<typeof leaveOut>[0];
type Finding = { Rule: { Id: string }; Message: string; Location: { Path: string[] } };

async function compiled(stage: string, params: Record<string, string>): Promise<Template> {
  const { template } = await packageStage(stage, { root: resolve(import.meta.dirname, "../.."), env: {}, params });
  return template as Template;
}

/** The findings that are not allowed: rule, resource and what is wrong. */
async function lint(template: Template, where: string, known = accepted): Promise<string[]> {
  const installed = await awsPackages();
  if (typeof installed === "string") throw new Error(`Cannot start cfn-lint: ${installed}`);
  const folder = await mkdtemp(join(tmpdir(), "daymark-lint-"));
  try {
    const file = join(folder, "template.json");
    await writeFile(file, JSON.stringify(template));
    const args = ["--format", "json", "--include-checks", "I", "--regions", where, "--", file];
    const run = promisify(execFile)(join(installed.bin, "cfn-lint"), args, { maxBuffer: 50_000_000 });
    // It ends with a different exit code if it finds something.
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const findings: Finding[] = JSON.parse(stdout);
    const found = findings.map(({ Rule, Message, Location }) => `${Rule.Id} ${Location.Path[1]}: ${Message}`);
    return found.filter((finding) => !known.some(([pattern]) => pattern.test(finding)));
  } finally {
    await rm(folder, { recursive: true });
  }
}
