/**
 * The beacon as a guest in other people's pages: it starts when the page wants it, follows the page's rules, and breaks
 * nothing.
 */
import { describe, expect } from "vitest";
import { type Page, visit } from "../browser/chromium.ts";
import { test, testTable } from "../gears.ts";
import { onPages } from "./on-pages.ts";
import { setVisibility } from "./visibility.ts";

const on = onPages();

const names = () => on.collector.events().map((event) => event.name);
async function hide(page: Page) {
  await page.evaluate(() => new Promise((done) => setTimeout(done, 50)));
  await setVisibility(page, "hidden");
}

test("works under a strict content security policy", async () => {
  await using visitor = await visit(on.browser);
  const policy = `default-src 'none'; script-src ${on.collector.url}; connect-src ${on.collector.url}; require-trusted-types-for 'script'; trusted-types 'none'`;
  const html = `${on.collector.script}<p data-daymark-click="here">Click</p><p data-daymark-impression="there">See</p>`;
  await visitor.page.goto(on.site.put("/strict", html, { "content-security-policy": policy }));
  await visitor.page.click("p");
  await visitor.page.waitForTimeout(1300);
  await hide(visitor.page);
  await expect.poll(names).toEqual(["page_view", "click", "impression", "page_leave"]);
  expect(visitor.problems).toEqual([]);
});

test("keeps calls that were made before it was there, in their order", async () => {
  await using visitor = await visit(on.browser);
  const stub = `<script>window.daymark ??= Object.assign((...call) => daymark.q.push(call), { q: [] });
    daymark("first", { target: "a" }); daymark("second");</script>`;
  await visitor.page.goto(on.site.put("/stub", stub + on.collector.script));
  await visitor.page.evaluate(() => window.daymark?.("third"));
  await hide(visitor.page);
  await expect.poll(names).toEqual(["page_view", "first", "second", "third", "page_leave"]);
  expect(on.collector.events()[1]).toMatchObject({ target: "a" });
});

test("runs once, however often it is included", async () => {
  await using visitor = await visit(on.browser);
  await visitor.page.goto(
    on.site.put("/twice", `${on.collector.script}<p data-daymark-click="x">X</p>${on.collector.script}`),
  );
  await visitor.page.addScriptTag({ url: `${on.collector.url}/beacon.js` });
  await visitor.page.click("p");
  await hide(visitor.page);
  await expect.poll(names).toEqual(["page_view", "click", "page_leave"]);
});

describe("throws nothing into a page", () => {
  const breakages: [string, () => void][] = [
    [
      "forbids storage",
      () =>
        Object.defineProperty(window, "localStorage", {
          get: () => {
            throw new DOMException("denied", "SecurityError");
          },
        }),
    ],
    [
      "has no room left in its storage",
      () => {
        Storage.prototype.setItem = () => {
          throw new DOMException("full", "QuotaExceededError");
        };
        Object.defineProperty(window, "localStorage", {
          value: new Proxy(
            {},
            {
              set: () => {
                throw new DOMException("full", "QuotaExceededError");
              },
            },
          ),
        });
      },
    ],
    ["has no Web Locks", () => Reflect.deleteProperty(Navigator.prototype, "locks")],
    [
      "refuses Web Locks",
      () => {
        LockManager.prototype.request = () => Promise.reject(new DOMException("denied", "SecurityError"));
      },
    ],
    ["has no IntersectionObserver", () => Reflect.deleteProperty(window, "IntersectionObserver")],
    ["has no AbortSignal.timeout", () => Reflect.deleteProperty(AbortSignal, "timeout")],
    [
      "throws in toJSON",
      () => {
        Object.defineProperty(Object.prototype, "evil", {
          configurable: true,
          get: () => {
            throw new Error("evil");
          },
        });
      },
    ],
  ];
  // The worst of them, and others.
  const table = { examples: breakages.slice(0, 2), variants: breakages.slice(2) };
  testTable("that %s, and still sends", table, async (_, breakIt) => {
    await using visitor = await visit(on.browser);
    const thrown: string[] = [];
    await visitor.context.exposeFunction("report", (text: string) => thrown.push(text));
    await visitor.page.addInitScript(() => {
      addEventListener("error", (event) => Reflect.get(window, "report")(event.message));
      addEventListener("unhandledrejection", (event) => Reflect.get(window, "report")(String(event.reason)));
    });
    await visitor.page.addInitScript(breakIt);
    await visitor.page.goto(on.site.put("/broken", `${on.collector.script}<p data-daymark-click="x">X</p>`));
    await visitor.page.click("p");
    await hide(visitor.page);
    await expect.poll(names).toEqual(["page_view", "click", "page_leave"]);
    expect(thrown).toEqual([]);
    expect(visitor.problems).toEqual([]);
  });

  test("whose fetch throws, or is no fetch at all", async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.addInitScript(() => {
      window.fetch = () => {
        throw new Error("no network here");
      };
    });
    await visitor.page.goto(on.site.put("/no-fetch", on.collector.script));
    await hide(visitor.page);
    await visitor.page.waitForTimeout(300);
    expect(visitor.problems).toEqual([]);
  });

  test("whatever it calls it with", async () => {
    await using visitor = await visit(on.browser);
    await visitor.page.goto(on.site.put("/odd", on.collector.script));
    const odd = await visitor.page.evaluate(() => {
      const call = window.daymark as unknown as (...args: unknown[]) => unknown;
      const hostile = new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("hostile");
          },
        },
      );
      return [[], [null], [1, 2], [Symbol("s")], ["x", null], ["x", "text"], ["x", hostile]].map((args) =>
        call(...args),
      );
    });
    expect(odd.every((result) => result === undefined || result === null)).toBe(true);
    expect(visitor.problems).toEqual([]);
  });
});

