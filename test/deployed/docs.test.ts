/** The deployments and AWS commands of docs/sources.md, run as they stand there on an independent AWS. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { awsCli, commandsOf, shell, snippets } from "../docs/sources-page.ts";
import { accountId, type Ministack, region, startMinistack } from "./ministack.ts";
import { openProject, type Project } from "./project.ts";

const stack = "daymark-prod";
const owned = new AsyncDisposableStack();
let ministack: Ministack;
let project: Project;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  const found = await awsCli();
  if (typeof found === "string") throw new Error(`Cannot run AWS's commands: ${found}`);
  ministack = owned.use(await startMinistack());
  project = owned.use(await openProject(ministack.env));
  env = { ...ministack.env, PATH: `${found.bin}:${process.env.PATH}`, HOME: project.folder };
  for (const Bucket of ["cdn-logs", "shop-exports"])
    await ministack.aws.call("s3", "create_bucket", {
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: region },
    });
}, 300_000);
afterAll(() => owned.disposeAsync());

/** What a person fills in: account, region, and the ARNs that AWS answered with. */
const arns = new Map<string, string>();
const filledIn = (command: string) =>
  command
    .replaceAll("REGION:ACCOUNT", `${region}:${accountId}`)
    .replace(/arn:aws:secretsmanager:…:secret:([\w-]+)-AbCdEf/g, (_, name) => arns.get(name) ?? "")
    .replace("…", "secret of the reader");

/** What this AWS does not have; that the command line takes it is seen by the answer. */
const unknown = /^aws elasticache copy-snapshot /;
const snapshotChapters = [
  "Tables of PostgreSQL",
  "Tables of MySQL and MariaDB",
  "Keys of Redis",
  "RDB files of Redis",
  "Documents of Elasticsearch and OpenSearch",
];
const all = snippets
  .filter(({ kind }) => kind === "deploy" || kind === "aws")
  .flatMap(({ chapter, text }) => commandsOf(text).map((command) => ({ chapter, command })));

test("each command works, and each deployment has the functions that its chapter is about", {
  timeout: 1_800_000,
}, async () => {
  const deployed: [string, string[]][] = [];
  for (const { chapter, command } of all) {
    if (command.startsWith("npx ")) {
      const { code, output } = await project.run("bash", "-c", filledIn(command));
      expect([command, code, code === 0 ? "" : output]).toEqual([command, 0, ""]);
      deployed.push([chapter, await functions()]);
    } else if (unknown.test(command)) {
      await expect(shell(filledIn(command), env)).rejects.toThrow(/Unknown \w+ action: CopySnapshot$/m);
    } else {
      const answer = await shell(`${filledIn(command)} --output json`, env);
      if (command.includes("create-secret")) arns.set(JSON.parse(answer).Name, JSON.parse(answer).ARN);
    }
  }
  const usual = ["batch", "collect", "health", "query", "site", "stream"];
  expect(deployed).toEqual([
    ["Logs over HTTP", [...usual, "logs"].sort()],
    ["What AWS itself delivers", [...usual, "buckets", "cloudwatch"].sort()],
    ...snapshotChapters.map((chapter) => [chapter, [...usual, "snapshot"].sort()]),
  ]);
  expect(await notified()).toEqual([`arn:aws:lambda:${region}:${accountId}:function:${stack}-buckets`]);
  expect([...arns.keys()].sort()).toEqual(["cache-reader", "search-reader", "shop-reader", "store-reader"]);
});

async function notified(): Promise<string[]> {
  const { LambdaFunctionConfigurations = [] } = await ministack.aws.call(
    "s3",
    "get_bucket_notification_configuration",
    { Bucket: "cdn-logs" },
  );
  return LambdaFunctionConfigurations.map((one: { LambdaFunctionArn: string }) => one.LambdaFunctionArn);
}

async function functions(): Promise<string[]> {
  const { Functions } = await ministack.aws.call("lambda", "list_functions");
  return Functions.map(({ FunctionName }: { FunctionName: string }) => FunctionName.replace(`${stack}-`, "")).sort();
}
