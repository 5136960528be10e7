/** Visits as they are counted: pages in Chromium, the whole of stage `local` behind them. */
import { expect } from "vitest";
import { type Page, visit } from "../browser/chromium.ts";
import { slowTest, test } from "../gears.ts";
import { onStage } from "./on-stage.ts";

const on = onStage();

/** Shows a page of the site to somebody who comes from `referer`. */
async function open(page: Page, path: string, referer?: string, attributes = ""): Promise<void> {
  const [place = ""] = path.split("?");
  on.pages.put(place, `${on.script(attributes)}${place}`);
  await page.goto(on.pages.url + path, referer === undefined ? {} : { referer });
}
/** Of a test's own pages: what each group of a metric is, by a question. */
async function groups(question: string, start: string): Promise<Record<string, unknown>> {
  const { groups = [] } = (await on.daymark.ask(`/v1/metrics/${question}`)) as unknown as {
    groups?: { key: string; value: number }[];
  };
  return Object.fromEntries(groups.filter(({ key }) => key.startsWith(start)).map(({ key, value }) => [key, value]));
}
const views = (start: string) => on.daymark.stored(`name = 'page_view' and path like '${start}%' and is_copy is null`);
/** The paths of those views, in the order of the alphabet. */
const pathsOf = async (start: string) => (await views(start)).map(({ path }) => path).sort();

// With other pages, and every number: session.test.ts.
slowTest(
  "a visit has one source and one number, whatever happens on the way to a payment",
  async () => {
    await using visitor = await visit(on.browser);
    const { page } = visitor;
    await open(page, "/v/landing?utm_source=x&utm_campaign=v-spring&utm_medium=cpc", "https://www.google.com/");
    await open(page, "/v/list", `${on.pages.url}/v/landing`);
    await open(page, "/v/account", "https://accounts.google.com/");
    await open(page, "/v/pay", "https://checkout.stripe.com/");
    await page.evaluate(() => window.daymark?.("payment", { amount: 9900, currency: "KRW" }));
    await page.reload();
    await page.goBack();
    const tab = await visitor.context.newPage();
    await open(tab, "/v/other", `${on.pages.url}/v/account`);
    await tab.goto("about:blank");
    await page.goto("about:blank");
    await expect.poll(async () => (await views("/v/")).length).toBe(7);
    await expect.poll(() => groups("exits?by=path", "/v/")).toEqual({ "/v/other": 1 });
    expect(await groups("visits?by=path", "/v/")).toEqual({ "/v/landing": 1 });
    expect(await groups("entries?by=path", "/v/")).toEqual({ "/v/landing": 1 });
    expect(await groups("visits?by=utm_campaign", "v-")).toEqual({ "v-spring": 1 });
    expect(await groups("bounces?by=path", "/v/")).toEqual({});
    expect(await groups("pages_per_visit?by=path", "/v/")).toEqual({ "/v/landing": 7 });
    expect(await groups("revenue?by=utm_campaign&currency=KRW", "v-")).toEqual({ "v-spring": 9900 });
    const stored = await on.daymark.stored("utm_campaign = 'v-spring'");
    expect(new Set(stored.map(({ channel }) => channel))).toEqual(new Set(["paid"]));
    expect(new Set(stored.map(({ session_id }) => session_id)).size).toBe(1);
    expect((await views("/v/")).map(({ page_number }) => page_number).sort()).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
      "7",
    ]);
    expect(visitor.problems).toEqual([]);
  },
  120_000,
);

test("a page that was paid for is one visit, however often it is reloaded or come back to", async () => {
  await using visitor = await visit(on.browser);
  const { page } = visitor;
  await open(page, "/ad/page?gclid=1", "https://www.google.com/");
  await page.reload();
  await page.reload();
  await open(page, "/ad/next", `${on.pages.url}/ad/page`);
  await page.goBack();
  await page.goto("about:blank");
  await expect.poll(async () => (await views("/ad/")).length).toBe(5);
  await expect.poll(() => groups("visits?by=path", "/ad/")).toEqual({ "/ad/page": 1 });
  expect(new Set((await views("/ad/")).map(({ channel }) => channel))).toEqual(new Set(["paid"]));
});

