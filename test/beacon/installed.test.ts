/** The package of the beacon, as an app installs it: from the file that npm packs, and from git. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { siteFiles } from "../../infra/bundle/site-files.js";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const folder = join(root, "clients/beacon");
let temporary: string;

beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "daymark-beacon-package-"));
});
afterAll(() => rm(temporary, { recursive: true, force: true }));

const npm = (cwd: string, ...args: string[]) => run("npm", [...args, "--no-audit", "--no-fund", "--offline"], { cwd });

/** What an app has in its node_modules once it has installed `spec`. */
async function install(name: string, spec: string): Promise<string[]> {
  const app = join(temporary, name);
  await mkdir(app);
  await writeFile(join(app, "package.json"), '{"type":"module"}');
  await npm(app, "install", spec);
  const source = `import { init, optOut, track } from "daymark-beacon";
    track("early"); init({ key: "wk", endpoint: "https://events.test" }); optOut(); console.log("done");`;
  await writeFile(join(app, "server.js"), source);
  expect(await run(process.execPath, [join(app, "server.js")])).toMatchObject({ stdout: "done\n", stderr: "" });
  expect(await readdir(join(app, "node_modules/daymark-beacon"))).toEqual([
    "README.md",
    "beacon.d.ts",
    "beacon.js",
    "package.json",
  ]);
  return (await readdir(join(app, "node_modules"))).filter((one) => !one.startsWith("."));
}

test("it is what Daymark serves (npm run beacon writes it)", async () => {
  const files = await siteFiles(root);
  expect(await readFile(join(folder, "beacon.js"), "utf8")).toBe(`${files["/beacon.mjs"]?.text}\n`);
});

test.each([
  ["Fields", "record.ts"],
  ["Settings", "settings.ts"],
])("its type %s is that of the source", async (name, file) => {
  const typeIn = async (path: string) =>
    new RegExp(`export type ${name} = \\{.*?\\n\\};`, "s").exec(await readFile(path, "utf8"))?.[0];
  const type = await typeIn(join(root, "src/beacon", file));
  expect(type).toContain("?: string");
  expect(await typeIn(join(folder, "beacon.d.ts"))).toBe(type);
});

test("it is one package when it is installed from what npm packs", async () => {
  const { stdout } = await npm(temporary, "pack", "--silent", folder);
  expect(await install("packed", join(temporary, stdout.trim()))).toEqual(["daymark-beacon"]);
});

test("it is one package when it is installed from a branch that is made of its folder", async () => {
  const repository = join(temporary, "repository");
  await mkdir(join(repository, "clients"), { recursive: true });
  await cp(folder, join(repository, "clients/beacon"), { recursive: true });
  await cp(join(root, "package.json"), join(repository, "package.json"));
  const name = ["-c", "user.name=a", "-c", "user.email=a@e.com"];
  const git = async (...args: string[]) => (await run("git", [...name, ...args], { cwd: repository })).stdout.trim();
  await git("init", "--quiet");
  await git("add", ".");
  await git("commit", "--quiet", "--message", "All");
  await git("branch", "--force", "beacon", await git("commit-tree", "-m", "beacon", "HEAD:clients/beacon"));
  expect(await install("cloned", `git+file://${repository}#beacon`)).toEqual(["daymark-beacon"]);
});
