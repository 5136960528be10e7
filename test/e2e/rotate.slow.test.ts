/** Rotates the read token and trusted key of a running pipeline, without packaging or restarting anything. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { packageStage } from "../../local/package-stage.ts";
import { type Pipeline, startPipeline } from "../../local/start-pipeline.ts";

const stack = new AsyncDisposableStack();
let pipeline: Pipeline;
let client: SecretsManagerClient;

beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), "daymark-rotate-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const packaged = await packageStage("local", { root: resolve(import.meta.dirname, "../.."), env: {} });
  pipeline = stack.use(await startPipeline({ packaged, home, port: 0, awsPort: 0 }));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new SecretsManagerClient({ endpoint: pipeline.awsUrl, region: "us-east-1", credentials });
  stack.defer(() => client.destroy());
}, 180_000);
afterAll(() => stack.disposeAsync());

const read = async (token: string) =>
  (await fetch(`${pipeline.url}/v1/metrics`, { headers: { authorization: `Bearer ${token}` } })).status;
const write = async (key: string) => {
  const body = '{"name":"click","target":"a"}';
  return (await fetch(`${pipeline.url}/v1/events`, { method: "POST", body, headers: { "x-write-key": key } })).status;
};

test.concurrent.each([
  ["read token", "daymark/local/read-token", read, ["rt_local", "rt_rotated"], 200],
  ["trusted key", "daymark/local/trusted-key", write, ["tk_local", "tk_rotated"], 202],
] as const)(
  "a rotated %s works, and the old one has stopped then",
  { timeout: 120_000 },
  async (_, SecretId, use, [old, next], ok) => {
    expect([await use(old), await use(next)]).toEqual([ok, 401]);
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: next }));
    await vi.waitFor(async () => expect(await use(next)).toBe(ok), { timeout: 90_000, interval: 500 });
    expect(await use(old)).toBe(401);
  },
);
