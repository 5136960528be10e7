/** What the beacon takes of its host's storage and of the collector's time, and what it does not give up on. */
import { describe, expect } from "vitest";
import type { Page } from "../browser/chromium.ts";
import { slowTest, test, testTable } from "../gears.ts";
import { onPages } from "./on-pages.ts";

const on = onPages();
const { open, leave, names, sent } = on;
const kept = (page: Page) =>
  page.evaluate(() =>
    Object.entries(localStorage)
      .map(([key, value]) => (key + value).length)
      .reduce((a, b) => a + b, 0),
  );
const track = (page: Page, count: number, length: number) =>
  page.evaluate(
    async ([many, long]) => {
      for (let i = 0; i < many; i++) {
        window.daymark?.("big", { target: `${i}`, text: "a".repeat(long) });
        if (i % 20 === 19) await new Promise((done) => setTimeout(done, 5));
      }
    },
    [count, length] as const,
  );

describe("while the collector is down", () => {
  testTable(
    "%i events of %i characters take at most 1 MB of the site's storage",
    {
      examples: [[300, 30_000]],
      variants: [
        [4000, 1000],
        [3, 2_000_000],
        [40, 100_000],
      ],
    },
    async (count, length) => {
      await using visitor = await open("/down");
      on.collector.answerWith(() => undefined);
      await track(visitor.page, count, length);
      await visitor.page.waitForTimeout(100);
      // Browsers count two bytes for a character.
      expect(2 * (await kept(visitor.page))).toBeLessThanOrEqual(1_000_000);
      const room = await visitor.page.evaluate(() => {
        localStorage.setItem("own", "x".repeat(4_000_000));
        return localStorage.getItem("own")?.length;
      });
      expect(room).toBe(4_000_000);
    },
  );

  slowTest("what finds no room is sent from memory once it is up again", async () => {
    await using visitor = await open("/up");
    on.collector.answerWith(() => ({ status: 503, headers: { "retry-after": "1" } }));
    await track(visitor.page, 100, 30_000);
    on.collector.answerWith(() => ({ status: 202 }));
    await expect.poll(() => new Set(sent("big").map(({ target }) => target)).size, { timeout: 20_000 }).toBe(100);
  });
});

testTable<[string]>(
  "Retry-After: %s is no flood",
  {
    examples: [["2147484"]],
    variants: [
      ["1e9"],
      ["-5"],
      ["0"],
      ["99999999999999999999"],
      ["Infinity"],
      ["soon"],
      ["Wed, 21 Oct 2099 07:28:00 GMT"],
    ],
  },
  async (after) => {
    await using visitor = await open("/retry");
    await expect.poll(names).toEqual([]);
    on.collector.answerWith(() => ({ status: 503, headers: { "retry-after": after } }));
    await visitor.page.evaluate(() => {
      for (let i = 0; i < 20; i++) window.daymark?.("a");
    });
    await expect.poll(() => on.collector.requests.length).toBe(1);
    await visitor.page.waitForTimeout(1200);
    expect(on.collector.requests.length).toBe(1);
  },
);

slowTest("is no flood where the page's timers have no numbers", async () => {
  await using visitor = await open("/none");
  on.collector.answerWith(() => ({ status: 503 }));
  await visitor.page.addInitScript(() => {
    const real = window.setTimeout;
    Object.assign(window, { setTimeout: (...args: [() => void, number]) => void real(...args) });
  });
  await visitor.page.reload();
  await visitor.page.evaluate(() => {
    for (let i = 0; i < 20; i++) window.daymark?.("a");
  });
  await expect.poll(() => on.collector.requests.length).toBeGreaterThan(0);
  await visitor.page.waitForTimeout(1200);
  // What another page left is tried as well.
  expect(on.collector.requests.length).toBeLessThanOrEqual(2);
});

test("a wait of years is one of an hour at most", async () => {
  await using visitor = await open("/none");
  await visitor.page.clock.install();
  on.collector.answerWith(() => ({ status: 503, headers: { "retry-after": "2147484" } }));
  await visitor.page.reload();
  await visitor.page.evaluate(() => {
    for (let i = 0; i < 20; i++) window.daymark?.("a");
  });
  await expect.poll(() => on.collector.requests.length).toBeGreaterThan(0);
  await visitor.page.waitForTimeout(300);
  on.collector.answerWith(() => ({ status: 202 }));
  await visitor.page.clock.fastForward(3_600_001);
  await expect.poll(() => sent("a").length).toBe(20);
});