test("is quiet and harmless without its key", async () => {
  await using visitor = await visit(on.browser);
  on.collector.answerWith(() => ({ status: 401, body: "{}" }));
  await visitor.page.goto(on.site.put("/keyless", `<script defer src="${on.collector.url}/beacon.js"></script>`));
  await hide(visitor.page);
  await expect.poll(() => on.collector.requests.length).toBe(1);
});

test("the page's own errors stay its own, in a patched history too", async () => {
  await using visitor = await visit(on.browser);
  await visitor.page.goto(on.site.put("/history", on.collector.script));
  const error = await visitor.page.evaluate(() => {
    try {
      history.pushState({}, "", "https://other.test/");
    } catch (thrown) {
      return thrown instanceof DOMException ? thrown.name : String(thrown);
    }
  });
  expect(error).toBe("SecurityError");
});

describe("as a module", () => {
  test("of the served file, init starts it and track records, in any order", async () => {
    await using visitor = await visit(on.browser);
    const html = `<script type="module">
      import { init, track, optOut } from "${on.collector.url}/beacon.mjs";
      track("early", { target: "a" });
      init({ key: "wk_test", endpoint: "${on.collector.url}" });
      init({ key: "wk_other", endpoint: "${on.collector.url}" });
      track("late");
      window.ready = typeof optOut;
    </script>`;
    await visitor.page.goto(on.site.put("/module", html));
    await visitor.page.waitForFunction("window.ready === 'function'");
    await hide(visitor.page);
    await expect.poll(names).toEqual(["page_view", "early", "late", "page_leave"]);
    expect(on.collector.requests[0]?.query).toBe("?key=wk_test");
    expect(visitor.problems).toEqual([]);
  });

  test("it is silent when the visitor opted out before it was started", async () => {
    await using visitor = await visit(on.browser);
    const html = `<script type="module">
      import { init, track, optOut } from "${on.collector.url}/beacon.mjs";
      optOut();
      init({ key: "wk_test", endpoint: "${on.collector.url}", visitor: "persistent" });
      track("late");
      window.ready = true;
    </script>`;
    await visitor.page.goto(on.site.put("/silent", html));
    await visitor.page.waitForFunction("window.ready");
    await hide(visitor.page);
    await visitor.page.waitForTimeout(300);
    expect(on.collector.requests).toEqual([]);
    expect(await visitor.page.evaluate(() => Object.keys(localStorage))).toEqual(["daymark.off"]);
  });
});
