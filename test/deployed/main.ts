/**
 * `npm run test:aws`: installs an independent AWS (and cfn-lint) into `.engines/aws`, then deploys to it; Spectral, in
 * `.engines/spectral-…`, reads the API's description. Arguments go to vitest (`-- deploy` for the tests with that name).
 * If the machine has no Python, it says so and succeeds.
 */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { awsPackages } from "./ministack.ts";

const installed = await awsPackages();
if (typeof installed === "string") {
  console.log(`test:aws skipped: ${installed}. Nothing was deployed, no template was linted.`);
  process.exit(0);
}
const root = resolve(import.meta.dirname, "../..");
const vitest = [resolve(root, "node_modules/vitest/vitest.mjs"), "run", "--config", "vitest.deployed.config.ts"];
const child = spawn(process.execPath, [...vitest, ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
child.once("close", (code) => process.exit(code ?? 1));
