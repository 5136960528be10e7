/**
 * Serverless plugin: bundles each function by itself with esbuild before it is packaged, and leaves the bundle beside the
 * zip, so that `npm start` runs the very file that would be deployed.
 */
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import yazl from "yazl";
import { siteFilesPlugin } from "./site-files.js";

/**
 * What every bundle is made with, chosen by what starts fastest: ES modules are read first, because esbuild drops their
 * unused parts; the result is CommonJS, which Node compiles lazily; and of the SDK's chain of credential providers only
 * the one that Lambda feeds is kept (infra/lambda-credentials.js), which alone halves the time to start.
 */
export const bundleOptions = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  mainFields: ["module", "main"],
  alias: { "@aws-sdk/credential-provider-node": fileURLToPath(new URL("./lambda-credentials.js", import.meta.url)) },
  plugins: [siteFilesPlugin()],
  legalComments: "none",
  logLevel: "warning",
};
export const bundleExtension = ".cjs";

export default class BundleFunctions {
  constructor(serverless) {
    this.serverless = serverless;
    this.hooks = { "before:package:createDeploymentArtifacts": () => this.bundleAll() };
  }

  async bundleAll() {
    const { service, serviceDir } = this.serverless;
    const folder = join(serviceDir, ".serverless", "bundles");
    await rm(folder, { recursive: true, force: true });
    await Promise.all(
      service.getAllFunctions().map(async (key) => {
        const fn = service.getFunction(key);
        const module = fn.handler.slice(0, fn.handler.lastIndexOf("."));
        const bundle = join(folder, key, `${module}${bundleExtension}`);
        await build({ ...bundleOptions, absWorkingDir: serviceDir, entryPoints: [`${module}.ts`], outfile: bundle });
        fn.package = { artifact: await zip(bundle, `${module}${bundleExtension}`, join(folder, `${key}.zip`)) };
      }),
    );
  }
}

// The same bundle gives the same zip, byte for byte, or every deployment would update every function.
async function zip(file, name, target) {
  const archive = new yazl.ZipFile();
  archive.addFile(file, name, { mtime: new Date(Date.UTC(2020, 0, 1)), mode: 0o100644, forceDosTimestamp: true });
  archive.end();
  await mkdir(dirname(target), { recursive: true });
  await finished(archive.outputStream.pipe(createWriteStream(target)));
  return target;
}
