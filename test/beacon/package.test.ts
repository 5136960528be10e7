/** `import { init, track } from "daymark/beacon"`, in an app that has installed the package. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
let app: string;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), "daymark-app-"));
  await mkdir(join(app, "node_modules"));
  await symlink(root, join(app, "node_modules/daymark"));
  await writeFile(join(app, "package.json"), '{"type":"module"}');
});
afterAll(() => rm(app, { recursive: true, force: true }));

test("on a server its functions are there and do nothing", async () => {
  const source = `import { init, optOut, track } from "daymark/beacon";
    track("early"); init({ key: "wk", endpoint: "https://events.test" }); optOut(); console.log("done");`;
  await writeFile(join(app, "server.js"), source);
  const { stdout } = await run(process.execPath, [join(app, "server.js")]);
  expect(stdout).toBe("done\n");
});

test("its types take what can be recorded, and nothing else", async () => {
  const source = `import { init, track, type Fields } from "daymark/beacon";
    init({ key: "wk", endpoint: "https://events.test", visitor: "persistent" });
    const fields: Fields = { amount: 990, currency: "EUR", anything: [1] };
    track("payment", fields);
    // @ts-expect-error
    init({ key: "wk" });
    // @ts-expect-error
    track("payment", { amount: "9.90" });
  `;
  await writeFile(join(app, "app.ts"), source);
  const options = ["--noEmit", "--strict", "--types", "", "--module", "esnext", "--moduleResolution", "bundler"];
  const tsc = join(root, "node_modules/.bin/tsc");
  const { stdout } = await run(process.execPath, [tsc, ...options, join(app, "app.ts")], { cwd: app }).catch((e) => e);
  expect(stdout).toBe("");
});

test("a page that imports it gets the beacon that is tested here", async () => {
  const beacon = await import(pathToFileURL(join(root, "clients/beacon/beacon.js")).href);
  expect(Object.keys(beacon).sort()).toEqual(["init", "optOut", "track"]);
});
