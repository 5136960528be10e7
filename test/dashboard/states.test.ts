/** The dashboard in all states: languages, colours, a phone, no data, no server; and its size budgets. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect } from "vitest";
import type { Browser, Page } from "../browser/chromium.ts";
import { seriousViolations } from "../browser/serious-violations.ts";
import { sharedBrowser } from "../browser/shared.ts";
import { slowTest, type Table, test, testTable } from "../gears.ts";
import { dashboardFiles } from "./dashboard-files.ts";
import { atFirst, type Fixture, startFixture } from "./fixture-api.ts";
import { numberIn, openPage, savedBy } from "./open-page.ts";

let browser: Browser;
let fixture: Fixture;
beforeAll(async () => {
  [browser, fixture] = await Promise.all([sharedBrowser(), startFixture()]);
});
afterAll(async () => {
  await browser.close();
  await fixture[Symbol.asyncDispose]();
});
beforeEach(() => {
  Object.assign(fixture.is, atFirst);
  fixture.asked.length = 0;
});
const open = (options: Parameters<typeof openPage>[2] = {}) => openPage(browser, fixture.url, options);

describe("languages", () => {
  test("the page is Korean for a Korean browser, and its days and numbers too", async () => {
    await using visitor = await open({ locale: "ko-KR", search: "?range=7d" });
    const { page } = visitor;
    await page.getByRole("heading", { name: "페이지뷰 2026년 11월 16일 ~ 22일" }).waitFor();
    await page.getByRole("button", { name: "국가 필터: 대한민국" }).waitFor();
    expect(await page.getAttribute("html", "lang")).toBe("ko");
    expect(await page.title()).toBe("페이지뷰 · Daymark");
    await page.goto(`${fixture.url}?page=pipeline`);
    await page.getByText("데이터가 들어오고 있습니다").waitFor();
  });

  test("it can be switched, and that is remembered", async () => {
    await using visitor = await open();
    const { page } = visitor;
    await page.getByLabel("Language").selectOption("ko");
    await page.getByRole("link", { name: "파이프라인" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "파이프라인" }).waitFor();
  });

  test("numbers are those of the reader's locale, whatever the language", async () => {
    await using visitor = await open({ locale: "de-DE" });
    await expect.poll(() => visitor.page.getByTestId("total").textContent()).toMatch(/^\d{3}\.\d{3}$/);
    await visitor.page.getByRole("link", { name: "Pipeline" }).waitFor();
  });

  test.each([
    [["en-US@posix"], /^\d{3},\d{3}$/],
    [["C", "de-DE", "en-US@posix"], /^\d{3}\.\d{3}$/],
  ])("a browser whose languages are %j has numbers nevertheless", async (tags, shown) => {
    await using visitor = await open();
    const { context, page, problems } = visitor;
    await context.addInitScript((languages) => {
      Object.defineProperty(Navigator.prototype, "language", { get: () => languages[0] });
      Object.defineProperty(Navigator.prototype, "languages", { get: () => languages });
    }, tags);
    await page.reload();
    await expect.poll(() => page.getByTestId("total").textContent({ timeout: 5000 })).toMatch(shown);
    await page.getByRole("link", { name: "Pipeline" }).click();
    await page.getByText("Data is arriving").waitFor();
    expect(problems).toEqual([]);
  });
});

describe("colours", () => {
  const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test("follow the system, or what was chosen and remembered", async () => {
    await using visitor = await open({ colorScheme: "dark" });
    const { page } = visitor;
    await expect.poll(() => background(page)).toBe("rgb(18, 22, 27)");
    await page.getByLabel("Colours").selectOption("light");
    await expect.poll(() => background(page)).toBe("rgb(246, 246, 243)");
    await page.reload();
    await page.getByTestId("total").waitFor();
    await expect.poll(() => background(page)).toBe("rgb(246, 246, 243)");
  });
});

test.each([1280, 390])("every tab is in sight on a page %i wide", async (width) => {
  await using visitor = await open({ viewport: { width, height: 900 } });
  await visitor.page.getByText("South Korea", { exact: true }).waitFor();
  const lists = await visitor.page.getByRole("tablist").all();
  expect(lists.length).toBeGreaterThan(2);
  for (const list of lists) {
    const [shown, needed] = await list.evaluate(({ clientWidth, scrollWidth }) => [clientWidth, scrollWidth]);
    expect(needed).toBe(shown);
  }
});

describe("a phone", () => {
  const pages: Table<[search: string]> = {
    examples: [["?range=7d"], ["?page=pipeline"]],
    variants: [["?metric=revenue&range=all&interval=day"], ["?metric=clicks&target=apply"]],
  };
  testTable("has everything of %s within its width", pages, async (search) => {
    await using visitor = await open({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
      search,
    });
    const { page } = visitor;
    await page.locator("section.panel").nth(1).waitFor();
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    expect(visitor.problems).toEqual([]);
  });
});

describe("nothing to show", () => {
  test("an empty stage says how to send the first event", async () => {
    fixture.is.empty = true;
    await using visitor = await open();
    const { page } = visitor;
    await page.getByText("No events yet").waitFor();
    await page.getByText(`curl ${new URL(fixture.url).origin}/v1/events`).waitFor();
    await page.getByRole("link", { name: "Pipeline" }).click();
    await page.getByText("No events yet").waitFor();
    expect(visitor.problems).toEqual([]);
  });

  test("a stage whose last event was years ago is not empty", async () => {
    fixture.is.old = true;
    await using visitor = await open({ search: "?range=all" });
    const { page } = visitor;
    await expect.poll(() => numberIn(page, "total")).toBeGreaterThan(1000);
    expect(await numberIn(page, "today")).toBe(0);
    await page.getByRole("link", { name: "Pipeline" }).click();
    await page.getByText("Sealed through").waitFor();
    await page.getByText("Feb 29, 2024, Nov 22").waitFor();
    expect(await page.getByText("No events yet").count()).toBe(0);
    expect(visitor.problems).toEqual([]);
  });

  test("a chart has all days of decades, as months", async () => {
    fixture.is.old = true;
    await using visitor = await open({ search: "?range=all" });
    const { page } = visitor;
    await expect.poll(() => numberIn(page, "total")).toBeGreaterThan(1000);
    expect(await page.getByText("The chart begins on").count()).toBe(0);
    fixture.is.now = Date.parse("2036-11-22T05:21:30Z");
    await page.goto(`${fixture.url}?range=2020-01-01..2036-11-22&interval=day`);
    await page.getByLabel("Points").waitFor();
    // Days are too many for one answer, months are not.
    expect(await page.getByLabel("Points").locator("option").allTextContents()).toEqual(["Weeks", "Months"]);
    expect(await page.getByText("The chart begins on").count()).toBe(0);
    expect(await numberIn(page, "total")).toBeGreaterThan(1000);
  });

  test("the first event brings the page to life", async () => {
    fixture.is.empty = true;
    await using visitor = await open();
    await visitor.page.getByText("No events yet").waitFor();
    fixture.is.empty = false;
    await visitor.page.getByTestId("today").waitFor();
  });

  test("an empty range offers a longer one", async () => {
    await using visitor = await open({ search: "?range=2019-01-01..2019-01-31" });
    const { page } = visitor;
    await page.getByText("No Page views: Jan 1 – 31, 2019.").waitFor();
    await page.getByRole("button", { name: "Show all days" }).click();
    await expect.poll(() => numberIn(page, "total")).toBeGreaterThan(1_000_000);
  });

  test("an empty filter offers to remove it", async () => {
    await using visitor = await open({ search: "?metric=clicks&target=nobody" });
    const { page } = visitor;
    await page.getByText("Remove a filter or choose a longer range").waitFor();
    // A breakdown that is not kept with the filter offers the same button.
    await page.getByRole("button", { name: "Remove all" }).first().click();
    await expect.poll(() => numberIn(page, "total")).toBeGreaterThan(1000);
  });
});

describe("nobody to ask", () => {
  slowTest("a server that is away is said to be, asked ever more rarely, and the page comes when it does", async () => {
    fixture.is.away = true;
    await using visitor = await open();
    const { page } = visitor;
    await page.getByText("Daymark does not answer. Check that it is running").waitFor();
    fixture.asked.length = 0;
    const since = performance.now();
    await page.waitForTimeout(3600);
    expect(fixture.asked.length).toBeLessThan((performance.now() - since) / 1000);
    const again = page.getByRole("button", { name: "Try again" });
    fixture.asked.length = 0;
    await again.click();
    await expect.poll(() => fixture.asked.length).toBeGreaterThan(0);
    fixture.is.away = false;
    // The button disappears if the page asks by itself in the meantime.
    await again.or(page.getByTestId("total")).first().click();
    await page.getByTestId("total").waitFor();
  });

  slowTest("numbers stay when the server goes away, and are fresh when it is back", async () => {
    await using visitor = await open();
    const { page } = visitor;
    await page.getByTestId("total").waitFor();
    const before = await numberIn(page, "today");
    fixture.is.away = true;
    await page.getByText("Daymark has not answered since").waitFor();
    expect(await numberIn(page, "today")).toBe(before);
    Object.assign(fixture.is, { away: false, moved: 5 });
    await expect.poll(() => numberIn(page, "today")).toBe(before + 5);
    await expect.poll(() => page.getByText("Daymark has not answered since").count()).toBe(0);
  });

  slowTest("an answer that takes long is waited for, with a word on why", async () => {
    fixture.is.runningTimes = 4;
    await using visitor = await open();
    await visitor.page.getByText("Athena is reading the history").first().waitFor();
    await visitor.page.getByTestId("total").waitFor();
  });

  slowTest("a question that is no longer of interest is aborted", async () => {
    await using visitor = await open();
    const { page } = visitor;
    await page.getByTestId("total").waitFor();
    fixture.is.delayMs = 20_000;
    const aborted: string[] = [];
    page.on("requestfailed", (request) => aborted.push(request.url()));
    await page.getByRole("button", { name: "12 months" }).click();
    await expect.poll(() => fixture.asked.some((path) => path.includes("from=2025-11-23"))).toBe(true);
    await page.getByRole("button", { name: "7 days" }).click();
    await expect.poll(() => aborted.some((url) => url.includes("from=2025-11-23"))).toBe(true);
  });
});

describe("a screen reader", () => {
  const views = {
    numbers: { search: "?range=7d" },
    "a filter": { search: "?metric=clicks&target=apply", colorScheme: "dark" },
    revenue: { search: "?metric=revenue", locale: "ko-KR" },
    "pipeline in the dark, in Korean": { search: "?page=pipeline", colorScheme: "dark", locale: "ko-KR" },
    "numbers in the dark, in Korean": { colorScheme: "dark", locale: "ko-KR" },
    pipeline: { search: "?page=pipeline" },
    "hours of a day, in Korean": { search: "?metric=visits&range=today&compare=year", locale: "ko-KR" },
    "a comparison with dates, in the dark": {
      search: "?metric=bounce_rate&range=12m&interval=week&compare=2024-01-01..2024-12-31",
      colorScheme: "dark",
    },
    "a shared link": { path: `share#share_${btoa('{"where":{"path":"/apply"}}')}.x`, token: "" },
    "the token": { token: "" },
    "a link that has ended": { path: "share#share_x.y", token: "nonsense" },
    "a phone, filters that are not kept": {
      search: "?metric=clicks&path=/&country=KR",
      viewport: { width: 360, height: 740 },
    },
  } satisfies Record<string, Parameters<typeof openPage>[2]>;
  const states = {
    "an empty stage": { empty: true },
    "a server that is away": { away: true },
    "an answer that takes long": { runningTimes: 100 },
  } satisfies Record<string, Partial<Fixture["is"]>>;

  slowTest.each(Object.entries(states))("finds nothing serious in %s", async (_, state) => {
    Object.assign(fixture.is, state);
    await using visitor = await open({ bypassCSP: true });
    await visitor.page.locator(".panel, .message, .loading").first().waitFor();
    await visitor.page.waitForTimeout(700);
    expect(await seriousViolations(visitor.page)).toEqual([]);
  });

  slowTest.each(Object.entries(views))("finds nothing serious in %s", async (_, options) => {
    await using visitor = await open({ ...options, bypassCSP: true });
    const { page } = visitor;
    await page.locator(".panel, .message").first().waitFor();
    await page.waitForTimeout(700);
    if ("search" in options && options.search.includes("7d"))
      await page.locator("section.range").getByRole("button", { name: "As a table" }).click();
    expect(await seriousViolations(page)).toEqual([]);
  });

  slowTest.each(["light", "dark"] as const)(
    "finds nothing serious while a filter is shared, %s",
    async (colorScheme) => {
      await using visitor = await open({ search: "?path=/apply", colorScheme, bypassCSP: true });
      const { page } = visitor;
      await page.getByRole("button", { name: "Share", exact: true }).click();
      await page.getByRole("button", { name: "Make a link" }).click();
      await page.getByRole("button", { name: "End", exact: true }).first().waitFor();
      expect(await seriousViolations(page)).toEqual([]);
    },
  );
});

describe("budgets", () => {
  test("all files together are at most 100 KB gzip", async () => {
    const sizes = [...(await dashboardFiles())].map(([path, { text }]) => [path, gzipSync(text).length] as const);
    const all = sizes.reduce((sum, [, size]) => sum + size, 0);
    console.log(`dashboard: ${all} bytes gzip (${sizes.map(([path, size]) => `${path} ${size}`).join(", ")})`);
    expect(all).toBeLessThanOrEqual(100 * 1024);
    // The current size plus room to grow, so that a dependency that doubles it is noticed.
    expect(all).toBeLessThanOrEqual(40 * 1024);
  });
});

test("what an answer lacks is said in a word, where the number is and where its parts are", async () => {
  fixture.is.lacks = { from: "2026-11-02", to: "2026-11-04", days: 3 };
  await using visitor = await open({ search: "?metric=clicks&range=30d" });
  const notes = visitor.page.getByTestId("lacking");
  await expect.poll(() => notes.count()).toBeGreaterThan(1);
  expect(await notes.first().textContent()).toMatch(/^Incomplete: lacks 3 days \(Nov 2 – 4, 2026\)/);
  expect(await notes.first().getAttribute("title")).toBe('{"rebuild": {"from": "2026-11-02", "to": "2026-11-04"}}');
  fixture.is.lacks = undefined;
  await using other = await open({ search: "?metric=clicks&range=30d" });
  await other.page.getByTestId("total").waitFor();
  expect(await other.page.getByTestId("lacking").count()).toBe(0);
});

describe("events of robots", () => {
  const inWords = "12 events of robots on days not sealed are kept and not counted.";
  const searches: Table<[locale: string, search: string, words: string]> = {
    examples: [["en-US", "?metric=clicks&range=7d", inWords]],
    variants: [
      ["ko-KR", "?metric=revenue&range=30d", "미확정 날짜의 로봇 이벤트 12건은 보관하지만 집계하지 않습니다."],
      ["en-US", "?range=2026-11-19..2026-11-19", inWords],
      ["en-US", "?metric=clicks&target=nobody", inWords],
    ],
  };
  testTable("are said once to be kept and not counted: %s %s", searches, async (locale, search, words) => {
    await using visitor = await open({ locale, search, bypassCSP: true });
    const note = visitor.page.getByTestId("robots");
    await expect.poll(() => note.allTextContents()).toEqual([words]);
    expect(await seriousViolations(visitor.page)).toEqual([]);
  });

  slowTest.each(["?range=yesterday", "?metric=requests&range=7d"])(
    "are not spoken of where there are none, or all count: %s",
    async (search) => {
      await using visitor = await open({ search });
      await visitor.page.getByTestId("total").waitFor();
      expect(await visitor.page.getByTestId("robots").count()).toBe(0);
    },
  );

  test.each([
    ["en-US", "Of robots"],
    ["ko-KR", "로봇"],
  ])("stand beside each day of the pipeline and in its CSV, in %s", async (locale, name) => {
    await using visitor = await open({ locale, search: "?page=pipeline" });
    const { page } = visitor;
    const rows = page.getByRole("table").first().getByRole("row");
    await rows.first().waitFor();
    const column = (await rows.first().getByRole("columnheader").allTextContents()).indexOf(name);
    const cells = await rows.evaluateAll((all, at) => all.slice(1).map((row) => row.children[at]?.textContent), column);
    expect(cells).toEqual(["0", "0", "0", "12", ...Array(10).fill("0")]);
    const { text } = await savedBy(page, () => page.locator("section:has(> .chart-head #days) button").first().click());
    expect(text.split("\r\n")[0]).toContain(name);
    expect(text).toMatch(/2026-11-19,[^,]+,79645,12,/);
  });
});

describe("sources on the page about the pipeline", () => {
  slowTest.each([
    [
      "en-US",
      ["Apps", "Pixel", "OpenTelemetry", "Kafka"],
      ["2 sec", "–", "3 min", "0 sec"],
      "Wrong or missing key: 12,900",
    ],
    [
      "ko-KR",
      ["페이지와 앱", "픽셀", "OpenTelemetry", "Kafka"],
      ["2초", "–", "3분", "0초"],
      "키가 없거나 틀림: 12,900",
    ],
  ])("are listed with what came, in %s, and silence is no alarm", async (locale, names, lags, reason) => {
    await using visitor = await open({ locale, search: "?page=pipeline", bypassCSP: true });
    const panel = visitor.page.locator("section:has(> #sources)");
    await panel.waitFor();
    const heads = await panel.locator("tbody th").allTextContents();
    expect(heads.map((text, i) => text.startsWith(names[i] ?? "?"))).toEqual([true, true, true, true]);
    expect(heads[0]).toContain(reason);
    expect(await panel.locator("tbody td:nth-child(3)").allTextContents()).toEqual(lags);
    expect(await panel.locator("tr:nth-child(3) td.number").allTextContents()).toEqual([
      lags[2],
      "4,120",
      "61,001",
      "0",
      "0",
    ]);
    expect(await panel.locator(".state, .bad, .attention").count()).toBe(0);
    expect(await panel.locator("tr:nth-child(4) td.hint").count()).toBe(1);
    expect(await seriousViolations(visitor.page)).toEqual([]);
  });

  slowTest("are not there as long as nothing came", async () => {
    fixture.is.empty = true;
    await using visitor = await open({ search: "?page=pipeline" });
    await visitor.page.getByRole("heading").first().waitFor();
    expect(await visitor.page.locator("#sources").count()).toBe(0);
  });
});

describe("when data begins", () => {
  const since = "The range begins before there is data, which is since Sep 4, 2023.";
  const searches: Table<[locale: string, search: string, words: string]> = {
    examples: [["en-US", "?range=all", since]],
    variants: [
      [
        "ko-KR",
        "?metric=revenue&range=all",
        "기간이 데이터보다 먼저 시작합니다. 데이터는 2023년 9월 4일부터 있습니다.",
      ],
      ["en-US", "?range=2023-09-03..2023-09-05", since],
      ["en-US", "?metric=bounce_rate&range=2023-01-01..2026-11-22", since],
      ["en-US", "?range=2019-01-01..2019-01-31", since],
    ],
  };
  testTable("is said once of a range that begins before: %s %s", searches, async (locale, search, words) => {
    await using visitor = await open({ locale, search, bypassCSP: true });
    const note = visitor.page.getByTestId("since");
    await expect.poll(() => note.allTextContents(), { timeout: 10_000 }).toEqual([words]);
    expect(await seriousViolations(visitor.page)).toEqual([]);
  });

  const others: Table<[search: string]> = {
    examples: [["?range=2023-09-04..2023-09-05"]],
    variants: [["?metric=clicks&target=nobody"], ["?range=12m"]],
  };
  testTable("is not said of one that does not: %s", others, async (search) => {
    await using visitor = await open({ search });
    await visitor.page.getByTestId("total").waitFor();
    expect(await visitor.page.getByTestId("since").count()).toBe(0);
  });
});

const floods: Table<[locale: string, others: string, note: RegExp, days: string, ids: string]> = {
  examples: [["en-US", "(other values)", /Totals are whole/, "Days with too many values", "Reused event ids"]],
  variants: [["ko-KR", "(그 밖의 값)", /합계는 정확하며/, "값이 너무 많은 날", "다시 쓰인 이벤트 ID"]],
};
testTable(
  "what is no longer kept apart, and what ids were used again, is said in %s",
  floods,
  async (locale, others, note, days, ids) => {
    fixture.is.flooded = true;
    await using visitor = await open({ search: "?metric=clicks&range=7d", locale, bypassCSP: true });
    const row = visitor.page.getByTestId("others").first();
    await expect.poll(() => row.textContent()).toContain(others);
    expect(await seriousViolations(visitor.page)).toEqual([]);
    expect(await visitor.page.getByTestId("bounded").first().textContent()).toMatch(note);
    if (process.env.SCREENSHOTS)
      await visitor.page.screenshot({ path: `${process.env.SCREENSHOTS}-${locale}-list.png`, fullPage: true });
    await using pipeline = await open({ search: "?page=pipeline", locale, bypassCSP: true });
    for (const name of [days, ids]) await pipeline.page.getByText(name, { exact: true }).waitFor();
    expect(await seriousViolations(pipeline.page)).toEqual([]);
    expect(await pipeline.page.locator(".facts").textContent()).toMatch(
      /clicks by target, page_views by app\+path.*71/,
    );
    if (process.env.SCREENSHOTS)
      await pipeline.page.screenshot({ path: `${process.env.SCREENSHOTS}-${locale}-pipeline.png`, fullPage: true });
    fixture.is.flooded = false;
  },
);

test("a number that no double holds is shown digit for digit", async () => {
  fixture.is.total = 9007199254740993n;
  await using visitor = await open({ search: "?metric=clicks&range=7d" });
  await expect.poll(() => visitor.page.getByTestId("total").textContent()).toBe("9,007,199,254,740,993");
});
