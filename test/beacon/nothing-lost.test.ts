/** Exactly once, from Chromium to the lake and the counters, whatever the network, the server and the visitor do. */
import { beforeAll, expect } from "vitest";
import { type Page, visit } from "../browser/chromium.ts";
import { slowTest, test } from "../gears.ts";
import { onStage } from "./on-stage.ts";
import { setVisibility } from "./visibility.ts";

const on = onStage();
let url: string;

beforeAll(() => {
  url = on.pages.put("/page", on.script());
});

/** Records `count` events in one task. */
const track = (page: Page, name: string, count: number) =>
  page.evaluate(
    ([n, c]) => {
      for (let i = 0; i < c; i++) window.daymark?.(n, { target: `${i}` });
    },
    [name, count] as const,
  );
const queued = (page: Page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("daymark.http")).length);

/** Waits until all events of a name are stored once each, and counted once each. */
async function expectOnce(name: string, count: number) {
  const sql = `SELECT count(*) AS stored, count(DISTINCT event_id) AS ids, count(DISTINCT target) AS targets
    FROM events WHERE name = '${name}'`;
  const all = { stored: `${count}`, ids: `${count}`, targets: `${count}` };
  await expect.poll(() => on.daymark.query(sql), { timeout: 60_000, interval: 300 }).toEqual([all]);
  await expectCounted(name, count);
}

async function expectCounted(name: string, count: number) {
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Seoul" }).format();
  const path = `/v1/metrics/events?from=${today}&to=${today}&name=${name}`;
  await expect.poll(async () => (await on.daymark.ask(path)).total, { timeout: 60_000, interval: 300 }).toBe(count);
}

test("events of a page that is hidden and closed are there once", async () => {
  await using visitor = await visit(on.browser);
  await visitor.page.goto(url);
  await track(visitor.page, "hidden_and_closed", 3);
  await setVisibility(visitor.page, "hidden");
  await visitor.page.close();
  await expectOnce("hidden_and_closed", 3);
});

slowTest("events from while the browser was offline are there once after it is online again", async () => {
  await using visitor = await visit(on.browser);
  await visitor.page.goto(url);
  await visitor.context.setOffline(true);
  await track(visitor.page, "offline", 30);
  await expect.poll(() => queued(visitor.page)).toBe(1);
  await visitor.page.waitForTimeout(1000);
  await visitor.context.setOffline(false);
  await expectOnce("offline", 30);
  expect(await queued(visitor.page)).toBe(0);
});

slowTest("events of a page that went offline for good are there once after the visitor comes back", async () => {
  await using visitor = await visit(on.browser);
  await visitor.page.goto(url);
  await visitor.context.setOffline(true);
  await track(visitor.page, "gone_offline", 25);
  await expect.poll(() => queued(visitor.page)).toBe(1);
  await visitor.page.close();
  await visitor.context.setOffline(false);
  const later = await visitor.context.newPage();
  // What another page may still be sending is left alone for 20 s, so this page's clock is ahead.
  await later.clock.install({ time: Date.now() + 60_000 });
  await later.goto(url);
  await expectOnce("gone_offline", 25);
});

slowTest(
  "events from while the server was down are there once after it is up again",
  async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(url);
    await track(visitor.page, "server_down", 20);
    await expect.poll(() => queued(visitor.page)).toBe(0);
    await on.daymark.stop();
    await visitor.page.evaluate(() => {
      for (let i = 20; i < 60; i++) window.daymark?.("server_down", { target: `${i}` });
    });
    await expect.poll(() => queued(visitor.page)).toBe(1);
    await visitor.page.waitForTimeout(2000);
    await on.daymark.start();
    await expectOnce("server_down", 60);
  },
  120_000,
);

test("a batch whose answer was lost is stored again, and counted once", async () => {
  await using visitor = await visit(on.browser);
  let lost = 0;
  await visitor.context.route("**/v1/events?*", async (route) => {
    if (lost++ > 0) return await route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await visitor.page.goto(url);
  await track(visitor.page, "answer_lost", 20);
  await expect.poll(() => lost).toBe(2);
  await expect.poll(() => on.daymark.stored("name = 'answer_lost'")).toHaveLength(40);
  const stored = await on.daymark.stored("name = 'answer_lost'");
  expect(new Set(stored.map(({ event_id }) => event_id)).size).toBe(20);
  expect(new Set(stored.map(({ batch_id }) => batch_id)).size).toBe(1);
  await expectCounted("answer_lost", 20);
});

test("events of two tabs are there once, under one session", async () => {
  await using visitor = await visit(on.browser);
  const other = await visitor.context.newPage();
  await Promise.all([visitor.page.goto(url), other.goto(url)]);
  await visitor.context.setOffline(true);
  await Promise.all([track(visitor.page, "first_tab", 50), track(other, "second_tab", 50)]);
  await visitor.page.waitForTimeout(300);
  await visitor.context.setOffline(false);
  await expectOnce("first_tab", 50);
  await expectOnce("second_tab", 50);
  const stored = await on.daymark.stored("name IN ('first_tab', 'second_tab')");
  expect(new Set(stored.map(({ session_id }) => session_id)).size).toBe(1);
  expect(await queued(visitor.page)).toBe(0);
});

slowTest(
  "10,000 events in one burst are there once",
  async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(url);
    const took = await visitor.page.evaluate(() => {
      const start = performance.now();
      for (let i = 0; i < 10_000; i++) window.daymark?.("burst", { target: `${i}` });
      return performance.now() - start;
    });
    expect(took).toBeLessThan(10_000);
    await expectOnce("burst", 10_000);
    await expect.poll(() => queued(visitor.page)).toBe(0);
    expect(visitor.problems).toEqual([]);
  },
  120_000,
);
