/**
 * Builds what `import { init, track } from "daymark/beacon"` loads: dist/module.js and its types. npm runs it before
 * packing the package, and so also when somebody installs it from the repository.
 */
import { buildPackage } from "./build-package.mjs";

buildPackage({ source: "src/beacon", entry: "module.ts", target: "dist", platform: "browser", ecma: "es2022" });
