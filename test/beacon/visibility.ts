/** Hides and shows a page as switching tabs would: in a headless browser, every tab is in front. */
import type { Page } from "playwright-core";

/** Before a navigation, this is the state in which the page starts; afterwards, the state changes. */
export async function setVisibility(page: Page, state: "hidden" | "visible"): Promise<void> {
  const set = (value: "hidden" | "visible") => {
    // Where browsers have them, so that a page's elements may have these names.
    Object.defineProperty(Document.prototype, "visibilityState", { configurable: true, get: () => value });
    Object.defineProperty(Document.prototype, "hidden", { configurable: true, get: () => value === "hidden" });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  };
  if (page.url() === "about:blank") await page.addInitScript(set, state);
  else await page.evaluate(set, state);
}
