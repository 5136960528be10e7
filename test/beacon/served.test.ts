/** The pages and scripts as stage `local` serves them: fetched, in a browser, with and without cached files. */
import { request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type Browser, visit } from "../browser/chromium.ts";
import { type Daymark, startDaymark } from "../browser/daymark.ts";
import { seriousViolations } from "../browser/serious-violations.ts";
import { sharedBrowser } from "../browser/shared.ts";
import { slowTest, test, testTable } from "../gears.ts";

let browser: Browser;
let daymark: Daymark;

beforeAll(async () => {
  [browser, daymark] = await Promise.all([sharedBrowser(), startDaymark()]);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await daymark[Symbol.asyncDispose]();
});

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };

/** The answer as it is on the wire: `fetch` would unpack it. */
function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${daymark.url}${path}`, { headers }, async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk);
      resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) });
    });
    sent.on("error", reject).end();
  });
}

describe("GET /beacon.js", () => {
  test("is the same script, packed as the browser wants it", async () => {
    const plain = await get("/beacon.js");
    const gzip = await get("/beacon.js", { "accept-encoding": "gzip" });
    const br = await get("/beacon.js", { "accept-encoding": "gzip, br" });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect([gzip.headers["content-encoding"], br.headers["content-encoding"]]).toEqual(["gzip", "br"]);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
    expect(gzip.body.length).toBeLessThanOrEqual(2700);
    expect(plain.headers).toMatchObject({ "content-type": "text/javascript; charset=utf-8", vary: "accept-encoding" });
  });

  test("is not sent again to who has it", async () => {
    const { headers } = await get("/beacon.js");
    const again = await get("/beacon.js", { "if-none-match": String(headers.etag) });
    expect(again.status).toBe(304);
    expect(again.body).toHaveLength(0);
  });

  test("may be used by any page", async () => {
    const { headers } = await get("/beacon.mjs", { origin: "https://example.com" });
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(headers["cross-origin-resource-policy"]).toBe("cross-origin");
  });
});

test.each(["/", "/demo"])("the page %s shows itself under its own policy", async (path) => {
  await using visitor = await visit(browser);
  const answer = await visitor.page.goto(`${daymark.url}${path}`);
  expect(answer?.status()).toBe(200);
  expect(answer?.headers()["content-security-policy"]).toContain("default-src 'none'");
  await visitor.page.waitForSelector("h1, form, main");
  await visitor.page.waitForTimeout(300);
  expect(visitor.problems).toEqual([]);
});

const demoPages: Record<"examples" | "variants", [string][]> = {
  examples: [["/demo"]],
  variants: [["/demo/posting/kelp-biology"], ["/demo/sign-up/kelp-biology"]],
};
testTable("the page %s has nothing that a screen reader would stumble over", demoPages, async (path) => {
  await using visitor = await visit(browser, { bypassCSP: true });
  await visitor.page.goto(`${daymark.url}${path}`);
  await visitor.page.waitForSelector("h1");
  expect(await seriousViolations(visitor.page)).toEqual([]);
});

test("what a page is made of never changes under its name, and is there", async () => {
  for (const path of ["/", "/demo"]) {
    const html = (await get(path)).body.toString();
    const parts = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, part]) => part ?? "");
    expect(parts.length).toBeGreaterThanOrEqual(2);
    for (const part of parts) {
      const { status, headers } = await get(part);
      expect(status).toBe(200);
      expect(headers["cache-control"]).toContain("immutable");
    }
  }
  expect((await get("/assets/none.js")).status).toBe(404);
});

slowTest("a click on a posting of the demo moves the number on the dashboard within 2 s", async () => {
  await using visitor = await visit(browser);
  const { page: demo, context } = visitor;
  const dashboard = await context.newPage();
  await dashboard.goto(`${daymark.url}/?metric=clicks&range=today`);
  await dashboard.fill("#token", "rt_local");
  await dashboard.press("#token", "Enter");
  const number = dashboard.getByTestId("today");
  const click = async () => {
    await demo.goto(`${daymark.url}/demo`);
    await demo.click("text=Marine biology");
    const clickedAt = Date.now();
    expect(demo.url()).toMatch(/\/demo(\/posting\/kelp-biology)?$/);
    return clickedAt;
  };
  const took: number[] = [];
  // The first click starts everything up, and others may run while the machine is busy with other tests.
  while (took.length < 10 && !took.some((ms) => ms < 2000)) {
    const clickedAt = await click();
    await number.getByText(String(took.length + 1), { exact: true }).waitFor();
    took.push(Date.now() - clickedAt);
  }
  console.log(`demo: a click was seen after ${took.join(", ")} ms`);
  expect(Math.min(...took)).toBeLessThan(2000);
  expect(visitor.problems).toEqual([]);
});

slowTest("the demo's visitor sees, signs up and pays, and all of it is stored", async () => {
  await using visitor = await visit(browser, { viewport: { width: 1200, height: 1600 } });
  const { page } = visitor;
  await page.goto(`${daymark.url}/demo?utm_campaign=campus`);
  await page.waitForTimeout(1500);
  await page.click("text=Hardware, offshore wind");
  await page.click("text=Apply with one page");
  await page.fill("input", "Haenyeo");
  await page.click("button");
  await page.click("text=Have it read first");
  await page.waitForSelector("text=Paid");
  await page.goto("about:blank");
  const of = async (name: string) => (await daymark.stored(`name = '${name}' AND visitor_id IS NOT NULL`)).at(-1);
  await expect
    .poll(() => of("payment"))
    .toMatchObject({ amount: "9900", currency: "KRW", target: "feature-wind-hardware" });
  expect(await of("login")).toMatchObject({ user_id: "haenyeo" });
  expect(await of("impression")).toMatchObject({ utm_campaign: "campus" });
  const seen = await daymark.query("SELECT count(DISTINCT target) AS n FROM events WHERE name = 'impression'");
  expect(Number(seen[0]?.n)).toBe(8);
  expect(visitor.problems).toEqual([]);
});
