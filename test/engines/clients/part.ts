/**
 * The part for clients of AWS: what docs/lake.md shows for the AWS CLI, PyAthena, SQLAlchemy, awswrangler, pyarrow,
 * polars, DuckDB, pandas and Spark is run word for word against the local AWS port, in a folder whose `.daymark` is the
 * lake.
 */
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { root } from "../../../bench/process/child.ts";
import { codeBlocks } from "../../docs/lake-page.ts";
import { pythonPackages } from "../../python-packages.ts";
import type { Lake } from "../lake.ts";
import type { Context, Part } from "../part.ts";
import { isThere, outputOf, sparkEnvironment } from "../program.ts";
import { packages } from "../python-list.ts";

type Block = { name: string; code: string };

export const clients: Part = {
  name: "clients",
  needs: ["python3", "bash"],
  async run(context) {
    const python = await pythonPackages("python", packages);
    if (typeof python === "string") {
      context.say(`skipped, since ${python}`);
      return [];
    }
    const lake = await context.lake();
    await using place = await makePlace(lake);
    const commands = codeBlocks("sh").map(({ code }) => code);
    const shell = { name: commands[0] ?? "", code: ["set -euo pipefail", ...commands].join("\n") };
    const environment = { ...process.env, ...variables(lake), PATH: `${python.bin}${delimiter}${process.env.PATH}` };
    const failures = [await runBlock(shell, { command: "bash", flag: "-c", place: place.path, environment, lake })];
    for (const block of codeBlocks("python").filter((one) => canRun(one, context)))
      failures.push(
        await runBlock(block, { command: python.python, flag: "-c", place: place.path, environment, lake }),
      );
    context.say(`${failures.length} blocks of docs/lake.md ran`);
    return failures.flat();
  },
};

function canRun({ code }: Block, { say }: Context): boolean {
  if (!code.includes("pyspark") || isThere("java")) return true;
  say("Spark is skipped, since there is no java on this machine");
  return false;
}

/** A folder like a user's: its `.daymark` is the lake, and npm finds the project. */
async function makePlace({ home }: Lake): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "daymark-clients-"));
  await symlink(home, join(path, ".daymark"));
  await symlink(join(root, "package.json"), join(path, "package.json"));
  await symlink(join(root, "scripts"), join(path, "scripts"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The variables that the page says to set, without any of this machine's own AWS settings. */
function variables({ awsUrl }: Lake): Record<string, string> {
  const none = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null", ...sparkEnvironment };
  const credentials = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local", AWS_DEFAULT_REGION: "us-east-1" };
  return { ...none, ...credentials, AWS_ENDPOINT_URL: awsUrl, AWS_PORT: new URL(awsUrl).port };
}

type Place = { command: string; flag: string; place: string; environment: NodeJS.ProcessEnv; lake: Lake };

/** Runs a block; returns a line that says how it failed, or that it printed nothing. */
async function runBlock({ name, code }: Block, { command, flag, place, environment, lake }: Place): Promise<string[]> {
  const text = code.replaceAll("http://127.0.0.1:4566", lake.awsUrl);
  try {
    const output = await outputOf(command, [flag, text], { cwd: place, env: environment });
    return output.trim() === "" ? [`"${name}" prints nothing`] : [];
  } catch (error) {
    return [`"${name}": ${error instanceof Error ? error.message : error}`];
  }
}
