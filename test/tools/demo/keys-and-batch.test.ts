/** What the demo sends has the keys that it was given, and days that nobody seals are no success. */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { seal } from "../../../tools/demo/seal.ts";

const run = promisify(execFile);
const main = resolve(import.meta.dirname, "../../../tools/demo/main.ts");

type Stage = { keys?: readonly string[]; openDays?: string[]; counted?: number };

/** Both ports of a Daymark that has no history, and counts whatever is sent. */
async function startStage({ keys = [], openDays = [], counted = 1e6 }: Stage = {}) {
  const sent = new Set<string>();
  const server = createServer(async (req, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    const { pathname } = new URL(req.url ?? "/", "http://stage");
    const key = String(req.headers["x-write-key"]);
    const answers: Record<string, () => [number, object | string]> = {
      "/v1/health": () => [200, { status: "ok", timezone: "UTC", lake_buffer_seconds: 5 }],
      "/v1/status": () => [200, { timezone: "UTC", today: "2026-11-26", open_days: openDays }],
      "/v1/metrics/page_views": () => [200, { total: 0 }],
      "/v1/metrics/events": () => [200, { total: counted }],
      "/v1/metrics/requests": () => [200, { total: counted }],
      "/v1/events": () => {
        sent.add(key);
        return keys.includes(key) ? [202, { accepted: JSON.parse(body).events.length, rejected: [] }] : [401, {}];
      },
      "/": () => [200, "daymark-local-lake-000000000000"],
    };
    const [status, answer] = answers[pathname]?.() ?? [200, {}];
    res.writeHead(status).end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    api: { url, awsUrl: url },
    sent,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => void server.close(() => done())),
  };
}

function demo(url: string, env: Record<string, string>) {
  const args = ["--minutes", "0", "--days", "1", "--visits", "2", "--url", url, "--aws-url", url];
  return run(process.execPath, [main, ...args], { env });
}

test("events and the access log have the trusted key that the demo was given", async () => {
  await using stage = await startStage({ keys: ["tk_mine"] });
  // As the address bar of a browser shows it.
  const { stdout } = await demo(`${stage.api.url}/`, { DAYMARK_TRUSTED_KEY: "tk_mine" });
  expect(stdout).toContain("Sealed the days before today");
  expect([...stage.sent]).toEqual(["tk_mine"]);
});

test("a Daymark with another trusted key ends the demo with 1, and it says what to set", async () => {
  await using stage = await startStage({ keys: ["tk_other"] });
  await expect(demo(stage.api.url, {})).rejects.toMatchObject({
    code: 1,
    stderr: `Cannot send events to ${stage.api.url}: 401; set DAYMARK_TRUSTED_KEY and DAYMARK_WRITE_KEY to what "npm start" was given\n`,
  });
});

test.each([
  [
    "the batch of another Daymark seals none",
    { openDays: ["2026-11-25"] },
    "set AWS_PORT or --aws-url to the AWS port",
  ],
  ["something is not counted", { counted: 3 }, "not everything that was sent is counted"],
])("when %s, the demo says so", async (_, answers, words) => {
  await using stage = await startStage(answers);
  const history = { first: "2026-11-25", today: "2026-11-26", events: 4, lines: 2 };
  const { signal } = new AbortController();
  await expect(seal(stage.api, history, { signal, patienceMs: 100, pauseMs: 10 })).rejects.toThrow(words);
  await expect(seal(stage.api, history, { signal: AbortSignal.abort() })).resolves.toBe(false);
});
