/** One session as people have them, from Chromium to the answers: every number of it is right. */
import { expect, test } from "vitest";
import { type Page, visit } from "../browser/chromium.ts";
import { onStage } from "./on-stage.ts";

const on = onStage();

async function open(page: Page, path: string, referer: string): Promise<void> {
  const [place = ""] = path.split("?");
  on.pages.put(place, `${on.script()}<label data-daymark-click="agree"><input type="checkbox">${place}</label>`);
  await page.goto(on.pages.url + path, { referer });
}
type Answer = { total: number; groups?: { key: string; value: number }[] };
async function total(question: string): Promise<number> {
  return (await on.daymark.ask(`/v1/metrics/${question}`)).total;
}
async function groups(question: string): Promise<Record<string, number>> {
  const { groups: found = [] } = (await on.daymark.ask(`/v1/metrics/${question}`)) as Answer;
  return Object.fromEntries(found.map(({ key, value }) => [key, value]));
}

test("five pages with a campaign, a sign-in, a payment, a reload, Back and two tabs are one visit in every number", async () => {
  await using visitor = await visit(on.browser);
  const { page } = visitor;
  await open(page, "/s/landing?utm_source=kakao&utm_campaign=spring&utm_medium=cpc", "https://www.google.com/");
  await open(page, "/s/list", `${on.pages.url}/s/landing`);
  await page.evaluate(() => history.pushState({}, "", "/s/list?page=2"));
  await open(page, "/s/account", "https://accounts.google.com/");
  await page.click("label");
  await open(page, "/s/pay", `${on.pages.url}/s/account`);
  await open(page, "/s/done", "https://checkout.stripe.com/");
  await page.evaluate(() => window.daymark?.("payment", { amount: 9900, currency: "KRW" }));
  await page.reload();
  await page.goBack();
  const tab = await visitor.context.newPage();
  await open(tab, "/s/list", `${on.pages.url}/s/landing`);
  // The tabs are closed one after the other; the last page of the visit is the second tab's.
  await page.goto("about:blank");
  await tab.goto("about:blank");

  await expect.poll(() => total("page_views")).toBe(8);
  await expect.poll(async () => (await on.daymark.stored("name = 'page_leave'")).length).toBe(8);
  const seen = { "/s/landing": 1, "/s/list": 2, "/s/account": 1, "/s/pay": 2, "/s/done": 2 };
  expect(await groups("page_views?by=path")).toEqual(seen);
  expect(await groups("page_views?by=channel")).toEqual({ paid: 8 });
  for (const one of ["visits", "entries"]) expect(await groups(`${one}?by=path`)).toEqual({ "/s/landing": 1 });
  for (const one of ["visits", "payments", "clicks", "visitors"]) expect([one, await total(one)]).toEqual([one, 1]);
  expect(await groups("exits?by=path")).toEqual({ "/s/list": 1 });
  expect(await groups("bounces?by=path")).toEqual({});
  expect(await total("bounce_rate")).toBe(0);
  expect(await total("pages_per_visit")).toBe(8);
  expect(await groups("visits?by=utm_campaign")).toEqual({ spring: 1 });
  expect(await groups("clicks?by=target")).toEqual({ agree: 1 });
  for (const [by, key] of [
    ["utm_campaign", "spring"],
    ["channel", "paid"],
  ])
    expect(await groups(`revenue?by=${by}&currency=KRW`)).toEqual({ [String(key)]: 9900 });

  const stored = await on.daymark.stored();
  const elapsed = stored.reduce((sum, { elapsed_ms }) => sum + Number(elapsed_ms ?? 0), 0);
  expect(await total("visit_duration")).toBe(elapsed);
  const times = stored.map(({ occurred_at }) => Date.parse(`${occurred_at?.replace(" ", "T")}Z`));
  // The clock is corrected by each request's delay, so first and last are as far apart, give or take a delay.
  expect(Math.abs(elapsed - (Math.max(...times) - Math.min(...times)))).toBeLessThan(3000);
  expect(new Set(stored.map(({ session_id }) => session_id)).size).toBe(1);
  expect(new Set(stored.map(({ entry_path }) => entry_path))).toEqual(new Set(["/s/landing"]));
  const seenFor = stored
    .filter(({ name }) => name === "page_leave")
    .map(({ properties }) => JSON.parse(properties ?? "").ms);
  expect(Math.min(...seenFor)).toBeGreaterThanOrEqual(0);
  expect(visitor.problems).toEqual([]);
}, 120_000);

test("pages with addresses of their own have exits that add up", async () => {
  await using visitor = await visit(on.browser);
  await open(visitor.page, "/app", "https://t.co/");
  await visitor.page.evaluate(async () => {
    for (const url of ["/virtual/a?x=1", "/virtual/b", "/virtual/a"]) {
      window.daymark?.("page_view", { url });
      await new Promise((done) => setTimeout(done, 30));
    }
  });
  await visitor.page.goto("about:blank");
  await expect.poll(() => total("page_views?path=/virtual/a")).toBe(2);
  const exits = await groups("exits?by=path");
  expect(exits).toMatchObject({ "/virtual/a": 1 });
  expect(Object.entries(exits).filter(([, value]) => value < 0)).toEqual([]);
  expect(exits["/app"] ?? 0).toBe(0);
  expect(exits["/virtual/b"] ?? 0).toBe(0);
});
