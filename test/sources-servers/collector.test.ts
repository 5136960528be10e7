/**
 * A real OpenTelemetry Collector that follows a log while the way to a started Daymark fails: answers are lost after
 * their request was taken, nobody answers, and both ends are killed. Each line counts once.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { makeFolder, startDaymark } from "../../bench/process/daymark.ts";
import { collectorProgram } from "./collector-program.ts";

const program = await collectorProgram();

/** A way to `target`, which may change; `answer` says what becomes of each request. */
async function openWay() {
  const way = { target: "", taken: 0, lost: 0, refused: 0, answer: (): "answer" | "lose" | "refuse" => "answer" };
  const server = createServer(async (request, response) => {
    const fate = way.answer();
    if (fate === "refuse") {
      way.refused++;
      return request.socket.destroy();
    }
    const { method, headers } = request;
    const onward = send(`${way.target}${request.url}`, { method, headers }, (answer) => {
      way.taken += answer.statusCode === 200 ? 1 : 0;
      if (fate === "lose") {
        way.lost++;
        return request.socket.destroy();
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward.on("error", () => request.socket.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(way, {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

const settings = (home: string, url: string) => `
receivers:
  file_log:
    include: ["${home}/logs/*.log"]
    start_at: beginning
    storage: file_storage
    poll_interval: 100ms
exporters:
  otlp_http:
    logs_endpoint: ${url}/v1/logs
    headers: { x-write-key: tk_local, x-daymark-host: web1 }
    retry_on_failure: { initial_interval: 100ms, max_interval: 500ms, max_elapsed_time: 0 }
    sending_queue: { storage: file_storage }
extensions:
  file_storage: { directory: "${home}/storage", fsync: true }
service:
  extensions: [file_storage]
  pipelines: { logs: { receivers: [file_log], exporters: [otlp_http] } }
  telemetry: { metrics: { level: none }, logs: { level: error } }
`;

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

test.skipIf(program === undefined)(
  "each line of a Collector counts once, through outages and kills of both ends",
  async () => {
    await using home = await makeFolder();
    await using way = await openWay();
    for (const name of ["logs", "storage", "daymark"]) await mkdir(join(home.path, name));
    await writeFile(join(home.path, "collector.yaml"), settings(home.path, way.url));
    const startCollector = () =>
      spawn(program ?? "", ["--config", join(home.path, "collector.yaml")], { stdio: ["ignore", "ignore", "inherit"] });

    let written = 0;
    async function write(count: number): Promise<void> {
      for (let i = 0; i < count; i += 20) {
        const lines = Array.from({ length: 20 }, () => `ERROR line ${++written} of the shop`);
        await appendFile(join(home.path, "logs/shop.log"), `${lines.join("\n")}\n`);
        await wait(20);
      }
    }
    /** On a busy machine few requests are made meanwhile. */
    async function writeUntil(isEnough: () => boolean): Promise<void> {
      await write(1000);
      while (!isEnough()) await write(100);
    }
    const ask = async () => {
      const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
      const path = `/v1/metrics/app_logs?from=${today.slice(0, 8)}01&to=${today}`;
      const answer = await fetch(`${way.target}${path}`, { headers: { authorization: "Bearer rt_local" } });
      return JSON.parse(await answer.text()).total;
    };

    const daymarks = [await startDaymark(join(home.path, "daymark"))];
    way.target = daymarks[0]?.url ?? "";
    let collector = startCollector();
    try {
      await write(1000);
      let requests = 0;
      way.answer = () => (requests++ % 2 === 0 ? "lose" : "answer");
      await writeUntil(() => way.lost > 3);
      way.answer = () => "refuse";
      await writeUntil(() => way.refused > 3);
      way.answer = () => "answer";
      await write(200);
      if (daymarks[0] !== undefined) await kill(daymarks[0].child.process);
      await write(1000);
      daymarks.push(await startDaymark(join(home.path, "daymark")));
      way.target = daymarks[1]?.url ?? "";
      await kill(collector);
      await write(1000);
      collector = startCollector();
      await write(200);
      await expect.poll(ask, { timeout: 120_000, interval: 500 }).toBeGreaterThanOrEqual(written);
      await wait(3000);
      expect(await ask()).toBe(written);
    } finally {
      await kill(collector);
      for (const daymark of daymarks) daymark.child.process.kill("SIGKILL");
    }
  },
);
