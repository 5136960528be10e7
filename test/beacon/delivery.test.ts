/**
 * Nothing is lost on the way, and nothing is sent needlessly: requests as the beacon sends them, and answers of every
 * kind.
 */
import { beforeEach, describe, expect } from "vitest";
import { type Page, visit } from "../browser/chromium.ts";
import { slowTest, test, testTable } from "../gears.ts";
import type { Request } from "./collector.ts";
import { onPages } from "./on-pages.ts";
import { setVisibility } from "./visibility.ts";

const on = onPages();
let url: string;

beforeEach(() => {
  url = on.site.put("/page", on.collector.script);
  on.site.put("/bare", "No beacon here");
});

const track = (page: Page, names: string[]) =>
  page.evaluate((all) => {
    for (const name of all) window.daymark?.(name);
  }, names);
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}_${i}`);
/** Names of the custom events that were accepted. */
const accepted = () =>
  on.collector
    .events()
    .map((event) => event.name)
    .filter((name) => !name.startsWith("page_"));
const queued = (page: Page) =>
  page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("daymark.http")).length);
const withoutSentAt = ({ text }: Request) => text.replace(/^\{"sent_at":\d+,/, "");

describe("a batch", () => {
  test("goes out with 20 events, as text/plain with its key", async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(url);
    await track(visitor.page, numbered("a", 19));
    await expect.poll(() => on.collector.requests.length).toBe(1);
    const [first] = on.collector.requests;
    expect(first?.events).toHaveLength(20);
    expect(Number(first?.sent_at) - Number(first?.events[0]?.occurred_at)).toBeLessThan(5000);
    expect(first?.method).toBe("POST");
    expect(first?.query).toBe("?key=wk_test");
    expect(first?.headers["content-type"]).toMatch(/^text\/plain/);
    expect(first?.headers).not.toHaveProperty("cookie");
    expect(first?.batch_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    const made = Number.parseInt(String(first?.batch_id).replace("-", ""), 16);
    expect(Math.abs(made - Number(first?.at))).toBeLessThan(30_000);
    await expect.poll(() => queued(visitor.page)).toBe(0);
  });

  test("that waits for another tab goes out when its page is left", async () => {
    await using visitor = await visit(on.browser);
    const other = await visitor.context.newPage();
    await other.goto(on.site.put("/holds", "Holds the lock"));
    await other.evaluate(() => void navigator.locks.request("daymark", () => new Promise(() => {})));
    await visitor.page.goto(url);
    await track(visitor.page, numbered("a", 19));
    await expect.poll(() => queued(visitor.page)).toBe(1);
    expect(on.collector.requests).toHaveLength(0);
    await visitor.page.goto("about:blank");
    await expect.poll(accepted).toEqual(numbered("a", 19));
    await expect.poll(() => on.collector.requests.length).toBe(2);
  });

  slowTest("goes out 5 s after its first event", async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(url);
    await track(visitor.page, numbered("a", 19));
    await expect.poll(() => on.collector.requests.length).toBe(1);
    await track(visitor.page, ["b"]);
    await expect.poll(() => on.collector.requests.length).toBe(2);
    const second = on.collector.requests[1];
    expect(second?.events.map((event) => event.name)).toEqual(["b"]);
    // The wait begins with the first of them, a moment before on a machine that is busy.
    expect(Number(second?.sent_at) - Number(second?.events[0]?.occurred_at)).toBeGreaterThan(1000);
  });

  test("goes out when the page is hidden", async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(url);
    await track(visitor.page, ["a"]);
    await setVisibility(visitor.page, "hidden");
    await expect.poll(accepted).toEqual(["a"]);
    await expect.poll(() => queued(visitor.page)).toBe(0);
  });

  const leaving: Record<"examples" | "variants", [string, (page: Page) => Promise<unknown>][]> = {
    examples: [["the visitor goes elsewhere", (page) => page.goto("about:blank")]],
    variants: [
      ["the tab is closed", (page) => page.close({ runBeforeUnload: false })],
      ["the page is loaded again", (page) => page.reload()],
    ],
  };
  testTable("goes out when %s", leaving, async (_, leave) => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(url);
    await track(visitor.page, ["a"]);
    await leave(visitor.page);
    await expect.poll(accepted).toEqual(["a"]);
  });

  test("is less than 60 KB, whatever it holds", async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(url);
    await visitor.page.evaluate(() => {
      for (let i = 0; i < 100; i++) window.daymark?.(`big_${i}`, { properties: { text: "가".repeat(1000) } });
    });
    await setVisibility(visitor.page, "hidden");
    await expect.poll(() => accepted().length).toBe(100);
    expect(Math.max(...on.collector.requests.map(({ text }) => Buffer.byteLength(text)))).toBeLessThan(60_000);
    expect(new Set(accepted())).toEqual(new Set(numbered("big", 100)));
  });

  test("is spoiled by no event that cannot be sent, and stopped by none that is too large", async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(url);
    await visitor.page.evaluate(() => {
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      window.daymark?.("circular", circle);
      window.daymark?.("whole", { amount: 1n });
      window.daymark?.("large", { text: "가".repeat(40_000) });
      window.daymark?.("good");
    });
    await setVisibility(visitor.page, "hidden");
    await expect.poll(accepted).toEqual(expect.arrayContaining(["large", "good"]));
    expect(accepted()).toHaveLength(2);
    expect(visitor.problems).toEqual([]);
  });

  test("goes by sendBeacon from a hidden page where fetch cannot outlive it", async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.addInitScript(() => Reflect.deleteProperty(Request.prototype, "keepalive"));
    await visitor.page.goto(url);
    await track(visitor.page, ["a"]);
    await visitor.page.evaluate(() => {
      window.fetch = () => new Promise(() => {});
    });
    await setVisibility(visitor.page, "hidden");
    await expect.poll(accepted).toEqual(["a"]);
    // Nobody knows that it arrived, so it waits to be sent again unchanged.
    expect(await queued(visitor.page)).toBe(1);
  });
});

describe("a batch that failed", () => {
  slowTest("is sent again unchanged, only with the time of sending anew", async () => {
    await using visitor = await visit(on.browser);
    on.collector.answerWith(() => (on.collector.requests.length < 3 ? { status: 500 } : { status: 202 }));
    await visitor.page.goto(url);
    await track(visitor.page, numbered("a", 20));
    await expect.poll(() => on.collector.events().length).toBe(21);
    const [first, second, third] = on.collector.requests;
    expect(on.collector.requests).toHaveLength(3);
    expect(second && withoutSentAt(second)).toBe(first && withoutSentAt(first));
    expect(third?.batch_id).toBe(first?.batch_id);
    expect(second?.sent_at).toBeGreaterThan(Number(first?.sent_at));
    // Each pause is longer than the one before: 2 s, 4 s.
    expect(Number(second?.at) - Number(first?.at)).toBeGreaterThan(1900);
    expect(Number(third?.at) - Number(second?.at)).toBeGreaterThan(3900);
    await expect.poll(() => queued(visitor.page)).toBe(0);
  });

  const statuses: Record<"examples" | "variants", [number][]> = { examples: [[503]], variants: [[429]] };
  testTable("waits as long as %i with Retry-After says, and so do those after it", statuses, async (status) => {
    await using visitor = await visit(on.browser);
    on.collector.answerWith(() =>
      on.collector.requests.length === 1 ? { status, headers: { "retry-after": "3" } } : { status: 202 },
    );
    await visitor.page.goto(url);
    await track(visitor.page, numbered("a", 20));
    await expect.poll(() => on.collector.requests.length).toBe(1);
    await track(visitor.page, numbered("b", 20));
    await expect.poll(() => accepted().length).toBe(40);
    const [first, second] = on.collector.requests;
    expect(Number(second?.at) - Number(first?.at)).toBeGreaterThan(2900);
    expect(second?.batch_id).not.toBe(on.collector.requests[2]?.batch_id);
    expect(new Set(accepted()).size).toBe(40);
  });

  test("is dropped for another 4xx, and reported once", async () => {
    await using visitor = await visit(on.browser);
    const warnings: string[] = [];
    visitor.context.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
    on.collector.answerWith(() => ({ status: 401, body: '{"message":"the write key is unknown"}' }));
    await visitor.page.goto(url);
    for (const name of ["a", "b", "c"]) {
      await track(visitor.page, numbered(name, 20));
      await visitor.page.waitForTimeout(150);
    }
    await expect.poll(() => on.collector.requests.length).toBe(3);
    await expect.poll(() => queued(visitor.page)).toBe(0);
    expect(warnings).toEqual(['Daymark 401 {"message":"the write key is unknown"}']);
    expect(new Set(on.collector.requests.map(({ batch_id }) => batch_id)).size).toBe(3);
  });

  test("is reported as well when only some of its events were rejected", async () => {
    await using visitor = await visit(on.browser);
    const warning = visitor.context.waitForEvent("console", (message) => message.type() === "warning");
    const body = '{"accepted":20,"rejected":[{"index":3,"errors":[{"path":"amount","message":"…"}]}]}';
    on.collector.answerWith(() => ({ status: 202, body }));
    await visitor.page.goto(url);
    await track(visitor.page, numbered("a", 20));
    expect((await warning).text()).toBe(`Daymark 202 ${body}`);
  });

  test("is sent by the next page of the site, once, when its own is gone", async () => {
    await using visitor = await visit(on.browser);
    on.collector.answerWith(() => undefined);
    await visitor.page.goto(url);
    await track(visitor.page, numbered("a", 20));
    await visitor.page.goto(`${on.site.url}/bare`);
    const left = await visitor.page.evaluate(() =>
      Object.keys(localStorage)
        .filter((key) => key.startsWith("daymark.http"))
        .map((key) => key.slice(-36)),
    );
    expect(left.length).toBeGreaterThan(0);
    // As if the visitor came back a week later, with the clock at least 20 s further on.
    await visitor.page.clock.install({ time: Date.now() + 7 * 86_400_000 });
    on.collector.answerWith(() => ({ status: 202 }));
    await visitor.page.goto(url);
    await expect.poll(() => accepted().length).toBe(20);
    await expect.poll(() => queued(visitor.page)).toBe(0);
    // The page that sends them may have sent its own view by now, too.
    const sent = on.collector.requests.filter(
      ({ sent_at, batch_id }) => sent_at > Date.now() + 86_400_000 && left.includes(batch_id),
    );
    expect(sent.map(({ batch_id }) => batch_id).sort()).toEqual(left.sort());
    // By this clock, a week between the event and the sending: the server can tell when it happened.
    expect(Number(sent[0]?.sent_at) - Number(sent[0]?.events[0]?.occurred_at)).toBeGreaterThan(6 * 86_400_000);
  });

  test("is left to its own page as long as that may be sending it", async () => {
    await using visitor = await visit(on.browser);
    let release = () => {};
    const held = new Promise<void>((done) => (release = done));
    on.collector.answerWith(async (request) => {
      if (request.events.some(({ name }) => name === "a_0")) await held;
      return { status: 202 };
    });
    await visitor.page.goto(url);
    await track(visitor.page, numbered("a", 20));
    await expect.poll(() => on.collector.requests.length).toBe(1);
    const other = await visitor.context.newPage();
    await other.goto(url);
    await track(other, numbered("b", 20));
    await other.waitForTimeout(500);
    release();
    await expect.poll(() => accepted().length).toBe(40);
    expect(on.collector.requests).toHaveLength(2);
  });

  slowTest("is one of at most 200", async () => {
    await using visitor = await visit(on.browser);
    on.collector.answerWith(() => undefined);
    await visitor.page.goto(url);
    for (let i = 0; i < 230; i++) {
      await track(visitor.page, ["a"]);
      await setVisibility(visitor.page, "hidden");
    }
    expect(await queued(visitor.page)).toBeLessThanOrEqual(200);
    expect(await queued(visitor.page)).toBeGreaterThan(190);
  });
});

describe("tabs of one site", () => {
  test("send what waits one tab at a time, each batch once", async () => {
    await using visitor = await visit(on.browser);
    let underway = 0;
    let most = 0;
    on.collector.answerWith(async () => {
      most = Math.max(most, ++underway);
      await new Promise((done) => setTimeout(done, 100));
      underway--;
      return { status: 202 };
    });
    const tabs = await Promise.all([1, 2, 3].map(() => visitor.context.newPage()));
    // One after the other: what one tab stores reaches another's process a moment later, so tabs that open at the same
    // instant may each begin a session.
    for (const tab of tabs) await tab.goto(url);
    for (const round of [1, 2, 3])
      await Promise.all(tabs.map((tab, i) => track(tab, numbered(`tab_${i}_${round}`, 20))));
    await expect.poll(() => accepted().length).toBe(180);
    expect(most).toBe(1);
    expect(new Set(on.collector.requests.map(({ batch_id }) => batch_id)).size).toBe(on.collector.requests.length);
    const sessions = new Set(on.collector.events().map((event) => event.session_id));
    expect(sessions.size).toBe(1);
  });
});
