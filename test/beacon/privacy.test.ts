/** What the beacon leaves in a browser, and when it stays silent. */
import { beforeEach, describe, expect } from "vitest";
import { type Page, visit } from "../browser/chromium.ts";
import { test, testTable } from "../gears.ts";
import { onPages } from "./on-pages.ts";
import { setVisibility } from "./visibility.ts";

const on = onPages();
let url: string;

beforeEach(() => {
  url = on.site.put("/page", on.collector.script);
});

const kept = (page: Page) => page.evaluate(() => Object.keys(localStorage).sort());
/** Leaves the page, so that everything recorded is sent, and goes to a page that shows what is stored. */
async function leave(page: Page) {
  await page.goto(on.site.put("/bare", "bare"));
  await page.waitForTimeout(200);
}

test("no cookie is set, and nothing but a session is kept", async () => {
  await using visitor = await visit(on.browser);
  await visitor.page.goto(url);
  await visitor.page.evaluate(() => window.daymark?.("a"));
  await setVisibility(visitor.page, "hidden");
  await expect.poll(() => on.collector.requests.length).toBe(1);
  await expect.poll(() => kept(visitor.page)).toEqual(["daymark.session"]);
  expect(await visitor.context.cookies()).toEqual([]);
  expect(on.collector.events().every((event) => !("visitor_id" in event))).toBe(true);
});

test("a visitor is known again only where the page opted in", async () => {
  await using visitor = await visit(on.browser);
  const known = on.site.put("/known", on.collector.script.replace("data-key", 'data-visitor="persistent" data-key'));
  for (const _ of [1, 2]) {
    await visitor.page.goto(known);
    await leave(visitor.page);
  }
  const ids = new Set(on.collector.events().map((event) => event.visitor_id));
  expect([...ids]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  expect(await kept(visitor.page)).toContain("daymark.visitor");
});

test("a session ends after half an hour without an event", async () => {
  await using visitor = await visit(on.browser);
  await visitor.page.clock.install({ time: "2026-11-22T10:00:00Z" });
  await visitor.page.goto(url);
  const now = () => visitor.page.evaluate(() => Date.now());
  const MINUTE_MS = 60_000;
  for (const [name, pauseMs] of [
    ["a", 30 * MINUTE_MS - 5000],
    ["b", 30 * MINUTE_MS - 5000],
    ["c", 30 * MINUTE_MS + 1000],
    ["d", 1000],
  ] as const) {
    await visitor.page.evaluate((n) => window.daymark?.(n), name);
    const at = await now();
    await visitor.page.clock.fastForward(6000);
    // A jump of the clock also counts against a request's timeout, so none may be under way.
    await expect.poll(() => kept(visitor.page)).toEqual(["daymark.session"]);
    // The page's clock runs while this waits, so only the rest is left to jump.
    await visitor.page.clock.fastForward(Math.max(0, at + pauseMs - (await now())));
  }
  await leave(visitor.page);
  await expect.poll(() => on.collector.events().some((event) => event.name === "d")).toBe(true);
  const session = (name: string) => on.collector.events().find((event) => event.name === name)?.session_id;
  expect(session("b")).toBe(session("a"));
  expect(session("c")).toBe(session("a"));
  expect(session("d")).not.toBe(session("a"));
});

describe("nothing is sent and nothing kept", () => {
  const signals: Record<"examples" | "variants", [string, string, boolean | string][]> = {
    examples: [["Global Privacy Control is on", "globalPrivacyControl", true]],
    variants: [["Do Not Track is on", "doNotTrack", "1"]],
  };
  testTable("when %s", signals, async (_, name, value) => {
    await using visitor = await visit(on.browser);
    await visitor.page.addInitScript(
      ([n, v]) => Object.defineProperty(Navigator.prototype, n, { configurable: true, get: () => v }),
      [name, value] as const,
    );
    const known = on.site.put("/known", on.collector.script.replace("data-key", 'data-visitor="persistent" data-key'));
    await visitor.page.goto(known);
    await visitor.page.evaluate(() => window.daymark?.("a"));
    await leave(visitor.page);
    expect(on.collector.requests).toEqual([]);
    expect(await kept(visitor.page)).toEqual([]);
  });

  test("after daymark.optOut(), on this page and the next, until it is taken back", async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(
      on.site.put("/known", on.collector.script.replace("data-key", 'data-visitor="persistent" data-key')),
    );
    await visitor.page.evaluate(() => {
      window.daymark?.("before");
      window.daymark?.optOut();
      window.daymark?.("after");
    });
    await leave(visitor.page);
    await visitor.page.goto(url);
    await visitor.page.evaluate(() => window.daymark?.("later"));
    await leave(visitor.page);
    expect(on.collector.requests).toEqual([]);
    expect(await kept(visitor.page)).toEqual(["daymark.off"]);
    await visitor.page.goto(url);
    await visitor.page.evaluate(() => {
      window.daymark?.optOut(false);
      window.daymark?.("again");
    });
    await leave(visitor.page);
    await expect.poll(() => on.collector.events().map((event) => event.name)).toContain("again");
  });

  test("of what waited, after opting out", async () => {
    await using visitor = await visit(on.browser);
    on.collector.answerWith(() => undefined);
    await visitor.page.goto(url);
    await leave(visitor.page);
    expect((await kept(visitor.page)).length).toBeGreaterThan(1);
    await visitor.page.goto(url);
    await visitor.page.evaluate(() => window.daymark?.optOut());
    expect(await kept(visitor.page)).toEqual(["daymark.off"]);
  });
});
