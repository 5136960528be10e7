/** Who may write, who may read, and what everybody else is answered. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { converse } from "../fuzz/broken-wire.ts";
import { startTarget, type Target } from "../fuzz/target.ts";

const compared = vi.hoisted(() => ({ times: 0 }));
vi.mock("node:crypto", async (importOriginal) => {
  const crypto = await importOriginal<typeof import("node:crypto")>();
  const timingSafeEqual: typeof crypto.timingSafeEqual = (a, b) => {
    compared.times++;
    return crypto.timingSafeEqual(a, b);
  };
  return { ...crypto, timingSafeEqual };
});

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target[Symbol.asyncDispose]());

const event = '{"name":"click","target":"a"}';
const write = (headers: Record<string, string>, query = "") =>
  fetch(`${target.url}/v1/events${query}`, { method: "POST", body: event, headers });
const read = (path: string, authorization?: string) =>
  fetch(target.url + path, { headers: authorization === undefined ? {} : { authorization } });

describe("writing", () => {
  test.each([
    ["no key", {}, "", 401],
    ["an empty key", { "x-write-key": "" }, "", 401],
    ["a key that is the start of a right one", { "x-write-key": "wk_loca" }, "", 401],
    ["a right key twice", { "x-write-key": "wk_local,wk_local" }, "", 401],
    ["the read token", { "x-write-key": "rt_local" }, "", 401],
    ["a wrong key in the header and a right one in the address", { "x-write-key": "no" }, "?key=wk_local", 401],
    ["a right key twice in the address", {}, "?key=wk_local&key=wk_local", 401],
    ["a right key", { "x-write-key": "wk_local" }, "", 202],
    ["a right key in the address", {}, "?key=wk_local", 202],
    ["the trusted key", { "x-write-key": "tk_local" }, "", 202],
    ["the trusted key in the address", {}, "?key=tk_local", 403],
    ["the trusted key on a page", { "x-write-key": "tk_local", origin: "https://example.com" }, "", 403],
    ["the trusted key on a page without a name", { "x-write-key": "tk_local", origin: "null" }, "", 403],
  ])("with %s is answered as it must be", async (_, headers, query, status) => {
    expect((await write(headers, query)).status).toBe(status);
  });
});

describe("reading", () => {
  const routes = ["/v1/metrics", "/v1/metrics/clicks", "/v1/live/clicks", "/v1/status"];
  const wrong = [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "Bearer rt_loca",
    "Bearer rt_local2",
    "rt_local",
    "Basic cnRfbG9jYWw6",
  ];
  const others = ["Bearer wk_local", "Bearer tk_local", "Bearer rt_local,Bearer rt_local", "Bearer RT_LOCAL"];

  test.each(routes)("%s needs the read token, and no other secret will do", async (path) => {
    for (const authorization of [...wrong, ...others]) {
      const answer = await read(path, authorization);
      expect([authorization, answer.status]).toEqual([authorization, 401]);
      expect(await answer.text()).not.toMatch(/local/);
    }
    expect((await read(path, "Bearer rt_local")).status).toBe(200);
  });

  test("says nothing of what there is before the token is right", async () => {
    const answers = [await read("/v1/metrics/clicks"), await read("/v1/metrics/nope?from=x")];
    const bodies = answers.map(async (one) => (await one.text()).replace(/"request_id":"[^"]+"/, ""));
    expect(new Set(await Promise.all(bodies)).size).toBe(1);
  });

  test("a second authorization header does not help a first that is wrong", async () => {
    const head = "GET /v1/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer no\r\n";
    const { statuses } = await converse(target.url, Buffer.from(`${head}authorization: Bearer rt_local\r\n\r\n`));
    expect(statuses).toEqual([401]);
  });
});

test("a key is compared with every key there is, whole and in constant time, whether it is right or not", async () => {
  const { createKeyring, identify } = await import("../../src/collect/write-key.ts");
  const apps = ["a", "b", "c"].map((app) => ({ app, key: `wk_${app}`, origins: ["*"] }));
  const keyring = createKeyring(apps, "tk");
  const comparisons = (key: string) => {
    compared.times = 0;
    try {
      identify(keyring, { key, isKeyInUrl: false, origin: undefined });
    } catch {}
    return compared.times;
  };
  expect(["wk_a", "wk_c", "tk", "wk_", "x", "x".repeat(9000)].map(comparisons)).toEqual([4, 4, 4, 4, 4, 4]);
});

test("the read token is compared by digest, in constant time", async () => {
  const { identify } = await import("../../src/query/access/reader.ts");
  const token = { check: async <T>(use: (token: string) => T) => use("rt_secret") };
  const access = { hasSession: async () => false, hasShare: async () => false };
  for (const given of ["rt_secret", "rt_secreT", "r", "x".repeat(9000)]) {
    compared.times = 0;
    const sender = { method: "GET", headers: { authorization: `Bearer ${given}` } };
    const refusal = await identify(sender, { token, access, now: 0 }).then(
      () => undefined,
      (error) => error.status,
    );
    expect([compared.times, refusal]).toEqual([1, given === "rt_secret" ? undefined : 401]);
  }
});
