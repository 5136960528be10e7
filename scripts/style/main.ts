/**
 * `npm run style`: the figures of this project as a table; `npm run style -- --of DIR` those of another checkout, as often as
 * wanted. With `--time` the tests of each are run, too, and timed. docs/style.md shows the figures and says how each is counted.
 */
import { spawnSync } from "node:child_process";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { measureProject } from "./measure-project.ts";
import { toTable } from "./table.ts";

const { values } = parseArgs({
  options: { of: { type: "string", multiple: true }, time: { type: "boolean", default: false } },
});
const folders = (values.of ?? [resolve(import.meta.dirname, "../..")]).map((folder) => resolve(folder));
const projects = await Promise.all(
  folders.map(async (folder) => ({ name: basename(folder), folder, figures: await measureProject(folder) })),
);
console.log(
  toTable(
    projects.map((project) => ({ ...project, testSeconds: values.time ? timeTests(project.folder) : undefined })),
  ),
);

/** Undefined when they fail: such a time would say nothing. */
function timeTests(cwd: string): number | undefined {
  const startedAt = performance.now();
  const { status } = spawnSync("npm", ["test"], { cwd, stdio: ["ignore", "ignore", "inherit"] });
  return status === 0 ? Math.round((performance.now() - startedAt) / 1000) : undefined;
}
