/**
 * The main path to its last step on an independent AWS: deploy, post, read, update, remove, each with the command from
 * docs/deploying.md.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asText } from "./aws-calls.ts";
import { type Ministack, startMinistack } from "./ministack.ts";
import { openProject, type Project } from "./project.ts";
import { ask, keysIn, outputs, post, read } from "./stage.ts";

const stack = "daymark-dev";
const owned = new AsyncDisposableStack();
let ministack: Ministack;
let project: Project;

beforeAll(async () => {
  ministack = owned.use(await startMinistack());
  project = owned.use(await openProject(ministack.env));
});
afterAll(() => owned.disposeAsync());

const resources = async () => {
  const { StackResources } = await ministack.aws.call("cloudformation", "describe_stack_resources", {
    StackName: stack,
  });
  return StackResources as { ResourceType: string; ResourceStatus: string; LogicalResourceId: string }[];
};

describe("a deployment", () => {
  test("by `npm run deploy` creates every resource of the template", async () => {
    const { code, output } = await project.run("npm", "run", "deploy", "--", "--stage", "dev");
    expect(output).toContain(`Service deployed to stack ${stack}`);
    expect(code).toBe(0);
    const created = await resources();
    expect(
      created.filter(
        ({ ResourceStatus }) => ResourceStatus !== "CREATE_COMPLETE" && ResourceStatus !== "UPDATE_COMPLETE",
      ),
    ).toEqual([]);
    const compiled = JSON.parse(
      await readFile(join(project.folder, ".serverless/cloudformation-template-update-stack.json"), "utf8"),
    );
    expect(created.map(({ LogicalResourceId }) => LogicalResourceId).sort()).toEqual(
      Object.keys(compiled.Resources).sort(),
    );
  });

  test("takes events, puts them into the lake as Parquet, and tells how many there were", async () => {
    const answer = await post(ministack, stack, [
      { name: "click", target: "posting-1" },
      { name: "click", target: "posting-2" },
      { name: "click" },
    ]);
    expect([answer.status, answer.json]).toEqual([
      202,
      { accepted: 2, rejected: [expect.objectContaining({ index: 2 })] },
    ]);
    await expect
      .poll(async () => (await read(ministack, stack, "/v1/metrics/clicks")).total, { timeout: 60_000 })
      .toBe(2);
    expect(await read(ministack, stack, "/v1/metrics/clicks?by=target")).toMatchObject({
      groups: [
        { key: "posting-1", value: 1 },
        { key: "posting-2", value: 1 },
      ],
    });
    expect((await read(ministack, stack, "/v1/status")).rejected.today.total).toBe(1);
    const { LakeBucketName } = await outputs(ministack.aws, stack);
    await expect
      .poll(() => keysIn(ministack.aws, LakeBucketName), { timeout: 60_000 })
      .toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^events\/dt=\d{4}-\d\d-\d\d\/.*\.parquet$/),
          expect.stringMatching(/^rejected\/dt=\d{4}-\d\d-\d\d\/.*\.parquet$/),
        ]),
      );
    expect(await keysIn(ministack.aws, LakeBucketName)).not.toContainEqual(expect.stringMatching(/^errors\//));
  });

  test("takes a rotated read token without another deployment, and the old one no more", async () => {
    const { ReadTokenSecret } = await outputs(ministack.aws, stack);
    const secret = { SecretId: ReadTokenSecret };
    const { SecretString: old } = await ministack.aws.call("secretsmanager", "get_secret_value", secret);
    await ministack.aws.call("secretsmanager", "put_secret_value", { ...secret, SecretString: "rt_rotated" });
    const status = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await ask(ministack, stack, "/v1/metrics", { headers })).status;
    };
    await expect.poll(() => status("rt_rotated"), { timeout: 120_000, interval: 1000 }).toBe(200);
    // Another environment may still use the old one, for at most four minutes.
    await expect.poll(() => status(old), { timeout: 270_000, interval: 3000 }).toBe(401);
  }, 420_000);

  test("serves the dashboard and the beacon", async () => {
    expect((await ask(ministack, stack, "/")).text).toContain("<title>Daymark</title>");
    expect((await ask(ministack, stack, "/beacon.js")).status).toBe(200);
    expect((await ask(ministack, stack, "/v1/health")).json).toMatchObject({ status: "ok" });
    expect((await ask(ministack, stack, "/v1/metrics")).status).toBe(401);
  });

  test("of nothing new changes nothing", async () => {
    expect(await project.serverless("deploy", "--stage", "dev")).toContain("No changes to deploy");
  });

  test("of what `package` made elsewhere, by `deploy --package`, updates the stack", async () => {
    const elsewhere = await openProject(ministack.env);
    owned.use(elsewhere);
    const packaged = join(project.folder, "packaged");
    await elsewhere.serverless("package", "--stage", "dev", "--param=logLevel=warn", "--package", packaged);
    expect(await project.serverless("deploy", "--stage", "dev", "--package", packaged)).toContain("Service deployed");
    const { Environment } = await ministack.aws.call("lambda", "get_function_configuration", {
      FunctionName: "daymark-dev-collect",
    });
    expect(Environment.Variables.LOG_LEVEL).toBe("warn");
  });

  test("of one function, by `deploy function`, uploads its bundle and nothing else", async () => {
    const file = join(project.folder, "src/handlers/health.ts");
    await writeFile(file, (await readFile(file, "utf8")).replace('"ok"', '"well"'));
    expect(await project.serverless("deploy", "function", "-f", "health", "--stage", "dev")).toContain(
      "Function code deployed",
    );
    const { CodeSize } = await ministack.aws.call("lambda", "get_function_configuration", {
      FunctionName: "daymark-dev-health",
    });
    expect(CodeSize).toBeLessThan(100_000);
    expect((await ask(ministack, stack, "/v1/health")).json).toMatchObject({ status: "well" });
    expect(await project.serverless("deploy", "function", "-f", "collect", "--stage", "dev")).toContain(
      "Code did not change",
    );
  });

  test("is not needed to call a function: `invoke local` runs its bundle here", async () => {
    const output = await project.serverless("invoke", "local", "-f", "health", "--stage", "dev");
    expect(JSON.parse(output.slice(output.indexOf("{")))).toMatchObject({ statusCode: 200 });
  });

  test("runs the batch, as far as this Athena goes: it knows no SHOW PARTITIONS, no parameters and no UNLOAD, so that no day can be sealed", async () => {
    const { Payload } = await ministack.aws.call("lambda", "invoke", {
      FunctionName: "daymark-dev-batch",
      Payload: "{}",
    });
    expect(asText(Payload)).toMatch(/Cannot finish Athena query .*SHOW PARTITIONS/s);
  });
});
