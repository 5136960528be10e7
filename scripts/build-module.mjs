/**
 * Makes what `import { init, track } from "daymark/beacon"` finds in the package: dist/module.js and its types. npm runs it
 * before it packs the package, so also where somebody installs it from the repository.
 */
import { buildPackage } from "./build-package.mjs";

buildPackage({ source: "src/beacon", entry: "module.ts", target: "dist", platform: "browser", ecma: "es2022" });
