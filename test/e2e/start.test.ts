/**
 * `npm start` as a person types it, on free ports and in an empty home: what it prints, what it refuses, how it ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect } from "vitest";
import { packageStage } from "../../local/package-stage.ts";
import { slowTest, test } from "../gears.ts";

const root = resolve(import.meta.dirname, "../..");
/** What `npm start` runs: npm itself does not pass on the exit code. */
const direct = ["node", "scripts/run.mjs", "local/main.ts"];
type Started = { child: ChildProcess; output: () => string; url: string; awsUrl: string; exit: Promise<number | null> };

describe("npm start", { timeout: 60_000 }, () => {
  let home: string;
  const children: ChildProcess[] = [];

  beforeAll(() => packageStage("local", { root, env: {} }), 120_000);
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "daymark-start-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0))
      if (child.exitCode === null && child.signalCode === null) kill(child, "SIGKILL");
    await rm(home, { recursive: true, force: true });
  });

  function run(env: Record<string, string> = {}, command = direct): Omit<Started, "url" | "awsUrl"> {
    const { DAYMARK_TIMEZONE: _, ...machine } = process.env;
    const [program = "", ...args] = command;
    // A separate process group, so that a signal reaches all of its processes, as from a terminal.
    const child = spawn(program, args, {
      cwd: root,
      env: { ...machine, PORT: "0", AWS_PORT: "0", DAYMARK_HOME: home, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk) => (output += chunk));
    const exit = new Promise<number | null>((done) => child.once("close", done));
    return { child, output: () => output, exit };
  }

  async function start(command = direct): Promise<Started> {
    const started = run({}, command);
    const ended = started.exit.then(() => "ended");
    for (;;) {
      const url = /Daymark is ready on (\S+)/.exec(started.output())?.[1];
      const awsUrl = /AWS +(\S+)/.exec(started.output())?.[1];
      if (url && awsUrl) return { ...started, url, awsUrl };
      const state = await Promise.race([ended, new Promise((done) => setTimeout(done, 50))]);
      if (state === "ended") throw new Error(`It ended: ${started.output()}`);
    }
  }

  const post = (url: string) =>
    fetch(`${url}/v1/events`, {
      method: "POST",
      headers: { "x-write-key": "wk_local", "content-type": "application/json" },
      body: JSON.stringify({ name: "click", target: "hello", visitor_id: "v" }),
    });
  const dataFiles = async () =>
    (await readdir(home, { recursive: true })).filter((path) =>
      /s3\/.*\/events\/dt=[^/]+\/[^/.][^/]*\.parquet$/.test(path),
    );

  test("serves the API and AWS, and on SIGTERM brings everything into the lake and ends with 0", async () => {
    const { url, awsUrl, child, exit, output } = await start();
    expect(await (await fetch(`${url}/v1/health`)).json()).toEqual({
      status: "ok",
      timezone: "Asia/Seoul",
      lake_buffer_seconds: 5,
    });
    expect((await post(url)).status).toBe(202);
    const streams = await fetch(awsUrl, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "Firehose_20150804.ListDeliveryStreams",
      },
      body: "{}",
    });
    expect(await streams.json()).toMatchObject({
      DeliveryStreamNames: ["daymark-local-events-0", "daymark-local-rejected"],
    });
    const before = performance.now();
    kill(child, "SIGTERM");
    expect(await exit).toBe(0);
    expect(performance.now() - before).toBeLessThan(10_000);
    expect(output()).toContain("Stopping");
    expect(await dataFiles()).toHaveLength(1);
  });

  test("goes on after kill -9 with what it had accepted", async () => {
    const first = await start();
    expect((await post(first.url)).status).toBe(202);
    kill(first.child, "SIGKILL");
    await first.exit;
    const second = await start();
    kill(second.child, "SIGTERM");
    expect(await second.exit).toBe(0);
    expect(await dataFiles()).toHaveLength(1);
  });

  slowTest("ends in good order when npm alone is told to end", async () => {
    const { child, exit, output } = await start(["npm", "start"]);
    child.kill("SIGTERM");
    await exit;
    expect(output()).toContain("Stopping");
    await start();
  });

  test("refuses a home that another one is using", async () => {
    await start();
    const second = run();
    expect(await second.exit).toBe(1);
    expect(second.output()).toMatch(/another Daymark is using it \(process \d+\)/);
  });

  slowTest("refuses a home that a newer version wrote", async () => {
    await writeFile(join(home, "daymark.json"), '{"format":99,"timezone":"Asia/Seoul"}');
    const { exit, output } = run();
    expect(await exit).toBe(1);
    expect(output()).toMatch(/a newer Daymark wrote it/);
  });

  slowTest("refuses a home whose days are of another zone, and names both", async () => {
    await writeFile(join(home, "daymark.json"), '{"format":1,"timezone":"Asia/Seoul"}');
    const { exit, output } = run({ DAYMARK_TIMEZONE: "Europe/Berlin" });
    expect(await exit).toBe(1);
    expect(output()).toContain("it counts days of Asia/Seoul, not of Europe/Berlin");
  });

  test.each(["PORT", "AWS_PORT"])("names %s when that port is in use", async (variable) => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => taken.once("listening", done));
    const address = taken.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const { exit, output } = run({ [variable]: port });
    expect(await exit).toBe(1);
    expect(output()).toContain(`127.0.0.1:${port}: the port is in use (set ${variable})`);
    taken.close();
  });

  test("--help says every option and variable, and starts nothing", async () => {
    const { exit, output } = run({}, [...direct, "--help"]);
    expect(await exit).toBe(0);
    expect(output()).toContain("--port 3000");
    expect(output()).not.toContain("ready");
  });

  test("an option that there is none of ends it, with the ones that there are", async () => {
    const { exit, output } = run({}, [...direct, "--prot", "3100"]);
    expect(await exit).toBe(2);
    expect(output()).toMatch(/Unknown option '--prot'.*--aws-port/s);
  });

  test("takes its ports and its home from the command line", async () => {
    const other = join(home, "other");
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => taken.once("listening", done));
    const address = taken.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const { exit, output } = run({}, [...direct, "--port", port, "--home", other]);
    expect(await exit).toBe(1);
    expect(output()).toContain(`127.0.0.1:${port}: the port is in use (set PORT)`);
    expect(await readdir(other)).not.toEqual([]);
    taken.close();
  });

  test.each([
    [{ PORT: "many" }, "Cannot use PORT=many"],
    [{ DAYMARK_TIMEZONE: "Asia/Soul" }, "Cannot use DAYMARK_TIMEZONE=Asia/Soul"],
  ])("refuses %j", async (env, message) => {
    const { exit, output } = run(env);
    expect(await exit).toBe(1);
    expect(output()).toContain(message);
  });
});

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, signal);
}
