import { afterAll, beforeAll, expect, test } from "vitest";
import { type Browser, visit } from "./chromium.ts";
import { sharedBrowser } from "./shared.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await sharedBrowser();
});
afterAll(() => browser.close());

test("a visitor looks like a person and shares nothing with the one before", async () => {
  for (const _ of [1, 2]) {
    await using visitor = await visit(browser);
    await visitor.context.route("https://page.test/", (route) =>
      route.fulfill({ contentType: "text/html", body: "Hi" }),
    );
    await visitor.page.goto("https://page.test/");
    const agent = await visitor.page.evaluate(() => navigator.userAgent);
    expect(agent).toMatch(/ Chrome\/\d+\.0\.0\.0 /);
    expect(agent).not.toContain("Headless");
    expect(await visitor.page.evaluate(() => localStorage.length)).toBe(0);
    await visitor.page.evaluate(() => localStorage.setItem("was", "here"));
  }
});

test("what goes wrong in a page is collected", async () => {
  await using visitor = await visit(browser);
  await visitor.page.setContent("<script>console.error('said'); throw new Error('thrown')</script>");
  await expect.poll(() => visitor.problems.join(" ")).toMatch(/said.*thrown/);
});
