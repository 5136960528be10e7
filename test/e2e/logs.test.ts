/**
 * Logs as shippers send them, through the whole of stage `local`: counted today, stored in the lake, and only once if
 * sent again.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Daymark, startDaymark } from "../browser/daymark.ts";

let daymark: Daymark;
beforeAll(async () => {
  daymark = await startDaymark();
}, 180_000);
afterAll(() => daymark?.[Symbol.asyncDispose]());

const key = { "x-write-key": "tk_local" };
const today = () => new Date().toISOString();
const send = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = key) =>
  fetch(`${daymark.url}${path}`, { method: "POST", body, headers });
const totalOf = (question: string) => async () => (await daymark.ask(`/v1/metrics/${question}`)).total;

test("lines of an access log and records of applications are counted, once however often they are sent", async () => {
  const clf = `${today().slice(8, 10)}/${new Date().toUTCString().slice(8, 11)}/${today().slice(0, 4)}:${today().slice(11, 19)} +0000`;
  const line = (path: string) => `203.0.113.7 - - [${clf}] "GET ${path} HTTP/1.1" 404 5 "-" "curl/8"`;
  const lines = new Uint8Array(gzipSync(`${line("/a")}\nno such line\n${line("/b")}\n`));
  const records = JSON.stringify([
    { date: Date.now() / 1000, log: "payment 17 failed", level: "error", service: "shop" },
    { date: Date.now() / 1000, log: "payment 18 failed", level: "error", service: "shop" },
  ]);
  for (let tries = 0; tries < 2; tries++) {
    const answers = [
      await send("/v1/logs/access?host=web1", lines),
      await send("/v1/logs/app?host=web1", records, { authorization: `Bearer ${key["x-write-key"]}` }),
    ];
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([
      { accepted: 2, rejected: 1, reasons: [expect.objectContaining({ index: 1, path: "status" })] },
      { accepted: 2, rejected: 0 },
    ]);
  }
  await expect.poll(totalOf("requests?status=404"), { timeout: 30_000 }).toBe(2);
  await expect.poll(totalOf("app_logs?level=error"), { timeout: 30_000 }).toBe(2);
  expect((await daymark.stored("name = 'access_log' and is_copy is null")).map(({ path }) => path).sort()).toEqual([
    "/a",
    "/b",
  ]);
});

test("OpenTelemetry is answered in its own form, and a HEAD says that the door is there", async () => {
  const body = new Uint8Array(readFileSync(new URL("../fixtures/otlp-logs.bin", import.meta.url)));
  const answer = await send("/v1/logs", body, { ...key, "content-type": "application/x-protobuf" });
  expect([answer.status, answer.headers.get("content-type"), (await answer.bytes()).length]).toEqual([
    200,
    "application/x-protobuf",
    0,
  ]);
  expect((await fetch(`${daymark.url}/v1/logs`, { method: "HEAD" })).status).toBe(200);
});

test("packed lines of JSON are taken; a packed body that is declared as JSON is refused, and told what to do", async () => {
  const body = new Uint8Array(gzipSync(`${JSON.stringify({ log: "packed" })}\n`));
  const packed = (type: string) =>
    send("/v1/logs/app?host=web1", body, { ...key, "content-type": type, "content-encoding": "gzip" });
  expect((await packed("application/x-ndjson")).status).toBe(200);
  const refused = await packed("application/json");
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("Send it unpacked")]);
});

test("nobody but a server may send them", async () => {
  expect((await send("/v1/logs/app", "{}", {})).status).toBe(401);
  expect((await send("/v1/logs/app", "{}", { "x-write-key": "wk_local" })).status).toBe(401);
  expect((await send("/v1/logs/app", "{}", { ...key, origin: "https://example.com" })).status).toBe(403);
});
