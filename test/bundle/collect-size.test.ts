import { type BuildOptions, build } from "esbuild";
import { expect, test } from "vitest";

const MAX_BYTES = 450 * 1024;

async function bundle(entryPoint: string) {
  // Exactly the options of deployment; they are in a plugin of the framework, so without types.
  const infra: { bundleOptions: BuildOptions } = await import(`${"../../infra/bundle/bundle-functions.js"}`);
  const options = { ...infra.bundleOptions, entryPoints: [entryPoint], outdir: "out" };
  const { outputFiles, metafile } = await build({ ...options, write: false, metafile: true });
  return {
    bytes: outputFiles.reduce((sum, { contents }) => sum + contents.length, 0),
    text: outputFiles.map(({ text }) => text).join(""),
    inputs: Object.keys(metafile.inputs),
  };
}

test("the collect bundle is small enough to start quickly", async () => {
  const { bytes } = await bundle("src/handlers/collect.ts");
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
});

test("the collect bundle holds only the packages that it needs, and nothing local", async () => {
  const { inputs } = await bundle("src/handlers/collect.ts");
  const packages = inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]).filter((name) => name);
  const ours = new Set(packages.filter((name) => !/^@(aws-sdk|aws|smithy)\//.test(name ?? "")));
  expect([...ours].sort()).toEqual(["@middy/core", "@middy/util", "bowser", "isbot", "zod"]);
  expect(inputs.filter((path) => !/^(src|infra|node_modules)\//.test(path))).toEqual([]);
});

// For an import() of one of its own modules, Node makes an ES module of it and reads all of its exports: of node:http
// also WebSocket, and with it all of undici, which takes as long to load as the rest of a function.
test.each(["collect", "query", "stream", "cloudfront-stream"])(
  "the %s bundle imports nothing later than it starts",
  async (name) => {
    const { text } = await bundle(`src/handlers/${name}.ts`);
    expect(text.match(/\bimport\([^)]*\)/g)).toBeNull();
  },
);
