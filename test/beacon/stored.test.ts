/** Each kind of event as it is stored: from a page in Chromium through the whole of stage `local`. */
import { describe, expect } from "vitest";
import { type Page, visit } from "../browser/chromium.ts";
import type { StoredEvent } from "../browser/daymark.ts";
import { slowTest, test, testTable } from "../gears.ts";
import { onStage } from "./on-stage.ts";

const on = onStage();

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Shows a page, acts on it, leaves it, and returns what was stored. */
async function store(path: string, html: string, act: (page: Page) => Promise<unknown>): Promise<StoredEvent[]> {
  await using visitor = await visit(on.browser);
  const url = on.pages.put(path, `<title>Board</title>${on.script()}${html}`);
  await visitor.page.goto(`${url}?utm_source=news&utm_campaign=spring`, { referer: "https://www.google.com/" });
  await act(visitor.page);
  await visitor.page.goto("about:blank");
  expect(visitor.problems).toEqual([]);
  await expect.poll(() => on.daymark.stored(`path = '${path}' AND name = 'page_leave'`)).toHaveLength(1);
  return await on.daymark.stored(`path = '${path}'`);
}
const only = (events: StoredEvent[], name: string) => events.filter((event) => event.name === name);

describe("an event of a page in a browser", () => {
  test("page_view has the page, where it came from, who it was, and when", async () => {
    const before = Date.now();
    const events = await store("/view", "", async (page) => page.waitForTimeout(100));
    expect(events.map((event) => event.name)).toEqual(["page_view", "page_leave"]);
    const [view, leave] = events;
    expect(view).toMatchObject({
      app: "web",
      url: `${on.pages.url}/view?utm_source=news&utm_campaign=spring`,
      path: "/view",
      title: "Board",
      referrer: "https://www.google.com/",
      referrer_host: "www.google.com",
      channel: "search",
      utm_source: "news",
      utm_campaign: "spring",
      device: "desktop",
      browser: "Chrome",
      os: "Linux",
      language: "en",
      is_bot: "false",
    });
    expect(view?.event_id).toMatch(uuid);
    expect(view?.batch_id).toMatch(uuid);
    expect(view?.session_id).toMatch(uuid);
    expect(leave?.session_id).toBe(view?.session_id);
    // The page did not ask to recognise visitors for longer than a day.
    expect(view?.visitor_id).toMatch(/^[\w-]{22}$/);
    const occurred = Date.parse(`${view?.occurred_at?.replace(" ", "T")}Z`);
    expect(occurred).toBeGreaterThan(before - 1000);
    expect(occurred).toBeLessThan(Date.now());
    expect(JSON.parse(leave?.properties ?? "")).toEqual({ view: view?.event_id, ms: expect.any(Number) });
  });

  test("click has its target: marked, a link to another site, or a download", async () => {
    const html = `
      <p data-daymark-click="posting-7"><b>Marked</b></p>
      <a id="out" href="http://other.test:9/path?secret=1" onclick="return false">Out</a>
      <a id="file" href="/files/list.pdf" onclick="return false">File</a>
      <a id="named" href="/files/raw" download onclick="event.stopImmediatePropagation(); return false">File</a>
      <a id="both" data-daymark-click="sponsor" href="http://other.test:9/" onclick="return false">Both</a>
      <a id="in" href="/elsewhere" onclick="return false">In</a>
      <a id="mail" href="mailto:a@b.test" onclick="return false">Mail</a>
      <button>Unmarked</button>`;
    const events = await store("/clicks", html, async (page) => {
      for (const selector of ["b", "#out", "#file", "#named", "#both", "#in", "#mail", "button"])
        await page.click(selector);
      await page.click("b", { button: "middle" });
      await page.click("b", { button: "right" });
    });
    expect(only(events, "click").map(({ target }) => target)).toEqual([
      "posting-7",
      "http://other.test:9/path",
      `${on.pages.url}/files/list.pdf`,
      `${on.pages.url}/files/raw`,
      "sponsor",
      "posting-7",
    ]);
    expect(only(events, "click")[0]).toMatchObject({ path: "/clicks", utm_campaign: "spring", title: "Board" });
  });

  slowTest("impression is what was half visible for a second, once, also if it came later", async () => {
    const html = `
      <style>div { height: 100px; background: #ddd; margin: 10px }</style>
      <div data-daymark-impression="seen"></div>
      <div data-daymark-impression="passing" id="passing"></div>
      <script>setTimeout(() => document.getElementById("passing").remove(), 300)</script>
      <div style="height: 3000px"></div>
      <div data-daymark-impression="below" id="below"></div>
      <div data-daymark-impression="never" style="margin-top: 3000px"></div>`;
    const events = await store("/impressions", html, async (page) => {
      await page.waitForTimeout(2500);
      await page.evaluate(() =>
        document.body.insertAdjacentHTML("afterbegin", '<div data-daymark-impression="late"></div>'),
      );
      await page.waitForTimeout(2500);
      await page.evaluate(() => document.getElementById("below")?.scrollIntoView());
      await page.waitForTimeout(2500);
      await page.evaluate(() => scrollTo(0, 0));
      await page.waitForTimeout(1300);
    });
    expect(only(events, "impression").map(({ target }) => target)).toEqual(["seen", "late", "below"]);
  });

  test("login, payment and custom events have their fields, and unknown ones as properties", async () => {
    const events = await store("/calls", "", (page) =>
      page.evaluate(() => {
        window.daymark?.("login", { user_id: "u-1", method: "mail" });
        window.daymark?.("payment", {
          amount: -9900,
          currency: "krw",
          target: "feature",
          event_id: "018f0000-0000-4000-8000-00000000000f",
        });
        window.daymark?.("quiz_done", { properties: { score: 7 }, level: "한국어" });
      }),
    );
    expect(only(events, "login")[0]).toMatchObject({ user_id: "u-1", properties: '{"method":"mail"}' });
    expect(only(events, "payment")[0]).toMatchObject({
      amount: "-9900",
      currency: "KRW",
      target: "feature",
      event_id: "018f0000-0000-4000-8000-00000000000f",
    });
    expect(JSON.parse(only(events, "quiz_done")[0]?.properties ?? "")).toEqual({ score: 7, level: "한국어" });
  });
});

