/** What runs on a machine is for this machine: who else could reach it, and how. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { end, run, said } from "../../bench/child.ts";
import { startAwsEndpoint } from "../../local/aws-endpoint.ts";
import { createFaults } from "../../local/faults.ts";
import { startHttpApi } from "../../local/http-api.ts";
import { packageStage } from "../../local/package-stage.ts";
import { converse } from "../fuzz/broken-wire.ts";

const stack: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of stack.splice(0)) await one[Symbol.asyncDispose]();
});

const invoke = async () => ({ payload: null });
async function startEndpoint(host?: string) {
  const endpoint = await startAwsEndpoint({
    port: 0,
    ...(host === undefined ? {} : { host }),
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
    // The address bar's own.
    expect(await call(url, "localhost", "sec-fetch-site: none\r\n")).toEqual([200]);
  });

  test("takes any name when it was told to listen to others", async () => {
    const { port } = await startEndpoint("0.0.0.0");
    expect(await call(`http://127.0.0.1:${port}`, "daymark.internal")).toEqual([200]);
  });
});
