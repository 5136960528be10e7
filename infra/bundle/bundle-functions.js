/**
 * Serverless plugin: bundles each function separately with esbuild before it is packaged, deployed alone or invoked on
 * this machine, and leaves the bundle next to the archive, so that `npm start` runs exactly the file that would be
 * deployed.
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
 * The options of every bundle, chosen for the fastest start: ES modules are preferred, because esbuild drops their
 * unused parts. The output is CommonJS, which Node compiles lazily and which calls require() where the SDK imports a
 * Node module later (an import() of node:http loads all of undici). Of the SDK's chain of credential providers, only
 * the one that Lambda uses is included (infra/bundle/lambda-credentials.js), which alone halves the start time.
 */
export const bundleOptions = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  supported: { "dynamic-import": false },
  mainFields: ["module", "main"],
  alias: {
    "@aws-sdk/credential-provider-node": fileURLToPath(new URL("./lambda-credentials.js", import.meta.url)),
    "@aws-sdk/endpoint-cache": fileURLToPath(new URL("./no-endpoint-cache.js", import.meta.url)),
  },
  plugins: [siteFilesPlugin()],
  legalComments: "none",
  logLevel: "warning",
};
// On this machine a package.json further up says that .js is an ES module. The archive contains no package.json, and
// .js is what every implementation of Lambda looks for first.
export const bundleExtension = ".cjs";
const archivedExtension = ".js";
/** The third-party software in the bundles, as its licences require. */
const notices = "THIRD_PARTY_NOTICES";

export default class BundleFunctions {
  constructor(serverless, options) {
    this.serverless = serverless;
    this.options = options;
    this.hooks = {
      "before:package:createDeploymentArtifacts": () => this.bundleAll(),
      "before:package:function:package": () => this.bundleOne(options.function),
      "before:deploy:function:deploy": () => this.keepRole(options.function),
      "before:invoke:local:invoke": () => this.bundleForThisMachine(options.function),
    };
  }

  async bundleAll() {
    await rm(this.folder(), { recursive: true, force: true });
    await Promise.all(this.serverless.service.getAllFunctions().map((key) => this.bundleOne(key)));
  }

  async bundleOne(key) {
    const { service, serviceDir } = this.serverless;
    const { bundle, module } = await this.bundle(key);
    // Relative, because `package --package` and `deploy --package` may run in two checkouts.
    const artifact = join(".serverless", `${key}.zip`);
    const contents = { [`${module}${archivedExtension}`]: bundle, [notices]: join(serviceDir, notices) };
    await zip(contents, join(serviceDir, artifact));
    service.getFunction(key).package = { artifact };
  }

  // `deploy function` wants the name of a role, which we leave to CloudFormation; a role changes only with a full
  // deployment.
  keepRole(key) {
    const { service } = this.serverless;
    service.getFunction(key).role = service.provider.remoteFunctionData.Configuration.Role;
  }

  async bundleForThisMachine(key) {
    await this.bundle(key);
    this.options.extraServicePath = join(".serverless", "bundles", key);
  }

  async bundle(key) {
    const { service, serviceDir } = this.serverless;
    const { handler } = service.getFunction(key);
    const module = handler.slice(0, handler.lastIndexOf("."));
    const bundle = join(this.folder(), key, `${module}${bundleExtension}`);
    await build({ ...bundleOptions, absWorkingDir: serviceDir, entryPoints: [`${module}.ts`], outfile: bundle });
    return { bundle, module };
  }

  folder() {
    return join(this.serverless.serviceDir, ".serverless", "bundles");
  }
}

// The same bundle gives the same zip, byte for byte, or every deployment would update every function.
async function zip(contents, target) {
  const archive = new yazl.ZipFile();
  const options = { mtime: new Date(Date.UTC(2020, 0, 1)), mode: 0o100644, forceDosTimestamp: true };
  for (const [name, file] of Object.entries(contents)) archive.addFile(file, name, options);
  archive.end();
  await mkdir(dirname(target), { recursive: true });
  await finished(archive.outputStream.pipe(createWriteStream(target)));
}
