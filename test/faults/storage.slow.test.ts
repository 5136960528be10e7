/**
 * The disk under a running Daymark fails: its home is removed, or it accepts no more bytes or files. Nothing is
 * acknowledged and lost.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { type Child, end, run, said } from "../../bench/process/child.ts";
import { packageStage } from "../../local/package-stage.ts";
import { healthAnswer } from "../../src/schemas/api/health-answer.ts";
import { problem as refused } from "../../src/schemas/api/problem.ts";

const root = resolve(import.meta.dirname, "../..");
const reader = { authorization: "Bearer rt_local" };
let folder: string;
let child: Child | undefined;
let isMounted = false;

beforeAll(() => packageStage("local", { root, env: {} }), 120_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "daymark-storage-"));
});
afterEach(async () => {
  if (child) await end(child);
  child = undefined;
  if (isMounted) shell(`umount -l ${folder}`);
  isMounted = false;
  await rm(folder, { recursive: true, force: true });
});

async function start(home: string): Promise<string> {
  child = run(["local/main.ts"], { env: { PORT: "0", AWS_PORT: "0", DAYMARK_HOME: home } });
  return await said(child, /Daymark is ready on (\S+)/);
}

/** Sends `count` events and returns the status. */
async function post(url: string, count: number): Promise<number> {
  const events = Array.from({ length: count }, () => ({
    name: "click",
    target: "t",
    properties: { x: "y".repeat(200) },
  }));
  const headers = { "x-write-key": "tk_local" };
  const answer = await fetch(`${url}/v1/events`, { method: "POST", body: JSON.stringify(events), headers });
  await answer.arrayBuffer();
  if (answer.status === 503) expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
  return answer.status;
}

async function getJson<T extends z.ZodMiniType>(
  url: string,
  schema: T,
): Promise<{ status: number; body: z.output<T> }> {
  const answer = await fetch(url, { headers: reader });
  return { status: answer.status, body: schema.parse(await answer.json()) };
}
const saying = z.object({ problems: z.optional(z.array(z.string())) });
const state = z.union([healthAnswer, refused]);
const health = async (url: string) => (await getJson(`${url}/v1/health`, state)).body;
async function clicks(url: string): Promise<{ status: number; total: number }> {
  const { status, body } = await getJson(`${url}/v1/metrics/clicks`, z.object({ total: z._default(z.number(), -1) }));
  return { status, total: body.total };
}
const shell = (command: string) => spawnSync("sh", ["-c", command], { cwd: folder ?? tmpdir() }).status === 0;
const saysSo = { timeout: 10_000, interval: 100 };

test("a home that was removed takes no event more, and is named in log, status and health", {
  timeout: 60_000,
}, async () => {
  const home = join(folder, "home");
  const url = await start(home);
  expect(await post(url, 3)).toBe(202);
  await expect.poll(async () => (await clicks(url)).total, { timeout: 10_000 }).toBe(3);
  await rm(home, { recursive: true, force: true });
  const until = performance.now() + 4_000;
  while (performance.now() < until) expect(await post(url, 1)).toBe(503);
  const gone = "The home of the data is gone: nothing can be kept or read until Daymark is started again";
  expect(await health(url)).toMatchObject({ code: "failing", problems: expect.arrayContaining([gone]) });
  for (const path of ["/v1/status", "/v1/metrics/clicks", "/v1/live/clicks"]) {
    const answer = await fetch(url + path, { headers: reader });
    expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 503, "5"]);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("is gone") });
  }
  expect(child?.output()).toContain(`Cannot use the home ${home}`);
});

const mountOptions = { bytes: "size=40m", files: "size=400m,nr_inodes=400" };
const canMount = (() => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return shell("d=$(mktemp -d) && mount -t tmpfs none $d && umount $d && rmdir $d");
})();

// Only a user who may mount can have a full disk for the test.
describe.skipIf(!canMount)("a disk that takes no more", () => {
  test.each(["bytes", "files"] as const)(
    "%s: every event that was acknowledged is counted when it does again, and till then the cause is named",
    { timeout: 120_000 },
    async (what) => {
      isMounted = shell(`mount -t tmpfs -o ${mountOptions[what]} none ${folder}`);
      expect(isMounted).toBe(true);
      const url = await start(join(folder, "home"));
      let acknowledged = 0;
      const send = async (count: number) => {
        const status = await post(url, count);
        if (status === 202) acknowledged += count;
        return status;
      };
      expect(await send(5)).toBe(202);
      await expect.poll(async () => (await clicks(url)).total, { timeout: 10_000 }).toBe(5);

      await (what === "bytes" ? fillBytes() : fillFiles());
      const problem =
        what === "bytes" ? "The disk is full: ENOSPC" : "The disk takes no more files (no inodes): ENOSPC";
      const startedAt = performance.now();
      await expect.poll(async () => (await health(url)).problems, saysSo).toContain(problem);
      const statuses = new Set<number>();
      while (performance.now() - startedAt < 8_000) {
        statuses.add(await send(50));
        statuses.add((await clicks(url)).status);
        await wait(50);
      }
      for (const status of statuses) expect([200, 202, 503]).toContain(status);
      expect((await getJson(`${url}/v1/status`, saying)).body.problems).toContain(problem);
      expect(child?.output()).toContain(problem.split(":")[0]);

      await rm(join(folder, "filler"), { recursive: true, force: true });
      await expect.poll(async () => (await health(url)).status, saysSo).toBe("ok");
      await expect.poll(() => send(1), saysSo).toBe(202);
      await expect.poll(async () => (await clicks(url)).total, { timeout: 30_000 }).toBe(acknowledged);
    },
  );

  async function fillBytes(): Promise<void> {
    const size = 1 << 16;
    await writeFile(join(folder, "filler"), "");
    shell(`dd if=/dev/zero of=filler bs=${size} 2>/dev/null`);
  }

  async function fillFiles(): Promise<void> {
    spawnSync("sh", ["-c", "mkdir filler && i=0; while : > filler/$i; do i=$((i+1)); done 2>/dev/null"], {
      cwd: folder,
    });
  }
});
