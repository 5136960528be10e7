/** Sessions and shared links: what they open, what they do not, and that they end. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTarget, type Target } from "../fuzz/target.ts";

let target: Target;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target[Symbol.asyncDispose]());

const owner = { authorization: "Bearer rt_local" };
const own = { "sec-fetch-site": "same-origin" };
type Headers = Record<string, string>;

const call = (method: string, path: string, headers: Headers, body?: object) =>
  fetch(target.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
const statusOf = async (method: string, path: string, headers: Headers) => (await call(method, path, headers)).status;

async function signIn(): Promise<{ header: string; cookie: string }> {
  const answer = await call("POST", "/v1/session", { ...owner, ...own });
  expect(answer.status).toBe(200);
  const header = answer.headers.get("set-cookie") ?? "";
  return { header, cookie: header.split(";")[0] ?? "" };
}

async function share(where: Headers): Promise<{ id: string; token: string; path: string }> {
  const answer = await call("POST", "/v1/shares", { ...owner, "content-type": "application/json" }, { where });
  expect(answer.status).toBe(201);
  return JSON.parse(await answer.text());
}

describe("a session", () => {
  test("is a cookie that scripts cannot read and other sites do not send, and reads like the token", async () => {
    const { header, cookie } = await signIn();
    expect(header).toMatch(/; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
    expect(header).not.toContain("rt_local");
    for (const path of ["/v1/metrics", "/v1/metrics/clicks", "/v1/live/clicks", "/v1/status", "/v1/shares"])
      expect([path, await statusOf("GET", path, { cookie, ...own })]).toEqual([path, 200]);
  });

  test("ends when its reader signs out, also for whoever has copied the cookie", async () => {
    const [ended, other] = [await signIn(), await signIn()];
    const answer = await call("DELETE", "/v1/session", { cookie: ended.cookie, ...own });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([200, expect.stringMatching(/=; .*Max-Age=0;/)]);
    expect(await statusOf("GET", "/v1/status", { cookie: ended.cookie, ...own })).toBe(401);
    expect(await statusOf("GET", "/v1/status", { cookie: other.cookie, ...own })).toBe(200);
  });

  test.each([
    ["without a value", "daymark="],
    ["made up", "daymark=abc.9999999999999.c2ln"],
    ["with a byte more", (cookie: string) => `${cookie}A`],
    ["with another id", (cookie: string) => cookie.replace(/=./, (first) => (first === "=-" ? "=_" : "=-"))],
    ["with a later end", (cookie: string) => cookie.replace(/\.(\d+)\./, (_, end) => `.${Number(end) + 1}.`)],
    ["under the name that HTTPS needs", (cookie: string) => `__Host-${cookie}`],
    ["that is a shared link", async () => `daymark=${(await share({ app: "web" })).token}`],
    ["that is the read token", "daymark=rt_local"],
  ])("%s is refused", async (_, change) => {
    const { cookie } = await signIn();
    const changed = typeof change === "string" ? change : await change(cookie);
    expect(await statusOf("GET", "/v1/metrics", { cookie: changed, ...own })).toBe(401);
  });

  test.each([
    ["of another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
    ["of another port of this host", { "sec-fetch-site": "same-site", origin: "http://127.0.0.1:1" }],
    ["of another origin, of an older browser", { origin: "http://127.0.0.1:1" }],
    ["without a name", { origin: "null" }],
  ])("does nothing for a page %s", async (_, from) => {
    const { cookie } = await signIn();
    for (const [method, path] of [
      ["GET", "/v1/metrics"],
      ["POST", "/v1/shares"],
      ["DELETE", "/v1/session"],
    ] as const)
      expect([method, await statusOf(method, path, { cookie, ...from })]).toEqual([method, 403]);
    expect(await statusOf("GET", "/v1/metrics", { cookie, ...own })).toBe(200);
  });

  test("changes nothing unless a page of this host says so, and makes no other session", async () => {
    const { cookie } = await signIn();
    expect(await statusOf("POST", "/v1/shares", { cookie })).toBe(403);
    expect(await statusOf("DELETE", "/v1/session", { cookie, "sec-fetch-site": "none" })).toBe(403);
    expect(await statusOf("POST", "/v1/session", { cookie, ...own })).toBe(403);
    expect(await statusOf("GET", "/v1/metrics", { cookie })).toBe(200);
  });

  test("does not help a wrong token", async () => {
    const { cookie } = await signIn();
    expect(await statusOf("GET", "/v1/metrics", { cookie, ...own, authorization: "Bearer no" })).toBe(401);
    expect(await statusOf("GET", "/v1/metrics", { cookie, ...own, authorization: "Basic no" })).toBe(401);
  });
});

describe("a shared link", () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  test("shows its filter and nothing else, whatever is asked", async () => {
    const { token } = await share({ path: "/a" });
    const ask = (path: string) => statusOf("GET", path, bearer(token));
    expect(await ask("/v1/metrics/page_views?path=/a")).toBe(200);
    for (const other of ["/b", "", "/a&path=/b", "/a%00"])
      expect([other, await ask(`/v1/metrics/page_views?path=${other}`)]).not.toEqual([other, 200]);
    for (const path of [
      "/v1/metrics/page_views?by=device",
      "/v1/metrics/app_logs",
      "/v1/metrics/page_views?interval=hour",
    ])
      expect([path, await ask(path)]).toEqual([path, 400]);
    for (const path of ["/v1/live/page_views", "/v1/status", "/v1/shares"])
      expect([path, await ask(path)]).toEqual([path, 403]);
    expect(await ask("/v1/metrics")).toBe(200);
  });

  test("starts no session, shares nothing and ends nothing", async () => {
    const { token, id } = await share({ app: "web" });
    for (const [method, path] of [
      ["POST", "/v1/session"],
      ["DELETE", "/v1/session"],
      ["POST", "/v1/shares"],
      ["DELETE", `/v1/shares/${id}`],
    ] as const)
      expect([path, await statusOf(method, path, { ...bearer(token), ...own })]).toEqual([path, 403]);
  });

  test.each([
    ["with another filter in it", (token: string) => token.replace(/_[^.]+/, `_${packed({ id: "x", where: {} })}`)],
    ["with a byte less", (token: string) => token.slice(0, -1)],
    ["without its signature", (token: string) => token.split(".")[0] ?? ""],
    ["signed by nobody", () => `share_${packed({ id: "x", where: { app: "web" } })}.`],
  ])("%s is refused", async (_, change) => {
    const { token } = await share({ app: "web" });
    expect(await statusOf("GET", "/v1/metrics", bearer(token))).toBe(200);
    expect(await statusOf("GET", "/v1/metrics", bearer(change(token)))).toBe(401);
  });

  test("is listed without its token, and ends when the owner says so", async () => {
    const [gone, other] = [await share({ app: "web" }), await share({ utm_campaign: "autumn" })];
    const listed = JSON.parse(await (await call("GET", "/v1/shares", owner)).text());
    expect(listed.shares).toContainEqual({
      id: other.id,
      where: { utm_campaign: "autumn" },
      created_at: expect.any(String),
    });
    expect(JSON.stringify(listed)).not.toContain("share_");
    expect(await statusOf("DELETE", `/v1/shares/${gone.id}`, owner)).toBe(200);
    expect(await statusOf("DELETE", `/v1/shares/${gone.id}`, owner)).toBe(404);
    expect(await statusOf("GET", "/v1/metrics", bearer(gone.token))).toBe(401);
    expect(await statusOf("GET", "/v1/metrics", bearer(other.token))).toBe(200);
  });

  test.each([
    ["no filter", {}],
    ["two filters", { app: "web", path: "/a" }],
    ["no dimension", { hour: "3" }],
    ["a name of an object", { constructor: "x" }],
    ["a value that no filter may have", { path: "x".repeat(3000) }],
  ])("is not made for %s", async (_, where) => {
    expect((await call("POST", "/v1/shares", owner, { where })).status).toBe(400);
  });

  test("opens in other people's pages, which the dashboard itself does not", async () => {
    const policy = async (path: string) => (await call("GET", path, {})).headers.get("content-security-policy");
    expect(await policy("/share")).toContain("frame-ancestors *");
    expect(await policy("/")).toContain("frame-ancestors 'none'");
  });
});

function packed(scope: object): string {
  return Buffer.from(JSON.stringify(scope)).toString("base64url");
}
