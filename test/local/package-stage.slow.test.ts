import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { packageStage } from "../../local/package-stage.ts";

const root = resolve(import.meta.dirname, "../..");

describe("packageStage", { timeout: 120_000 }, () => {
  let project: string;
  let packaged: number;
  const run = async (env: Record<string, string> = {}) => {
    packaged = 0;
    return await packageStage("local", { root: project, env, onPackaging: () => packaged++ });
  };
  const zoneOf = (template: unknown) => JSON.stringify(template).match(/"TIMEZONE":"([^"]+)"/)?.[1];

  // A separate project with one small function, so that changing it disturbs nothing else.
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), "daymark-package-"));
    for (const name of [
      "serverless.yml",
      "infra",
      "src/schemas",
      "package.json",
      "package-lock.json",
      "THIRD_PARTY_NOTICES",
      "docs/openapi.json",
    ])
      await cp(join(root, name), join(project, name), { recursive: true });
    await mkdir(join(project, "src/handlers"));
    for (const name of await readdir(join(root, "src/handlers")))
      await writeFile(join(project, "src/handlers", name), "export const handler = async () => 1;\n");
    await symlink(join(root, "node_modules"), join(project, "node_modules"));
    return () => rm(project, { recursive: true });
  });

  test("packages once per content, and leaves each function's bundle to be run", async () => {
    const first = await run();
    expect([packaged, zoneOf(first.template)]).toEqual([1, "Asia/Seoul"]);
    const bundle = await import(first.bundle("collect", "src/handlers/collect.handler"));
    expect(await bundle.handler()).toBe(1);
    await run();
    expect(packaged).toBe(0);
  });

  test("packages once for all who ask at the same time, past the lock of a process that is gone", async () => {
    const env = { DAYMARK_TIMEZONE: "Asia/Tokyo" };
    let times = 0;
    const ask = () => packageStage("local", { root: project, env, onPackaging: () => times++ });
    const first = ask();
    const cache = join(project, ".build/stages");
    await expect.poll(async () => (await readdir(cache)).some((name) => name.endsWith(".lock"))).toBe(true);
    expect(new Set((await Promise.all([first, ask(), ask()])).map(({ folder }) => folder)).size).toBe(1);
    expect(times).toBe(1);

    const { folder } = await first;
    await rm(dirname(folder), { recursive: true });
    const gone = spawnSync(process.execPath, ["--version"]).pid;
    await writeFile(`${dirname(folder)}.lock`, String(gone));
    await ask();
    expect(times).toBe(2);
    expect((await readdir(cache)).filter((name) => name.endsWith(".lock"))).toEqual([]);
  });

  test("packages again for another zone, and not for a variable that the template does not read", async () => {
    await run();
    const berlin = await run({ DAYMARK_TIMEZONE: "Europe/Berlin" });
    expect([packaged, zoneOf(berlin.template)]).toEqual([1, "Europe/Berlin"]);
    await run({ DAYMARK_TIMEZONE: "Europe/Berlin", AWS_PROFILE: "someone" });
    expect(packaged).toBe(0);
  });

  test("packages again when a source has changed, and drops what a killed run left behind", async () => {
    const abandoned = join(project, ".build/stages/local-0123.99999");
    await mkdir(abandoned, { recursive: true });
    await utimes(abandoned, 0, 0);
    await writeFile(join(project, "src/handlers/health.ts"), "export const handler = async () => 2;\n");
    const changed = await run();
    expect(packaged).toBe(1);
    expect(await (await import(changed.bundle("health", "src/handlers/health.handler"))).handler()).toBe(2);
    expect(await readdir(join(project, ".build/stages"))).not.toContain("local-0123.99999");
  });

  test("says what is wrong when packaging fails", async () => {
    await writeFile(join(project, "src/handlers/health.ts"), 'import "./nowhere.ts";\n');
    await expect(run()).rejects.toThrow(/Cannot package stage local:[\s\S]*Could not resolve "\.\/nowhere\.ts"/);
  });
});
