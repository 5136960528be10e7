/** The cached secret against the local Secrets Manager over the wire; only the clock is faked. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../local/faults.ts";
import { startSecretsManager } from "../../local/secrets-manager/service.ts";
import { createSecret, FRESH_MS, OUTAGE_MS, PAUSE_MS, STALE_MS } from "../../src/aws/secret.ts";
import { HttpError } from "../../src/errors.ts";

const stack = new AsyncDisposableStack();
const faults = createFaults();
const id = "daymark/test/token";
const arn = `arn:aws:secretsmanager:us-east-1:000000000000:secret:${id}`;
const written: string[] = [];
let client: SecretsManagerClient;
let now = 1_000_000;
const clock = () => now;

beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), "daymark-secret-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const { service } = await startSecretsManager({
    home,
    secrets: [{ name: id, arn, description: "", value: "first" }],
    faults,
  });
  const invoke = () => Promise.reject(new Error("no function here"));
  const { url: endpoint } = stack.use(await startAwsEndpoint({ port: 0, services: [service], invoke, faults }));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new SecretsManagerClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  stack.defer(() => client.destroy());
  vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await stack.disposeAsync();
});
beforeEach(async () => {
  faults.set([]);
  written.length = 0;
  await rotate("first");
});

const rotate = (SecretString: string) => client.send(new PutSecretValueCommand({ SecretId: arn, SecretString }));
const down = { point: "secrets.get", action: "error" } as const;
/** A rule without effect: calls are only counted while there are rules. */
const counted = { point: "secrets.get", action: "delay", delayMs: 0 } as const;
const reads = () => faults.report()["secrets.get"]?.passed ?? 0;

test("a secret is asked for when it is made, once for all who wait, and then answered from memory", async () => {
  faults.set([counted]);
  const secret = createSecret({ client, id: arn, clock });
  expect(await Promise.all([secret.read(), secret.read(), secret.read()])).toEqual(["first", "first", "first"]);
  now += FRESH_MS - 1;
  expect(await secret.read()).toBe("first");
  expect(reads()).toBe(1);
});

test("a rotated secret is there within five minutes, and the old one gone, for whoever asks all the time or seldom", async () => {
  expect(STALE_MS).toBeLessThan(300_000);
  const busy = createSecret({ client, id, clock });
  const idle = createSecret({ client, id, clock });
  await Promise.all([busy.read(), idle.read()]);
  await rotate("second");
  now += FRESH_MS;
  // Nobody waits for the new secret: this read returns the old one, a later one the new one.
  expect(await busy.read()).toBe("first");
  await vi.waitFor(async () => expect(await busy.read()).toBe("second"), 30_000);
  now += STALE_MS - FRESH_MS;
  expect(await idle.read()).toBe("second");
});

test("a rotated secret works at once where the old one is refused, and strangers cannot make it be read all the time", async () => {
  const secret = createSecret({ client, id, clock });
  const offer = (given: string) =>
    secret.check((wanted) => {
      if (given !== wanted) throw new HttpError("wrong_read_token", "no");
      return `hello ${given}`;
    });
  expect(await offer("first")).toBe("hello first");
  await rotate("second");
  now += PAUSE_MS;
  expect(await offer("second")).toBe("hello second");
  await expect(offer("first")).rejects.toThrow("no");

  faults.set([counted]);
  now += PAUSE_MS;
  for (let i = 0; i < 20; i++) await expect(offer(`guess ${i}`)).rejects.toThrow("no");
  expect(reads()).toBe(1);
});

test("while Secrets Manager is away the last known value serves for a bounded time, and an alarm is raised", async () => {
  const secret = createSecret({ client, id, clock });
  await secret.read();
  faults.set([down]);
  now += STALE_MS;
  for (let i = 0; i < 5; i++) expect(await secret.read()).toBe("first");
  expect(reads()).toBe(1);
  now += PAUSE_MS;
  expect(await secret.read()).toBe("first");
  expect(reads()).toBe(2);
  expect(written.map((line) => JSON.parse(line).message)).toContain("SecretNotRead");
  expect(written.join("")).not.toContain("first");
  now += OUTAGE_MS;
  await expect(secret.read()).rejects.toThrow(`Cannot read the secret ${id}`);
  faults.set([]);
  now += PAUSE_MS;
  expect(await secret.read()).toBe("first");
});

test("a function that never got its secret says so at each request, and works as soon as it can be read", async () => {
  faults.set([down]);
  const secret = createSecret({ client, id, clock });
  await expect(secret.read()).rejects.toMatchObject({ name: "UnavailableError" });
  await expect(secret.check(() => "in")).rejects.toMatchObject({ name: "UnavailableError" });
  faults.set([]);
  expect(await secret.read()).toBe("first");
});

test("what was read before the function was frozen is as old as that call", async () => {
  faults.set([{ point: "secrets.get", action: "delay", delayMs: 100 }]);
  const secret = createSecret({ client, id, clock });
  const before = secret.read();
  now += STALE_MS;
  expect(await before).toBe("first");
  expect(reads()).toBe(2);
});

test("a clock that is put back makes the secret be read again", async () => {
  const secret = createSecret({ client, id, clock });
  await secret.read();
  await rotate("second");
  now -= 3_600_000;
  expect(await secret.read()).toBe("second");
  now += 7_200_000;
});
