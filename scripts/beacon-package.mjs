/** Writes the script of the package in clients/beacon, so that whoever installs it needs nothing to build it with. */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { siteFiles } from "../infra/bundle/site-files.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = await siteFiles(root);
await writeFile(join(root, "clients/beacon/beacon.js"), `${files["/beacon.mjs"].text}\n`);
