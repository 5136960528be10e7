/**
 * What tests of the beacon on other people's pages share: a browser, a site, and for each test a collector that takes
 * what is sent.
 */
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type Browser, type Visitor, visit } from "../browser/chromium.ts";
import { type Pages, startPages } from "../browser/pages.ts";
import { sharedBrowser } from "../browser/shared.ts";
import { type Collector, type SentEvent, startCollector } from "./collector.ts";

type Opened = {
  /** Runs in the page before anything else. */
  before?: () => unknown;
  /** What is behind the beacon's script. */
  html?: string;
  /** What is in front of it. */
  first?: string;
  query?: string;
  /** More attributes of the script. */
  attributes?: string;
};

/** Call it once, outside of tests. */
export function onPages() {
  let browser: Browser;
  let pages: Pages;
  let collector: Collector;
  beforeAll(async () => {
    browser = await sharedBrowser();
    pages = await startPages();
  });
  afterAll(async () => {
    await browser.close();
    await pages[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    collector = await startCollector();
    return () => collector[Symbol.asyncDispose]();
  });
  const sent = (name: string): SentEvent[] => collector.events().filter((event) => event.name === name);
  return {
    get browser() {
      return browser;
    },
    get site() {
      return pages;
    },
    /** Another one for each test. */
    get collector() {
      return collector;
    },
    names: () => collector.events().map(({ name }) => name),
    sent,
    targets: (name: string) => sent(name).map(({ target }) => target),
    /** `page_view /a` for each event with an address of the site, in order. */
    seen: () => collector.events().map(({ name, url }) => `${name} ${String(url).replace(pages.url, "")}`),
    /** A page with the beacon, shown to somebody new. */
    async open(
      path: string,
      { before, html = "", first = "", query = "", attributes = "" }: Opened = {},
    ): Promise<Visitor> {
      const visitor = await visit(browser);
      if (before !== undefined) await visitor.page.addInitScript(before);
      await visitor.page.goto(
        pages.put(path, first + collector.script.replace("data-key", `${attributes} data-key`) + html) + query,
      );
      return visitor;
    },
    /** Leaves a page, so that everything is sent. */
    async leave({ page }: Visitor): Promise<void> {
      await page.goto("about:blank");
    },
  };
}
