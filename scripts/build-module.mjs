/**
 * Makes what `import { init, track } from "daymark/beacon"` finds in the package: dist/module.js and its types. npm runs it
 * before it packs the package, so also where somebody installs it from the repository.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "src", "beacon");
const target = join(root, "dist");

rmSync(target, { recursive: true, force: true });
buildSync({
  entryPoints: [join(source, "module.ts")],
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
});
const types = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false", "--rootDir", source, "--outDir", target];
const tsc = join(root, "node_modules", ".bin", "tsc");
const { status } = spawnSync(process.execPath, [tsc, "--project", source, ...types], { stdio: "inherit" });
process.exit(status ?? 1);
