/**
 * `npm run style`: the figures of this project as a table; `npm run style -- --of DIR` also those of another checkout,
 * and may be repeated. `--time` also runs and times the tests of each. docs/style.md shows the figures and says how
 * each is counted.
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

/** Undefined if they fail: such a time would be meaningless. */
function timeTests(cwd: string): number | undefined {
  const startedAt = performance.now();
  const { status } = spawnSync("npm", ["test"], { cwd, stdio: ["ignore", "ignore", "inherit"] });
  return status === 0 ? Math.round((performance.now() - startedAt) / 1000) : undefined;
}
