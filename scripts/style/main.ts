/**
 * `npm run style`: the figures of this project as a table; `npm run style -- --of DIR` those of other checkouts, one after the
 * other. docs/style.md shows them side by side and says how each is counted.
 */
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { measureProject } from "./measure-project.ts";
import { toTable } from "./table.ts";

const { values } = parseArgs({ options: { of: { type: "string", multiple: true } } });
const folders = (values.of ?? [resolve(import.meta.dirname, "../..")]).map((folder) => resolve(folder));
const projects = await Promise.all(
  folders.map(async (folder) => ({ name: basename(folder), figures: await measureProject(folder) })),
);
console.log(toTable(projects));