test("somebody who comes from elsewhere begins another visit, and one's own hosts are not elsewhere", async () => {
  await using visitor = await visit(on.browser);
  const { page } = visitor;
  await open(page, "/e/one", "https://chatgpt.com/");
  await open(page, "/e/two", "https://shop.example.com/", 'data-hosts="shop.example.com,b.example"');
  await open(page, "/e/three", "https://news.example/");
  await open(page, "/e/four?utm_source=newsletter");
  await page.goto("about:blank");
  await expect.poll(async () => (await views("/e/")).length).toBe(4);
  const order: (string | undefined)[] = ["/e/one", "/e/two", "/e/three", "/e/four"];
  const rows = (await views("/e/")).map(({ path, page_number, channel, entry_path }) => [
    path,
    page_number,
    channel,
    entry_path,
  ]);
  // By path: each request corrects the clock anew, so times of pages that follow fast may change places.
  expect(rows.sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]))).toEqual([
    ["/e/one", "1", "ai", "/e/one"],
    ["/e/two", "2", "ai", "/e/one"],
    ["/e/three", "1", "referral", "/e/three"],
    ["/e/four", "1", "email", "/e/four"],
  ]);
});

test("a visitor who is known again brings the last source to a direct visit, and keeps the first", async () => {
  await using visitor = await visit(on.browser);
  const { page } = visitor;
  const known = 'data-visitor="persistent"';
  await page.clock.install({ time: Date.now() - 3 * 3_600_000 });
  await open(page, "/k/one?utm_campaign=k-first", "https://t.co/", known);
  await page.goto("about:blank");
  await page.clock.fastForward(40 * 60_000);
  await open(page, "/k/two?utm_campaign=k-last", "https://www.google.com/", known);
  await page.goto("about:blank");
  await page.clock.fastForward(40 * 60_000);
  await open(page, "/k/three", undefined, known);
  await page.goto("about:blank");
  await expect.poll(() => pathsOf("/k/")).toEqual(["/k/one", "/k/three", "/k/two"]);
  const rows = (await views("/k/")).map((row) => [
    row.path,
    row.page_number,
    row.channel,
    row.utm_campaign,
    row.first_channel,
    row.first_utm_campaign,
  ]);
  // In any order: the page's clock is hours late, so each is taken to have happened when it arrived.
  expect(new Set(rows)).toEqual(
    new Set([
      ["/k/one", "1", "social", "k-first", "social", "k-first"],
      ["/k/two", "1", "search", "k-last", "social", "k-first"],
      ["/k/three", "1", "search", "k-last", "social", "k-first"],
    ]),
  );
});

test("a visit begins with its first page, and not with a click in a tab that was left open", async () => {
  await using visitor = await visit(on.browser);
  const { page } = visitor;
  await page.clock.install({ time: Date.now() - 3_600_000 });
  await open(page, "/i/a");
  await page.clock.fastForward(40 * 60_000);
  await page.evaluate(() => window.daymark?.("looked"));
  await open(page, "/i/b", `${on.pages.url}/i/a`);
  await open(page, "/i/c", `${on.pages.url}/i/b`);
  await page.goto("about:blank");
  await expect.poll(() => pathsOf("/i/")).toEqual(["/i/a", "/i/b", "/i/c"]);
  const from = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
  await expect.poll(() => groups(`visits?by=path&from=${from}`, "/i/")).toEqual({ "/i/a": 1, "/i/b": 1 });
  expect(await groups(`bounces?by=path&from=${from}`, "/i/")).toEqual({ "/i/a": 1 });
  const entries = (await views("/i/")).map(({ path, page_number, entry_path }) => [path, page_number, entry_path]);
  expect(new Map(entries.map(([path, ...rest]) => [path, rest]))).toEqual(
    new Map([
      ["/i/a", ["1", "/i/a"]],
      ["/i/b", ["1", "/i/b"]],
      ["/i/c", ["2", "/i/b"]],
    ]),
  );
});
