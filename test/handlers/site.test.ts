/** The function that serves the pages, bundled as it is deployed, on a stage with the demo and on one without. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { APIGatewayProxyStructuredResultV2 as Answer } from "aws-lambda";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { siteFiles } from "../../infra/bundle/site-files.js";

type Handler = (event: { rawPath: string; headers: Record<string, string> }) => Promise<Answer>;

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

/** The handler in its own environment: it reads `DEMO` once, when it is loaded. */
async function load(demo: string): Promise<Handler> {
  // Exactly the options of deployment; they are in a plugin of the framework, so without types.
  const infra: { bundleOptions: BuildOptions } = await import(`${"../../infra/bundle/bundle-functions.js"}`);
  const outfile = join(folder, `${demo}.cjs`);
  const files = { entryPoints: [join(root, "src/handlers/site.ts")], absWorkingDir: root, outfile };
  await build({ ...infra.bundleOptions, ...files });
  process.env.DEMO = demo;
  return (await import(outfile)).handler;
}

const get = (handler: Handler, rawPath: string) => handler({ rawPath, headers: { "accept-encoding": "br" } });

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
