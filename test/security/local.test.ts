/** What runs on a machine is only for this machine: who else could reach it, and how. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { end, run, said } from "../../bench/process/child.ts";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { readHostNames } from "../../local/endpoint/host-names.ts";
import { createFaults } from "../../local/faults.ts";
import { startHttpApi } from "../../local/http/service.ts";
import { packageStage } from "../../local/package-stage.ts";
import { converse } from "../fuzz/broken-wire.ts";

const stack: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of stack.splice(0)) await one[Symbol.asyncDispose]();
});

const invoke = async () => ({ payload: null });
async function startEndpoint(host?: string, hosts: string[] = []) {
  const endpoint = await startAwsEndpoint({
    port: 0,
    ...(host === undefined ? {} : { host }),
    hosts,
    services: [{ target: "T", operations: { Echo: async () => ({}) } }],
    invoke,
    faults: createFaults(),
  });
  stack.push(endpoint);
  return endpoint;
}

describe("listening", () => {
  test("both ports are for this machine only unless a host is named", async () => {
    const api = { routes: [], cors: undefined, throttle: undefined, timeoutMs: 1000 };
    const http = await startHttpApi({ api, port: 0, invoke });
    stack.push(http);
    const endpoint = await startEndpoint();
    expect([http.url, endpoint.url]).toEqual([`http://127.0.0.1:${http.port}`, `http://127.0.0.1:${endpoint.port}`]);
    // Another address of the same machine; a server on 0.0.0.0 would answer there.
    for (const { port } of [http, endpoint]) await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow();
  });

  test("npm start listens where DAYMARK_HOST says", { timeout: 120_000 }, async () => {
    await packageStage("local", { root: resolve(import.meta.dirname, "../..") });
    const home = await mkdtemp(join(tmpdir(), "daymark-host-"));
    const env = { PORT: "0", AWS_PORT: "0", DAYMARK_HOME: home, DAYMARK_HOST: "127.0.0.2" };
    const child = run(["local/main.ts"], { env });
    try {
      const url = await said(child, /Daymark is ready on (\S+)/);
      expect(url).toMatch(/^http:\/\/127\.0\.0\.2:/);
      expect((await fetch(`${url}/v1/health`)).status).toBe(200);
      await expect(fetch(`${url.replace("127.0.0.2", "127.0.0.1")}/v1/health`)).rejects.toThrow();
    } finally {
      await end(child);
      await rm(home, { recursive: true, force: true });
    }
  });
});

describe("the AWS endpoint", () => {
  const call = async (url: string, host: string, more = "") => {
    const head = `POST / HTTP/1.1\r\nhost: ${host}\r\nx-amz-target: T.Echo\r\nconnection: close\r\n${more}`;
    return (await converse(url, Buffer.from(`${head}content-length: 2\r\n\r\n{}`))).statuses;
  };

  test("answers programs that call it by an address or name of this machine", async () => {
    const { url, port } = await startEndpoint();
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      "LOCALHOST",
      "[::1]:1",
      "s3.localhost:80",
      "lake.s3.localhost",
    ])
      expect([host, await call(url, host)]).toEqual([host, [200]]);
  });

  test("refuses a page whose name was made to lead here (DNS rebinding)", async () => {
    const { url, port } = await startEndpoint();
    for (const host of [`evil.example:${port}`, "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""])
      expect([host, await call(url, host)]).toEqual([host, [403]]);
  });

  test("refuses every request that has an origin, its own included", async () => {
    const { url } = await startEndpoint();
    for (const origin of [url, "null", "https://evil.example"])
      expect(await call(url, "localhost", `origin: ${origin}\r\n`)).toEqual([403]);
  });

  test("refuses what a page loads, which comes without an origin", async () => {
    const { url } = await startEndpoint();
    for (const site of ["cross-site", "same-site", "same-origin"])
      expect(await call(url, "localhost", `sec-fetch-site: ${site}\r\n`)).toEqual([403]);
    // As the address bar sends it.
    expect(await call(url, "localhost", "sec-fetch-site: none\r\n")).toEqual([200]);
  });

  test("takes any address, and names that were given to it, when it was told to listen to others", async () => {
    const { port } = await startEndpoint("0.0.0.0", ["daymark.internal"]);
    const statuses = [
      "daymark.internal",
      "lake.s3.daymark.internal",
      "192.0.2.7",
      "[2001:db8::1]:4566",
      "localhost",
    ].map((host) => call(`http://127.0.0.1:${port}`, host));
    expect((await Promise.all(statuses)).flat()).toEqual([200, 200, 200, 200, 200]);
    expect(await call(`http://127.0.0.1:${port}`, "evil.example")).toEqual([403]);
  });
});

describe("the HTTP port", () => {
  const api = {
    routes: [
      { method: "POST", path: "/v1/events", functionName: "collect" },
      { method: "GET", path: "/v1/status", functionName: "query" },
    ],
    cors: { allowOrigins: ["*"], allowMethods: ["GET"], allowHeaders: ["authorization"], exposeHeaders: [], maxAge: 1 },
    throttle: undefined,
    timeoutMs: 1000,
  };
  async function startApi(options: { host?: string; hosts?: string[] } = {}) {
    const http = await startHttpApi({
      api,
      port: 0,
      invoke: async () => ({ payload: { statusCode: 200 } }),
      ...options,
    });
    stack.push(http);
    return http;
  }
  const ask = async (port: number, host: string, more = "", line = "GET /v1/status HTTP/1.1") => {
    const head = `${line}\r\nhost: ${host}\r\nconnection: close\r\n${more}\r\n`;
    const { statuses, text } = await converse(`http://127.0.0.1:${port}`, Buffer.from(head));
    return { statuses, mayRead: /access-control-allow-origin/i.test(text) };
  };

  test("refuses a page whose name was made to lead here (DNS rebinding), and takes names that were given to it", async () => {
    const { port } = await startApi({ hosts: ["stats.example"] });
    for (const host of [`evil.example:${port}`, "localhost.evil.example", "evilstats.example", "10.0.0.1"])
      expect([host, await ask(port, host)]).toEqual([host, { statuses: [403], mayRead: false }]);
    for (const host of [`127.0.0.1:${port}`, "localhost", "[::1]:3000", "stats.example", "STATS.example:443"])
      expect([host, await ask(port, host)]).toEqual([host, { statuses: [200], mayRead: false }]);
  });

  test("refuses what a page of another origin asks with a token, and the preflight before it", async () => {
    const { port } = await startApi();
    const preflight = "OPTIONS /v1/status HTTP/1.1";
    for (const origin of ["https://evil.example", "null", "http://localhost:5173", `https://127.0.0.1`]) {
      const from = `origin: ${origin}\r\n`;
      const refused = { statuses: [403], mayRead: false };
      expect(await ask(port, `127.0.0.1:${port}`, `${from}authorization: Bearer rt_local\r\n`)).toEqual(refused);
      const wanted = `${from}access-control-request-method: GET\r\naccess-control-request-headers: Authorization, x-a\r\n`;
      expect(await ask(port, `127.0.0.1:${port}`, wanted, preflight)).toEqual(refused);
    }
    const own = `origin: http://127.0.0.1:${port}\r\nauthorization: Bearer rt_local\r\n`;
    expect((await ask(port, `127.0.0.1:${port}`, own)).statuses).toEqual([200]);
  });

  test("leaves to collect which pages may write with which key", async () => {
    const { port } = await startApi();
    const wanted = "origin: https://page.example\r\naccess-control-request-headers: content-type,x-write-key\r\n";
    const preflight = await ask(port, "localhost", wanted, "OPTIONS /v1/events HTTP/1.1");
    expect(preflight).toEqual({ statuses: [204], mayRead: true });
    const post = "origin: https://page.example\r\nx-write-key: wk\r\ncontent-length: 0\r\n";
    expect((await ask(port, "localhost", post, "POST /v1/events HTTP/1.1")).statuses).toEqual([200]);
  });

  test("is told other names in a list that is checked", () => {
    expect(readHostNames(" stats.example, daymark ,")).toEqual(["stats.example", "daymark"]);
    expect(readHostNames(undefined)).toEqual([]);
    for (const wrong of ["https://stats.example", "stats.example:80", "*", "a b"])
      expect(() => readHostNames(wrong)).toThrow(`Cannot use DAYMARK_HOSTS=${wrong}: "${wrong}" is no name of a host`);
  });
});
