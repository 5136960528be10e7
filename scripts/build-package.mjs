/** Bundles a package's source as one ES module, with its types next to it. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Rebuilds `target` from scratch. Ends the process with tsc's exit code if the types cannot be built. */
export function buildPackage({ source, entry, target, platform, ecma }) {
  const [from, to] = [join(root, source), join(root, target)];
  rmSync(to, { recursive: true, force: true });
  buildSync({
    entryPoints: [join(from, entry)],
    outdir: to,
    bundle: true,
    format: "esm",
    platform,
    target: ecma,
    legalComments: "none",
  });
  const types = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false", "--rootDir", from, "--outDir", to];
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "--project", from, ...types], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
