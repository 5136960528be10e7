/**
 * Builds clients/node/dist, which `import { createClient } from "daymark-client"` loads. npm runs it before packing the
 * package.
 */
import { buildPackage } from "./build-package.mjs";

buildPackage({
  source: "clients/node/src",
  entry: "client.ts",
  target: "clients/node/dist",
  platform: "node",
  ecma: "es2022",
});
