/** The demo ends before it sends anything, with words, where a port is not a Daymark's whose keys it has. */
import { execFile } from "node:child_process";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findDaymark } from "../../../tools/demo/find-daymark.ts";

const run = promisify(execFile);
const main = resolve(import.meta.dirname, "../../../tools/demo/main.ts");

const health = { status: "ok", timezone: "UTC", lake_buffer_seconds: 5 };
const problem = (code: string, detail: string) => ({ type: `urn:problem-type:daymark:${code}`, detail });
const buckets = "<Bucket><Name>daymark-local-lake-000000000000</Name></Bucket>";

type Answers = Readonly<Record<string, readonly [status: number, body: object | string]>>;

/** A Daymark with other answers for some paths; what it was sent is counted. */
function stage(answers: Answers = {}) {
  const sent: string[] = [];
  const all: Answers = { "/v1/health": [200, health], "/v1/status": [200, {}], "/": [200, buckets], ...answers };
  const listener: RequestListener = (req, res) => {
    if (req.method !== "GET") sent.push(`${req.method} ${req.url}`);
    const [status, body] = all[req.url ?? ""] ?? [404, "no such page"];
    res.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  };
  return { server: createServer(listener), sent };
}

async function listening(server: Server) {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, [Symbol.asyncDispose]: () => new Promise<void>((done) => void server.close(() => done())) };
}

const page = { "/v1/health": [200, "<h1>Hello</h1>"], "/": [200, "<h1>Hello</h1>"] } as const;
const foreignJson = { "/v1/health": [200, { status: "UP" }] } as const;
const start = 'start it with "npm start" first, or say where it is with PORT or --url';
const set = 'set AWS_PORT or --aws-url to what "npm start" printed after AWS';

test.each([
  ["a page of another program", page, {}, `a Daymark at URL: something else answers there (200); ${start}`],
  ["another program's health", foreignJson, {}, `a Daymark at URL: something else answers there (200); ${start}`],
  [
    "a folder below a Daymark",
    { "/v1/health": [404, problem("not_found", "Cannot find this path")] },
    {},
    `Cannot find a Daymark at URL: 404 Cannot find this path; ${start}`,
  ],
  ["a program without that path", { "/v1/health": [404, {}] }, {}, `(404); ${start}`],
  [
    "a Daymark whose disk is full",
    { "/v1/health": [503, problem("unhealthy", "No space is left")] },
    {},
    "Cannot fill the Daymark at URL: it is not well: 503 No space is left",
  ],
  [
    "a Daymark with another read token",
    { "/v1/status": [401, problem("wrong_read_token", "Reading needs the header")] },
    {},
    "Cannot read from URL with the token rt_local: 401 Reading needs the header; set DAYMARK_READ_TOKEN to what",
  ],
  [
    "an AWS port of another program",
    {},
    page,
    `AWS port of Daymark at AWS: something else answers there (200); ${set}`,
  ],
  ["an AWS port of another AWS", {}, { "/": [403, "<Error/>"] }, `at AWS: something else answers there (403); ${set}`],
] as const)(
  "%s ends it with 1, says what was tried and what to set, and is sent nothing",
  async (_, own, aws, words) => {
    const [first, second] = [stage(own), stage(aws)];
    await using api = await listening(first.server);
    await using awsPort = await listening(second.server);
    const failed = run(process.execPath, [main, "--url", api.url, "--aws-url", awsPort.url], { env: {} });
    const expected = words.replace("URL", api.url).replace("AWS:", `${awsPort.url}:`);
    await expect(failed).rejects.toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(expected) });
    expect([first.sent, second.sent]).toEqual([[], []]);
  },
);

test("a port that hangs up and one that never answers are no Daymark's", async () => {
  await using away = await listening(createTcpServer((socket) => socket.destroy()));
  await using silent = await listening(createTcpServer((socket) => void socket.resume()));
  await using api = await listening(stage().server);
  const find = (url: string, awsUrl: string, patienceMs = 60_000) => findDaymark({ url, awsUrl }, { patienceMs });
  await expect(find(away.url, api.url)).rejects.toThrow(`${away.url}: nothing answers there; ${start}`);
  await expect(find(silent.url, api.url, 200)).rejects.toThrow(
    `${silent.url}: nothing answered within 0.2 s; ${start}`,
  );
  await expect(find(api.url, away.url)).rejects.toThrow(`${away.url}: nothing answers there; ${set}`);
  await expect(find(api.url, api.url)).resolves.toBeUndefined();
});