describe("the address of a page, as it is stored", () => {
  /** Has a page of the site go to an address as an app does, and returns the row of an event there. */
  async function storedAt(address: string, fields: Record<string, string> = {}): Promise<StoredEvent | undefined> {
    await using visitor = await visit(on.browser);
    const id = crypto.randomUUID();
    await visitor.page.goto(on.pages.put("/start", on.script()));
    await visitor.page.evaluate(
      ([to, said]) => {
        const isOwn = /^\/[^/]/.test(to);
        if (isOwn) history.pushState({}, "", to);
        window.daymark?.("looked", isOwn ? said : { ...said, url: to });
      },
      [address, { ...fields, event_id: id }] as const,
    );
    await visitor.page.goto("about:blank");
    await expect.poll(() => on.daymark.stored(`event_id = '${id}'`)).toHaveLength(1);
    return (await on.daymark.stored(`event_id = '${id}'`))[0];
  }

  testTable<[string, string]>(
    "%s has the path %s",
    {
      examples: [
        ["/채용", "/%EC%B1%84%EC%9A%A9"],
        ["/a/../x", "/x"],
      ],
      variants: [
        ["/%ec%b1%84%ec%9a%a9", "/%EC%B1%84%EC%9A%A9"],
        ["/a b", "/a%20b"],
        ["/a%20b", "/a%20b"],
        ["/%7Eanna/./%41", "/~anna/A"],
        ["/list;jsessionid=0A1B", "/list"],
        ["https://h.example./채용", "/%EC%B1%84%EC%9A%A9"],
        ["//H.example/a\\b", "/a/b"],
      ],
    },
    async (address, path) => {
      const row = await storedAt(address);
      expect(row?.path).toBe(path);
      if (!/^\/\w/.test(address) && address.includes("xample")) expect(row?.host).toBe("h.example");
    },
  );

  testTable<[string, Record<string, string>]>(
    "%s is kept without its secrets, and so is what comes with it",
    {
      examples: [["/reset?token=s3cret&email=anna@e.com&lang=ko", { referrer: "https://admin:hunter2@ads.example/" }]],
      variants: [
        ["/a?lang=ko&user%5Bemail%5D=anna@e.com", { referrer: "//admin:hunter2@ads.example/?sid=s3cret" }],
        ["https://admin:hunter2@e.com/?lang=ko", { referrer: "https://ads.example/#access_token=s3cret" }],
        ["/list;jsessionid=s3cret?lang=ko&api_key=s3cret", { target: "https://admin:hunter2@o.test/?password=s3cret" }],
        ["/?lang=ko&otp=s3cret", { target: "data:text/csv,anna@e.com", entry_url: "https://admin:hunter2@e.com/" }],
      ],
    },
    async (address, fields) => {
      const row = await storedAt(address, fields);
      expect(row?.url).toMatch(/\?lang=ko$/);
      expect(JSON.stringify(row)).not.toMatch(/s3cret|hunter2|anna|admin/);
    },
  );
});
