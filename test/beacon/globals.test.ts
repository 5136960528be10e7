/** Pages whose globals are not what they were: named elements, replaced clocks, frozen objects. They are counted like any other. */
import { describe, expect, test } from "vitest";
import { onPages } from "./on-pages.ts";

const on = onPages();
const { open, leave, names, sent } = on;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const marked = '<p data-daymark-click="x">X</p>';

type Odd = { first?: string; before?: () => unknown };
const odd: [string, Odd][] = [
  ["a frame is called title", { first: "<title>T</title><iframe name=title srcdoc=x></iframe>" }],
  ["a form is called hidden", { first: "<form name=hidden></form>" }],
  ["an image is called currentScript", { first: "<img name=currentScript>" }],
  ["an image is called referrer", { first: "<img name=referrer>" }],
  ["a form is called visibilityState", { first: "<form name=visibilityState></form>" }],
  ["a form is called daymark", { first: "<form id=daymark name=daymark><input name=q></form>" }],
  [
    "forms are called like everything",
    {
      first: ["title", "hidden", "referrer", "baseURI", "currentScript", "location", "URL", "body"]
        .map((name) => `<form name=${name}></form>`)
        .join(""),
    },
  ],
  ["Date.now gives dates", { before: () => Object.assign(Date, { now: () => new Date() }) }],
  [
    "Date.now gives fractions",
    { before: () => Object.assign(Date, { now: () => performance.timeOrigin + performance.now() + 0.123 }) },
  ],
  ["Math.random gives 1", { before: () => Object.assign(Math, { random: () => 1 }) }],
  ["performance is replaced", { before: () => Reflect.set(window, "performance", {}) }],
  [
    "navigation is a variable of the page",
    { first: "<nav></nav><script>var navigation = document.querySelector('nav')</script>" },
  ],
  ["history cannot be changed", { before: () => Object.freeze(history) }],
  [
    "IntersectionObserver fails",
    {
      before: () =>
        Reflect.set(window, "IntersectionObserver", () => {
          throw new Error("no");
        }),
    },
  ],
  ["MutationObserver fails", { before: () => Reflect.set(window, "MutationObserver", null) }],
  ["daymark is what cannot be called", { before: () => Reflect.set(window, "daymark", { q: 7 }) }],
];

test.each(odd)("a page is counted where %s", async (_, { first = "", before }) => {
  await using visitor = await open("/odd", { first, html: marked, ...(before && { before }) });
  await visitor.page.click("p");
  await visitor.page.waitForTimeout(50);
  await leave(visitor);
  await expect.poll(names).toEqual(["page_view", "click", "page_leave"]);
  for (const event of on.collector.events()) {
    expect(event.event_id).toMatch(uuid);
    expect(event.occurred_at).toBe(Math.trunc(event.occurred_at));
    expect(event.title ?? "").toBeTypeOf("string");
    expect(event.referrer).toBeTypeOf("string");
  }
  expect(new Set(on.collector.events().map(({ event_id }) => event_id)).size).toBe(3);
  for (const { batch_id, sent_at } of on.collector.requests) {
    expect(batch_id).toMatch(uuid);
    expect(Math.abs(sent_at - Date.now())).toBeLessThan(60_000);
  }
  expect(visitor.problems).toEqual([]);
});

test("a page has its title and its referrer, whatever is called so", async () => {
  const first = "<title> One </title><svg><title>Two</title></svg><iframe name=title></iframe><img name=referrer>";
  await using visitor = await open("/named", { first });
  const { page } = visitor;
  await page.goto(`${on.site.url}/named`, { referer: "https://search.example/" });
  await leave(visitor);
  await expect.poll(() => sent("page_view")[1]).toMatchObject({ title: "One", referrer: "https://search.example/" });
});

describe("as a module", () => {
  const module = (endpoint: string) => `<script type="module">
    import { init, optOut, track } from "${on.collector.url}/beacon.mjs";
    window.early = track("early");
    init({ key: "wk_test", endpoint: ${endpoint} });
    track("late");
    window.ready = true;
  </script>${marked}`;
  test.each([
    ["a form is called daymark", "<form name=daymark id=daymark></form>", () => {}],
    ["history cannot be changed", "", () => Object.freeze(history)],
    [
      "pushState cannot be changed",
      "",
      () => Object.defineProperty(history, "pushState", { value: history.pushState }),
    ],
    ["daymark is an object", "", () => Reflect.set(window, "daymark", {})],
  ])("it works where %s", async (_, first, before) => {
    await using visitor = await open("/none");
    await visitor.page.addInitScript(before);
    await visitor.page.goto(on.site.put("/module", first + module(`"${on.collector.url}"`)));
    await visitor.page.waitForFunction("window.ready");
    await visitor.page.click("p");
    await leave(visitor);
    await expect.poll(() => names().filter((name) => !/page_/.test(name))).toEqual(["early", "late", "click"]);
    expect(visitor.problems).toEqual([]);
  });

  test.each(["undefined", '""', '"nowhere"', "7", "{}"])(
    "init says one word on the console, and throws nothing, for the endpoint %s",
    async (endpoint) => {
      await using visitor = await open("/none");
      const words: string[] = [];
      visitor.context.on("console", (message) => words.push(message.text()));
      await visitor.page.goto(on.site.put("/module", module(endpoint)));
      await visitor.page.waitForFunction("window.ready");
      await visitor.page.waitForTimeout(600);
      expect(words).toEqual([expect.stringMatching(/^Daymark /)]);
      expect(visitor.problems).toEqual([]);
    },
  );
});
