/** Pages whose globals are not what they were: named elements, replaced clocks, frozen objects. They are counted like any other. */
import { describe, expect } from "vitest";
import { visitFields } from "../../src/collect/event/visit-state.ts";
import { slowTest, testTable } from "../gears.ts";
import { onPages } from "./on-pages.ts";

const on = onPages();
const { open, leave, names, sent } = on;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const marked = '<p data-daymark-click="x">X</p>';

type Odd = { first?: string; before?: () => unknown };
const odd: { examples: [string, Odd][]; variants: [string, Odd][] } = {
  examples: [
    ["a frame is called title", { first: "<title>T</title><iframe name=title srcdoc=x></iframe>" }],
    ["a form is called hidden", { first: "<form name=hidden></form>" }],
    ["an image is called currentScript", { first: "<img name=currentScript>" }],
    ["Date.now gives dates", { before: () => Object.assign(Date, { now: () => new Date() }) }],
    [
      "Date.now gives fractions",
      { before: () => Object.assign(Date, { now: () => performance.timeOrigin + performance.now() + 0.123 }) },
    ],
    ["history cannot be changed", { before: () => Object.freeze(history) }],
  ],
  variants: [
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
    ["Math.random gives 1", { before: () => Object.assign(Math, { random: () => 1 }) }],
    ["performance is replaced", { before: () => Reflect.set(window, "performance", {}) }],
    [
      "navigation is a variable of the page",
      { first: "<nav></nav><script>var navigation = document.querySelector('nav')</script>" },
    ],
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
    ["an image is called baseURI", { first: "<img name=baseURI>" }],
    ["every object has a number", { before: () => Object.assign(Object.prototype, { each: 1 }) }],
    [
      "every list is a text as JSON",
      {
        before: () =>
          Object.assign(Array.prototype, {
            toJSON(this: unknown[]) {
              return `[${[...this].map((one) => JSON.stringify(one ?? null)).join(", ")}]`;
            },
          }),
      },
    ],
    ["there is no storage", { before: () => Reflect.defineProperty(window, "localStorage", { value: null }) }],
    [
      "timers have no numbers",
      {
        before: () => {
          const real = window.setTimeout;
          Object.assign(window, { setTimeout: (...args: [() => void, number]) => void real(...args) });
        },
      },
    ],
    ["the title is half a letter", { first: "<title>T</title><script>document.title = '\\ud83d'</script>" }],
    ["the title is an object", { before: () => Reflect.defineProperty(document, "title", { get: () => ({}) }) }],
    [
      "nothing can be said on the console",
      { before: () => Object.assign(window, { console: {}, IntersectionObserver: null }) },
    ],
    ["the address is a constant of the page", { first: "<script>const URL = '/api', store = 1, page = 2;</script>" }],
    [
      "events are a class of the page",
      { first: "<script>class Event { constructor(name) { this.name = name; } }</script>" },
    ],
    ["daymark is what cannot be called", { before: () => Reflect.set(window, "daymark", { q: 7 }) }],
  ],
};

testTable("a page is counted where %s", odd, async (_, { first = "", before }) => {
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
    expect(visitFields(event)?.visit_ms).toBeGreaterThanOrEqual(0);
  }
  expect(new Set(on.collector.events().map(({ event_id }) => event_id)).size).toBe(3);
  for (const { batch_id, sent_at } of on.collector.requests) {
    expect(batch_id).toMatch(uuid);
    expect(Math.abs(sent_at - Date.now())).toBeLessThan(60_000);
  }
  expect(visitor.problems).toEqual([]);
});

slowTest(
  "a page is counted where requests are a variable of the page, at worst from two copies of a batch",
  async () => {
    await using visitor = await open("/list", { first: "<script>var Request = { all: [] };</script>", html: marked });
    await visitor.page.click("p");
    await leave(visitor);
    const sentOnce = () => new Map(on.collector.events().map(({ event_id, name }) => [event_id, name]));
    await expect.poll(() => [...sentOnce().values()].sort()).toEqual(["click", "page_leave", "page_view"]);
    expect(visitor.problems).toEqual([]);
  },
);

slowTest("a page is watched on where nothing can be said on the console about what fails", async () => {
  const before = () => Object.assign(window, { console: {}, IntersectionObserver: null, navigation: null });
  await using visitor = await open("/mute", { before });
  await visitor.page.evaluate(() => history.pushState({}, "", "/next"));
  await visitor.page.waitForTimeout(700);
  await leave(visitor);
  await expect.poll(() => sent("page_view")).toHaveLength(2);
});

slowTest("a page that hides what nothing works without is told so in one word", async () => {
  await using visitor = await open("/none");
  const words: string[] = [];
  visitor.context.on("console", (message) => words.push(message.text()));
  await visitor.page.goto(on.site.put("/hides", `<script>var URL = "/api";</script>${on.collector.script}${marked}`));
  await visitor.page.click("p");
  await visitor.page.waitForTimeout(1200);
  expect(words).toEqual([expect.stringMatching(/^Daymark TypeError: .*URL is not/)]);
  expect(visitor.problems).toEqual([]);
});

slowTest("a page has its title and its referrer, whatever is called so", async () => {
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
  const odd: { examples: [string, string, () => unknown][]; variants: [string, string, () => unknown][] } = {
    examples: [
      [
        "pushState cannot be changed",
        "",
        () => Object.defineProperty(history, "pushState", { value: history.pushState }),
      ],
    ],
    variants: [
      ["a form is called daymark", "<form name=daymark id=daymark></form>", () => {}],
      ["history cannot be changed", "", () => Object.freeze(history)],
      ["the prototype of histories cannot be changed", "", () => Object.freeze(History.prototype)],
      ["daymark is an object", "", () => Reflect.set(window, "daymark", {})],
    ],
  };
  testTable("it works where %s", odd, async (_, first, before) => {
    await using visitor = await open("/none");
    await visitor.page.addInitScript(before);
    await visitor.page.goto(on.site.put("/module", first + module(`"${on.collector.url}"`)));
    await visitor.page.waitForFunction("window.ready");
    await visitor.page.click("p");
    await leave(visitor);
    await expect.poll(() => names().filter((name) => !/page_/.test(name))).toEqual(["early", "late", "click"]);
    expect(visitor.problems).toEqual([]);
  });

  testTable<[string]>(
    "init says one word on the console, and throws nothing, for the endpoint %s",
    { examples: [["undefined"]], variants: [['""'], ['"nowhere"'], ["7"], ["{}"]] },
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
