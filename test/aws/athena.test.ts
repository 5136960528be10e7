/** The client's own decisions: when it polls again, what it throws, how it reads rows. Over the wire: test/contract. */
import { AthenaClient } from "@aws-sdk/client-athena";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createAthena } from "../../src/aws/athena.ts";
import { AthenaQueryError } from "../../src/errors.ts";
import { type AthenaStage, database, startAthenaStage, workGroup } from "../local/athena/athena-stage.ts";
import { hold } from "../local/held.ts";

const stack = new AsyncDisposableStack();
let stage: AthenaStage;
let athena: ReturnType<typeof createAthena>;
let sent: string[] = [];

beforeAll(async () => {
  stage = stack.use(await startAthenaStage());
  const invoke = () => Promise.reject(new Error("no function here"));
  const services = [stage.athena.service];
  const { url: endpoint } = stack.use(await startAwsEndpoint({ port: 0, services, invoke, faults: stage.faults }));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new AthenaClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  stack.defer(() => client.destroy());
  client.middlewareStack.add((next, context) => (args) => {
    sent.push(String(context.commandName));
    return next(args);
  });
  athena = createAthena({ client, workGroup, database, waitsMs: [10, 20, 40] });
});
afterEach(() => {
  sent = [];
  stage.faults.set([]);
});
afterAll(() => stack.disposeAsync());

const query = { text: "SELECT 7 AS n, CAST(NULL AS varchar) AS nothing", params: [] };
const token = "0123456789abcdef0123456789abcdef";

test("rows are objects by column with null for NULL, or what the schema makes of them", async () => {
  expect(await athena.run(query)).toEqual([{ n: "7", nothing: null }]);
  const schema = z.object({ n: z.coerce.number(), nothing: z.nullable(z.string()) });
  expect(await athena.run(query, { schema })).toEqual([{ n: 7, nothing: null }]);
  await expect(athena.run(query, { schema: z.object({ n: z.boolean() }) })).rejects.toThrow();
});

test("the same token starts one query", async () => {
  expect(await athena.start(query, token)).toBe(await athena.start(query, token));
});

test("a failed query is an error with its id, state and cause", async () => {
  const failed = await athena.run({ text: "SELECT CAST('x' AS bigint)", params: [] }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(AthenaQueryError);
  expect(failed).toMatchObject({
    state: "FAILED",
    message: expect.stringMatching(/[\da-f-]{36}: FAILED: INVALID_CAST/),
  });
});

test("waiting ends with false when the time is over, and goes on later", async () => {
  stage.faults.set([hold("athena.queue")]);
  const id = await athena.start(query);
  expect(await athena.waitFor(id, Date.now() + 60)).toBe(false);
  stage.faults.set([]);
  expect(await athena.waitFor(id)).toBe(true);
});

test("looks become rarer, and the last wait repeats", async () => {
  stage.faults.set([{ point: "athena.queue", action: "delay", delayMs: 300 }]);
  const id = await athena.start(query);
  sent = [];
  await athena.waitFor(id);
  const looks = sent.filter((name) => name === "GetQueryExecutionCommand").length;
  // 10 + 20 + 40 + 40 + … ms until 300 ms have passed, or more on a busy machine; polling every 10 ms would make 30.
  expect(looks).toBeGreaterThanOrEqual(3);
  expect(looks).toBeLessThan(20);
});

test("a stopped query is CANCELLED", async () => {
  stage.faults.set([hold("athena.queue")]);
  const id = await athena.start(query);
  await athena.stop(id);
  stage.faults.set([]);
  await expect(athena.waitFor(id)).rejects.toMatchObject({ state: "CANCELLED" });
});

test("a statement of the catalog has no rows", async () => {
  expect(await athena.run({ text: "ALTER TABLE rollups DROP IF EXISTS PARTITION (dt = '1')", params: [] })).toEqual([]);
});

test("an error of the service comes through as it is", async () => {
  stage.faults.set([{ point: "athena.start", action: "error", code: "TooManyRequestsException", status: 400 }]);
  await expect(athena.start(query)).rejects.toMatchObject({ name: "TooManyRequestsException" });
});
