/** The function that serves the pages, bundled as it is deployed, on a stage with the demo and on one without. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { APIGatewayProxyStructuredResultV2 as Answer } from "aws-lambda";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { siteFiles } from "../../infra/bundle/site-files.js";

type Event = { rawPath: string; headers: Record<string, string>; requestContext?: object };
type Handler = (event: Event) => Promise<Answer>;

const root = resolve(import.meta.dirname, "../..");
let folder: string;
let paths: string[];
let on: Handler;
let off: Handler;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "daymark-site-"));
  paths = Object.keys(await siteFiles(root));
  [on, off] = [await load("on"), await load("off")];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The handler in its own environment: it reads `DEMO` and `LOGS` once, when it is loaded. */
async function load(demo: string): Promise<Handler> {
  // Exactly the options of deployment; they are in a plugin of the framework, so without types.
  const infra: { bundleOptions: BuildOptions } = await import(`${"../../infra/bundle/bundle-functions.js"}`);
  const outfile = join(folder, `${demo}.cjs`);
  const files = { entryPoints: [join(root, "src/handlers/site.ts")], absWorkingDir: root, outfile };
  await build({ ...infra.bundleOptions, ...files });
  process.env.DEMO = demo;
  process.env.LOGS = demo;
  return (await import(outfile)).handler;
}

const get = (handler: Handler, rawPath: string) => handler({ rawPath, headers: { "accept-encoding": "br" } });

const send = (method: string, rawPath: string, handler = on) =>
  handler({ rawPath, headers: {}, requestContext: { http: { method }, requestId: "r-1" } });

test("HEAD is answered like GET, without the body", async () => {
  for (const path of ["/", "/beacon.js", "/demo", "/openapi.json"]) {
    const { body, isBase64Encoded: _, ...head } = await send("GET", path);
    expect(body).toBeTruthy();
    expect([path, await send("HEAD", path)]).toEqual([path, head]);
  }
  const { body: _, ...notFound } = await send("GET", "/nothing");
  expect(await send("HEAD", "/nothing")).toEqual(notFound);
});

test("a method that a path does not take is answered 405, and told what it takes", async () => {
  const answer = await send("POST", "/v1/status");
  expect(answer.headers).toMatchObject({ allow: "GET, HEAD, OPTIONS", "content-type": "application/problem+json" });
  expect(JSON.parse(answer.body ?? "")).toEqual({
    type: "urn:problem-type:daymark:method_not_allowed",
    title: "The path does not take this method",
    status: 405,
    detail: "Cannot answer POST: this path takes GET, HEAD, OPTIONS",
    code: "method_not_allowed",
    request_id: "r-1",
  });
  expect((await send("PUT", "/")).statusCode).toBe(405);
  expect((await send("GET", "/v1/events")).headers).toMatchObject({ allow: "POST, OPTIONS" });
  expect((await send("DELETE", "/demo/x", off)).statusCode).toBe(404);
  expect((await send("GET", "/v1/logs", off)).statusCode).toBe(404);
});

test("OPTIONS says what a path takes", async () => {
  expect(await send("OPTIONS", "/v1/logs")).toEqual({ statusCode: 204, headers: { allow: "POST, HEAD, OPTIONS" } });
  expect((await send("OPTIONS", "/nothing")).statusCode).toBe(404);
});

test("the API's description is served where it says", async () => {
  const { headers = {}, body = "" } = await send("GET", "/openapi.json");
  expect(headers["content-type"]).toBe("application/json");
  expect(JSON.parse(Buffer.from(body, "base64").toString())).toMatchObject({ openapi: "3.1.0" });
});

test("a stage without the demo has none of its pages", async () => {
  for (const path of ["/demo", "/demo/", "/demo/posting/kelp-biology"]) {
    expect((await get(on, path)).statusCode).toBe(200);
    expect(await get(off, path)).toEqual(await get(off, "/nothing"));
    expect((await get(off, path)).statusCode).toBe(404);
  }
});

test("a stage without the demo has everything else", async () => {
  const others = paths.filter((path) => path !== "/demo");
  expect(others).toEqual(expect.arrayContaining(["/", "/beacon.js", "/beacon.mjs"]));
  for (const path of others) {
    const answer = await get(off, path);
    expect([path, answer.statusCode]).toEqual([path, 200]);
    expect(answer).toEqual(await get(on, path));
  }
});
