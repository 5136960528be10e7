/** Makes what `import { createClient } from "daymark-client"` finds: clients/node/dist. npm runs it before it packs the package. */
import { buildPackage } from "./build-package.mjs";

buildPackage({
  source: "clients/node/src",
  entry: "client.ts",
  target: "clients/node/dist",
  platform: "node",
  ecma: "es2022",
});
