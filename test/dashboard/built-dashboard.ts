/** The dashboard as it is served: its three files, bundled the way the deployed ones are. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const folder = join(import.meta.dirname, "../../src/dashboard");

export type ServedFile = { type: string; body: Buffer };

/** Every file of the page by its path. */
export async function buildDashboard(): Promise<Map<string, ServedFile>> {
  const built = await build({
    entryPoints: [join(folder, "main.tsx"), join(folder, "style.css")],
    outdir: "/",
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome120", "firefox121", "safari17.5"],
    write: false,
    logLevel: "silent",
  });
  const files = new Map<string, ServedFile>();
  for (const { path, contents } of built.outputFiles)
    files.set(path, { type: path.endsWith(".css") ? "text/css" : "text/javascript", body: Buffer.from(contents) });
  files.set("/", { type: "text/html", body: await readFile(join(folder, "index.html")) });
  files.set("/icon.svg", { type: "image/svg+xml", body: await readFile(join(folder, "icon.svg")) });
  return files;
}
