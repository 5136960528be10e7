/** The packaged pipeline erases a person, invoked as the AWS CLI does it: through the Lambda API of the local port. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { packageStage } from "../../local/package-stage.ts";
import { type Pipeline, startPipeline } from "../../local/start-pipeline.ts";

const root = resolve(import.meta.dirname, "../..");
let home: string;
let pipeline: Pipeline;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-erase-"));
  const packaged = await packageStage("local", { root, env: {} });
  pipeline = await startPipeline({ packaged, home: join(home, "data"), port: 0, awsPort: 0 });
}, 180_000);
afterAll(async () => {
  await pipeline[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

const send = (events: object[]) =>
  fetch(`${pipeline.url}/v1/events`, {
    method: "POST",
    headers: { "x-write-key": "tk_local" },
    body: JSON.stringify(events),
  });

async function invokeBatch(input: object) {
  const path = "/2015-03-31/functions/daymark-local-batch/invocations";
  const response = await fetch(`${pipeline.awsUrl}${path}`, { method: "POST", body: JSON.stringify(input) });
  return { error: response.headers.get("x-amz-function-error"), answer: await response.json() };
}

/** Every file under the home that contains the text. */
async function filesWith(text: string): Promise<string[]> {
  const names = await readdir(join(home, "data/s3"), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const found = await Promise.all(files.map(async (file) => ((await readFile(file)).includes(text) ? [file] : [])));
  return found.flat();
}

test("a person is gone from every object of the lake, and nobody else is", { timeout: 120_000 }, async () => {
  const click = (visitor_id: string) => ({
    name: "click",
    target: "posting-1",
    visitor_id,
    occurred_at: "2024-03-01T03:00:00Z",
  });
  expect((await send([click("person-one"), click("person-two"), { ...click("person-one"), target: 5 }])).status).toBe(
    202,
  );
  await pipeline.flush();
  expect((await filesWith("person-one")).length).toBe(2); // events and rejected
  expect(await invokeBatch({ erase: { visitor_id: "person-one" } })).toMatchObject({
    error: null,
    answer: { events: { rows: 1, rewritten: 1 }, rejected: { rows: 1 }, complete: true },
  });
  expect(await filesWith("person-one")).toEqual([]);
  expect(await filesWith("person-two")).toHaveLength(1);
  const headers = { authorization: "Bearer rt_local" };
  await vi.waitFor(async () => {
    const answer = await fetch(`${pipeline.url}/v1/metrics/clicks?from=2024-03-01&to=2024-03-01`, { headers });
    expect(await answer.json()).toMatchObject({ total: 2 });
  }, 30_000);
  expect(await invokeBatch({ erase: { visitor: "x" } })).toMatchObject({ error: "Unhandled" });
});
