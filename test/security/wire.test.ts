/** What a stranger can put into a path, a header or a body, and what must not follow from it. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { converse } from "../fuzz/broken-wire.ts";
import { startTarget, type Target } from "../fuzz/target.ts";

const bearer = { authorization: "Bearer rt_local" };
let target: Target;
beforeAll(async () => {
  target = await startTarget();
  // `ask` closes its half of the connection immediately, and Node then does not wait for an answer that takes a moment,
  // as the first of each function does.
  for (const path of ["/v1/health", "/v1/metrics/clicks"]) await fetch(target.url + path, { headers: bearer });
});
afterAll(() => target[Symbol.asyncDispose]());

/** Sent unchanged: fetch would normalise the path first. */
async function ask(path: string, lines: string[] = []) {
  const head = [`GET ${path} HTTP/1.1`, "host: localhost", "connection: close", ...lines, "", ""].join("\r\n");
  return await converse(target.url, Buffer.from(head, "latin1"));
}

describe("a path", () => {
  test.each([
    "/v1/../package.json",
    "/v1/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%2f..%2fpackage.json",
    "/assets/%2e%2e/index.html",
    "/assets/__proto__",
    "/assets/constructor",
    "/demo/..%2f..%2fetc%2fpasswd/..",
    "//v1/health",
    "/v1//health",
    "/v1/health/",
    "/V1/HEALTH",
    "/v1/health%00",
    "/v1\\health",
    "http://evil.example/v1/health",
    "/_daymark/faults",
    "/.env",
  ])("%s finds nothing that its plain form would not", async (path) => {
    const { statuses, text } = await ask(path);
    expect(text).not.toMatch(/root:|devDependencies|"status":"ok"/);
    // All pages of the demo are one, whatever follows in the path.
    expect(statuses).toEqual([path.startsWith("/demo/") ? 200 : 404]);
  });

  test.each(["__proto__", "constructor", "toString", "a%2fb", "%00", "..", "<script>", "%ff"])(
    "/v1/metrics/%s is no metric",
    async (name) => {
      const { statuses, text } = await ask(`/v1/metrics/${name}`, ["authorization: Bearer rt_local"]);
      expect(statuses).toEqual([404]);
      expect(text).toMatch(/^content-type: application\/problem\+json/im);
    },
  );

  test.each(["__proto__=x", "constructor=x", "by=__proto__", "from=constructor", "by=constructor,toString"])(
    "?%s is an unknown parameter",
    async (query) => {
      const answer = await fetch(`${target.url}/v1/metrics/clicks?${query}`, { headers: bearer });
      expect(answer.status).toBe(400);
    },
  );
});

describe("a header", () => {
  test("cannot be written by what an answer repeats of the request", async () => {
    const { text } = await ask("/v1/pixel.gif?key=wk_local&name=%0d%0aset-cookie:%20a=1%0d%0a%0d%0a<script>");
    expect(text).toMatch(/x-daymark-error: name: /i);
    expect(text).not.toMatch(/^set-cookie/im);
  });

  test("cannot turn one method or address into another", async () => {
    const { statuses } = await ask("/v1/health", ["x-http-method-override: DELETE", "x-original-url: /v1/status"]);
    expect(statuses).toEqual([200]);
  });

  test("that is too long is refused, and so are too many", async () => {
    expect((await ask("/v1/health", [`x: ${"y".repeat(11_000)}`])).statuses).toEqual([431]);
    expect(
      (
        await ask(
          "/v1/health",
          Array.from({ length: 3000 }, (_, i) => `x${i}: y`),
        )
      ).statuses,
    ).toEqual([431]);
  });

  test("named like a part of an object is a header like any other", async () => {
    expect((await ask("/v1/health", ["__proto__: x", "constructor: y", "tostring: z"])).statuses).toEqual([200]);
  });
});

describe("a body", () => {
  const post = (body: Uint8Array<ArrayBuffer>, headers = {}) =>
    fetch(`${target.url}/v1/events`, { method: "POST", body, headers: { "x-write-key": "wk_local", ...headers } });

  test("that unpacks to far more than is allowed is refused before it is unpacked", async () => {
    const bomb = gzipSync(Buffer.alloc(400 << 20), { level: 9 });
    const { peak: before } = await target.memory();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(new Uint8Array(bomb), { "content-encoding": "gzip" })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(413));
    expect((await target.memory()).peak - before).toBeLessThan(150);
  });

  test("of HTML is never answered with a page", async () => {
    const answer = await post(new TextEncoder().encode('{"name":"<img src=x onerror=alert(1)>"}'));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([400, "application/problem+json"]);
  });
});

test("no refusal says where in our code it comes from", async () => {
  const paths = ["/nowhere", "/v1/metrics/x", "/v1/metrics/clicks?from=x", "/v1/pixel.gif?key=no"];
  for (const path of paths) {
    const answer = await fetch(target.url + path, { headers: bearer });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.text()).not.toMatch(/\bat .*:\d+|node_modules|\.ts\b|\.cjs\b/);
  }
});
