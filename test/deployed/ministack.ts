/**
 * An independent AWS: ministack from PyPI, started on a free port with an empty account. It runs our functions in
 * separate processes with the project's Node, Firehose's transformation and conversion, and CloudFormation.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type PythonPackages, pythonPackages } from "../python-packages.ts";
import { type AwsCalls, startAwsCalls } from "./aws-calls.ts";

/** DuckDB is for the Parquet files that Firehose writes; cfn-lint is for lint.test.ts. */
const packages = ["ministack==1.5.33", "duckdb==2.0.1", "cfn-lint==1.58.0"];
export const awsPackages = () => pythonPackages("aws", packages);

export const accountId = "123456789012";
export const region = "ap-northeast-2";
export type Ministack = AsyncDisposable & {
  /** The environment that tells AWS's clients (osls, the SDK, any other) where AWS is and who they are. */
  env: Record<string, string>;
  port: number;
  aws: AwsCalls;
  log: () => string;
};

/** Starts it; with `isStrict`, every call needs permissions from its caller's policies. */
export async function startMinistack({ isStrict = false } = {}): Promise<Ministack> {
  const installed = await awsPackages();
  if (typeof installed === "string") throw new Error(`Cannot start ministack: ${installed}`);
  await using started = new AsyncDisposableStack();
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "daymark-ministack-"));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const env = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  };
  const { log, stop } = run(installed, { folder, port, isStrict });
  started.defer(stop);
  await answers(port, log);
  const aws = started.use(startAwsCalls(installed.python, env));
  const all = started.move();
  return { env, port, aws, log, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function run({ bin }: PythonPackages, { folder, port, isStrict }: { folder: string; port: number; isStrict: boolean }) {
  const env = {
    // Functions run with the first `node` on the path: Lambda's major version.
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    HOME: folder,
    TMPDIR: folder,
    BIND_HOST: "127.0.0.1",
    MINISTACK_HOST: "127.0.0.1",
    GATEWAY_PORT: String(port),
    MINISTACK_REGION: region,
    MINISTACK_ACCOUNT_ID: accountId,
    AUTH: String(isStrict),
    NODE_NO_WARNINGS: "1",
  };
  const child = spawn(join(bin, "ministack"), [], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  return {
    log: () => text,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await closed;
      clearTimeout(timer);
    },
  };
}

async function answers(port: number, log: () => string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const health = await fetch(`http://127.0.0.1:${port}/_ministack/health`).catch(() => undefined);
    if (health?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`Cannot start ministack: no answer within two minutes\n${log()}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("Cannot find a free port");
  return address.port;
}