describe("what may pass later is sent again", () => {
  testTable<[number]>(
    "after %i",
    { examples: [[408]], variants: [[425], [429], [500], [502], [504], [599]] },
    async (status) => {
      await using visitor = await open("/again");
      let failed = 0;
      on.collector.answerWith(() => (failed++ < 1 ? { status } : { status: 202 }));
      await visitor.page.evaluate(() => {
        for (let i = 0; i < 20; i++) window.daymark?.("a");
      });
      await expect.poll(() => sent("a").length).toBe(20);
      expect(new Set(on.collector.requests.map(({ batch_id }) => batch_id)).size).toBe(1);
    },
  );

  slowTest.each([400, 401, 403, 413])("not after %i", async (status) => {
    await using visitor = await open("/final");
    on.collector.answerWith(() => ({ status }));
    await visitor.page.evaluate(() => {
      for (let i = 0; i < 20; i++) window.daymark?.("a");
    });
    await expect.poll(() => on.collector.requests.length).toBe(1);
    await visitor.page.waitForTimeout(2500);
    expect(on.collector.requests.length).toBe(1);
  });
});

describe("a script that came", () => {
  const html = '<p data-daymark-click="x">X</p>';
  testTable<[string, () => string]>(
    "%s works",
    {
      examples: [
        ["as a module", () => `<script type="module" src="${on.collector.url}/beacon.js" data-key="wk_test"></script>`],
      ],
      variants: [
        [
          "as an async module",
          () => `<script async type="module" src="${on.collector.url}/beacon.js" data-key="wk_test"></script>`,
        ],
        [
          "by another script",
          () =>
            `<script>const s = document.createElement("script"); s.src = "${on.collector.url}/beacon.js"; s.dataset.key = "wk_test"; document.head.append(s)</script>`,
        ],
        [
          "by a module that imports it",
          () =>
            `<link data-x><script type="module" data-key="wk_test" src="${on.collector.url}/beacon.js"></script><script type="module">await import("${on.collector.url}/beacon.js")</script>`,
        ],
      ],
    },
    async (_, script) => {
      await using visitor = await open("/none");
      await visitor.page.goto(on.site.put("/came", script() + html));
      await visitor.page.waitForFunction("window.daymark");
      await visitor.page.click("p");
      await leave(visitor);
      await expect.poll(() => sent("click").length).toBe(1);
      expect(on.collector.requests.at(-1)?.query).toBe("?key=wk_test");
    },
  );

  testTable<[string]>(
    "as %s posts next to it",
    { examples: [["/dm/beacon.js"]], variants: [["/a/b/beacon.js"], ["/dm/beacon.js?v=2"], ["/beacon.js"]] },
    async (path) => {
      await using visitor = await open("/none");
      const posted: string[] = [];
      await visitor.context.route(`${on.site.url}/**`, async (route) => {
        const url = new URL(route.request().url());
        if (route.request().method() === "POST") {
          posted.push(url.pathname + url.search);
          await route.fulfill({ status: 202, body: "{}" });
        } else if (url.pathname.endsWith("beacon.js")) {
          await route.fulfill({ response: await route.fetch({ url: `${on.collector.url}/beacon.js` }) });
        } else await route.continue();
      });
      await visitor.page.goto(
        on.site.put("/proxied", `<script defer src="${path}" data-key="wk_test"></script>${html}`),
      );
      await visitor.page.evaluate(() => {
        for (let i = 0; i < 20; i++) window.daymark?.("a");
      });
      await expect.poll(() => posted[0]).toBe(`${path.replace(/beacon.*/, "")}v1/events?key=wk_test`);
    },
  );

  test("without its element says so once, and throws nothing", async () => {
    await using visitor = await open("/none");
    const words: string[] = [];
    visitor.context.on("console", (message) => words.push(message.text()));
    await visitor.page.goto(
      on.site.put("/lost", `<script type="module">await import("${on.collector.url}/beacon.js")</script>`),
    );
    await expect.poll(() => words).toEqual([expect.stringMatching(/^Daymark /)]);
    expect(visitor.problems).toEqual([]);
  });
});

describe("a document that is written anew", () => {
  testTable<[string, () => string]>(
    "%s is watched",
    {
      examples: [["with the beacon in it", () => `${on.collector.script}<p data-daymark-click="new">X</p>`]],
      variants: [
        ["without it", () => '<p data-daymark-click="new">X</p>'],
        ["with an impression", () => '<p data-daymark-click="new" data-daymark-impression="seen">X</p>'],
      ],
    },
    async (_, text) => {
      await using visitor = await open("/written");
      await visitor.page.evaluate((html) => {
        document.open();
        document.write(html);
        document.close();
      }, text());
      await visitor.page.waitForTimeout(2200);
      await visitor.page.click("p");
      await leave(visitor);
      await expect.poll(() => sent("page_leave").length).toBe(1);
      expect(sent("click").map(({ target }) => target)).toEqual(["new"]);
      expect(sent("impression")).toHaveLength(text().includes("seen") ? 1 : 0);
      expect(sent("page_view")).toHaveLength(1);
    },
  );
});
