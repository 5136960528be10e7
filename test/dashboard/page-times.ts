/**
 * Measures the dashboard in Chromium, with an API that answers immediately, and prints `PageTimes` as JSON: see
 * bench/speed/dashboard-page.ts.
 */
import { type Browser, launch } from "../browser/chromium.ts";
import { startFixture } from "./fixture-api.ts";
import { openPage } from "./open-page.ts";

/** In ms: from opening the page until today's number is shown, and from data to a drawn chart of a year by day. */
type PageTimes = { paints: number[]; drawings: number[] };

const LOADS = 15;
const DRAWINGS = 10;

await using fixture = await startFixture();
const browser = await launch();
try {
  const paints: number[] = [];
  for (let i = 0; i < LOADS; i++) paints.push(await firstUsefulPaint(browser, fixture.url));
  const times: PageTimes = { paints, drawings: await yearDrawings(browser, fixture.url) };
  console.log(JSON.stringify(times));
} finally {
  await browser.close();
}

/** In a new context, so with an empty cache. */
async function firstUsefulPaint(browser: Browser, url: string): Promise<number> {
  await using visitor = await openPage(browser, url, { token: "" });
  const { context, page } = visitor;
  await context.addInitScript(() => {
    sessionStorage.setItem("daymark.token", "rt_local");
    const observer = new MutationObserver(() => {
      if (document.querySelector("[data-testid=today]") === null) return;
      observer.disconnect();
      requestAnimationFrame(() => performance.mark("useful"));
    });
    observer.observe(document, { childList: true, subtree: true });
  });
  await page.reload();
  await page.waitForFunction(() => performance.getEntriesByName("useful").length > 0);
  return await page.evaluate(() => performance.getEntriesByName("useful")[0]?.startTime ?? Number.NaN);
}

/** The page measures its own drawing (src/dashboard/chart/chart.tsx). */
async function yearDrawings(browser: Browser, url: string): Promise<number[]> {
  await using visitor = await openPage(browser, url, { search: "?range=12m" });
  const { page } = visitor;
  await page.getByTestId("total").waitFor();
  for (let i = 0; i < DRAWINGS; i++)
    for (const interval of ["week", "day"]) await page.getByLabel("Points").selectOption(interval);
  return await page.evaluate(() =>
    performance
      .getEntriesByName("daymark:chart")
      .flatMap((entry) => (entry instanceof PerformanceMeasure && entry.detail === 365 ? [entry.duration] : [])),
  );
}
