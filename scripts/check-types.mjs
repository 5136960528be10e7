/**
 * Type-checks the project, and each folder that has its own tsconfig.json because it, or what it tests, runs in a
 * browser. Ends with 1 if any of them has an error.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const projects = [".", ...globSync("{src,test}/*/tsconfig.json", { cwd: root })];
const codes = await Promise.all(projects.map(check));
process.exit(codes.some((code) => code !== 0) ? 1 : 0);

function check(project) {
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const child = spawn(process.execPath, [tsc, "--project", project], { cwd: root, stdio: "inherit" });
  return new Promise((resolve) => child.on("close", resolve));
}
