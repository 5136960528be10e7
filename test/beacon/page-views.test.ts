/** Which page views are counted, and for how long, in a real browser. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Browser, launch, visit } from "../browser/chromium.ts";
import { type Pages, startPages } from "../browser/pages.ts";
import { type Collector, startCollector } from "./collector.ts";
import { setVisibility } from "./visibility.ts";

let browser: Browser;
let pages: Pages;
let collector: Collector;

beforeAll(async () => {
  browser = await launch({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  pages = await startPages();
});
afterAll(async () => {
  await browser.close();
  await pages[Symbol.asyncDispose]();
});
beforeEach(async () => {
  collector = await startCollector();
  return () => collector[Symbol.asyncDispose]();
});

/** What arrived, as `name path`. */
const arrived = () => collector.events().map(({ name, url }) => `${name} ${String(url).replace(pages.url, "")}`);
const view = (path: string) => collector.events().find((e) => e.name === "page_view" && e.url === pages.url + path);

test("a page is seen once it is shown, and left when it goes, with the time it was visible", async () => {
  await using visitor = await visit(browser);
  pages.put("/one", `<title>One</title>${collector.script}`);
  const openedAt = Date.now();
  await visitor.page.goto(`${pages.url}/one?utm_campaign=spring#part`, { referer: "https://search.example/" });
  await visitor.page.waitForTimeout(300);
  await visitor.page.goto("about:blank");
  const openFor = Date.now() - openedAt;
  await expect.poll(arrived).toEqual(["page_view /one?utm_campaign=spring", "page_leave /one?utm_campaign=spring"]);
  const [seen, left] = collector.events();
  expect(seen).toMatchObject({ title: "One", referrer: "https://search.example/" });
  expect(left).toMatchObject({ title: "One", view: seen?.event_id });
  expect(left?.ms).toBeGreaterThan(200);
  expect(left?.ms).toBeLessThanOrEqual(openFor);
});

test("an app's pages are seen as it goes to them, back included, and a query is no other page", async () => {
  await using visitor = await visit(browser);
  await visitor.page.goto(pages.put("/app", `<title>App</title>${collector.script}`));
  await visitor.page.evaluate(async () => {
    const task = () => new Promise((done) => setTimeout(done, 20));
    history.pushState({}, "", "/app/jobs");
    document.title = "Jobs";
    await task();
    history.replaceState({}, "", "/app/jobs?sort=new");
    history.pushState({}, "", "/app/jobs?sort=old#list");
    await task();
    history.replaceState({}, "", "/app/done");
    await task();
    history.back();
  });
  await visitor.page.waitForURL("**/app/jobs?sort=new");
  // What is left before anybody can see it has no view.
  await visitor.page.evaluate(() => new Promise((done) => setTimeout(done, 20)));
  await visitor.page.goto("about:blank");
  await expect
    .poll(arrived)
    .toEqual([
      "page_view /app",
      "page_leave /app",
      "page_view /app/jobs",
      "page_leave /app/jobs",
      "page_view /app/done",
      "page_leave /app/done",
      "page_view /app/jobs?sort=new",
      "page_leave /app/jobs?sort=new",
    ]);
  expect(view("/app/jobs")).toMatchObject({ referrer: `${pages.url}/app` });
  // It still had the previous page's title.
  expect(view("/app/jobs")).not.toHaveProperty("title");
  expect(collector.events()[3]).toMatchObject({ title: "Jobs" });
});

// Chromium's reasons against keeping a page in the cache that are due to the page itself ("PageSupportNeeded").
test("a page with the beacon gives the browser no reason to keep it out of the back/forward cache", async () => {
  await using visitor = await visit(browser);
  const session = await visitor.context.newCDPSession(visitor.page);
  const reasons: string[][] = [];
  session.on("Page.backForwardCacheNotUsed", ({ notRestoredExplanations: found }) =>
    reasons.push(found.filter(({ type }) => type !== "Circumstantial").map(({ reason }) => reason)),
  );
  await session.send("Page.enable");
  for (const html of [collector.script, '<script>addEventListener("unload", () => {})</script>']) {
    await visitor.page.goto(pages.put("/kept", html));
    await visitor.page.waitForTimeout(300);
    await visitor.page.goto(pages.put("/bare", "bare"));
    await visitor.page.goBack();
  }
  // The second page shows that reasons are reported.
  await expect.poll(() => reasons).toEqual([[], ["UnloadHandlerExistsInMainFrame"]]);
});

// The headless shell neither caches pages ("BackForwardCacheDisabledForDelegate", whatever its flags) nor prerenders
// them (it accepts speculation rules and does nothing), so these two tests imitate what other browsers do.
test("a page out of the back/forward cache is seen again", async () => {
  await using visitor = await visit(browser);
  await visitor.page.goto(pages.put("/first", collector.script));
  await visitor.page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  });
  await visitor.page.goto("about:blank");
  await expect
    .poll(arrived)
    .toEqual(["page_view /first", "page_leave /first", "page_view /first", "page_leave /first"]);
  const [first, , again, left] = collector.events();
  expect(again?.event_id).not.toBe(first?.event_id);
  expect(left?.view).toBe(again?.event_id);
});

test("a page that was rendered ahead, or opened in the background, is seen when it is first looked at", async () => {
  await using visitor = await visit(browser);
  await setVisibility(visitor.page, "hidden");
  await visitor.page.goto(pages.put("/background", collector.script));
  await visitor.page.waitForTimeout(200);
  await visitor.page.evaluate(() => history.pushState({}, "", "/moved"));
  await setVisibility(visitor.page, "visible");
  await setVisibility(visitor.page, "hidden");
  await expect.poll(arrived).toEqual(["page_view /moved", "page_leave /moved"]);
});

test("a page that is hidden and shown again is one view, and only visible time counts", async () => {
  await using visitor = await visit(browser);
  const openedAt = Date.now();
  await visitor.page.goto(pages.put("/tab", collector.script));
  await setVisibility(visitor.page, "hidden");
  const hiddenAt = Date.now();
  await visitor.page.waitForTimeout(2500);
  const shownAt = Date.now();
  await setVisibility(visitor.page, "visible");
  await visitor.page.waitForTimeout(100);
  await setVisibility(visitor.page, "hidden");
  const visibleFor = hiddenAt - openedAt + Date.now() - shownAt;
  await expect.poll(arrived).toEqual(["page_view /tab", "page_leave /tab", "page_leave /tab"]);
  const [seen, first, second] = collector.events();
  expect([first?.view, second?.view]).toEqual([seen?.event_id, seen?.event_id]);
  expect(Number(first?.ms) + Number(second?.ms)).toBeLessThanOrEqual(visibleFor);
});
