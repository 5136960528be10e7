/** Pages of a site, shown by a browser, with the whole of stage `local` behind them: what a file of such tests starts. */
import type { Browser } from "./chromium.ts";
import { type Daymark, startDaymark } from "./daymark.ts";
import { type Pages, startPages } from "./pages.ts";
import { sharedBrowser } from "./shared.ts";

type PagesOnStage = { browser: Browser; pages: Pages; daymark: Daymark } & AsyncDisposable;

export async function startPagesOnStage(): Promise<PagesOnStage> {
  const [browser, pages, daymark] = await Promise.all([sharedBrowser(), startPages(), startDaymark()]);
  return {
    browser,
    pages,
    daymark,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await pages[Symbol.asyncDispose]();
      await daymark[Symbol.asyncDispose]();
    },
  };
}
