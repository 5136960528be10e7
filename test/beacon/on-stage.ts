/**
 * What tests of the beacon share that look at what was stored and counted: a browser, pages of a site, and the whole of
 * stage `local` behind them.
 */
import { afterAll, beforeAll } from "vitest";
import type { Browser } from "../browser/chromium.ts";
import { type Daymark, startDaymark } from "../browser/daymark.ts";
import { type Pages, startPages } from "../browser/pages.ts";
import { sharedBrowser } from "../browser/shared.ts";

/** Call it once, outside of tests. */
export function onStage() {
  let browser: Browser;
  let pages: Pages;
  let daymark: Daymark;
  beforeAll(async () => {
    [browser, pages, daymark] = await Promise.all([sharedBrowser(), startPages(), startDaymark()]);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await pages[Symbol.asyncDispose]();
    await daymark[Symbol.asyncDispose]();
  });
  return {
    get browser() {
      return browser;
    },
    get pages() {
      return pages;
    },
    get daymark() {
      return daymark;
    },
    /** The `<script>` that adds the beacon to a page. */
    script: (attributes = "") =>
      `<script defer src="${daymark.url}/beacon.js" data-key="wk_local" ${attributes}></script>`,
  };
}
