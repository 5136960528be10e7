/** Starts the beacon, once per page. */
import { page } from "./page.ts";
import { isPrivate, optOut } from "./privacy.ts";
import { type Daymark, type Fields, record } from "./record.ts";
import { configure, type Settings } from "./settings.ts";
import { put, store } from "./store.ts";
import { uuidV7 } from "./uuid-v7.ts";
import { look } from "./watch.ts";

declare global {
  interface Window {
    daymark?: Daymark;
  }
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}

/** Does nothing if the page already has a running beacon. */
export const start = (base: string, settings: Partial<Settings>): void => {
  const before = window.daymark;
  if (before?.optOut) return;
  configure(base, settings);
  if (settings.visitor === "persistent" && !isPrivate()) {
    // Without this the server derives an id that changes every day.
    // biome-ignore lint/suspicious/noAssignInExpressions: it is shorter
    put("daymark.visitor", (page.visitor_id = store["daymark.visitor"] ?? uuidV7()));
  }
  record.optOut = optOut;
  window.daymark = record;
  look();
  setInterval(look, 500);
  // Several addresses before anybody can see a page are one page: the last.
  window.navigation?.addEventListener?.("currententrychange", () => setTimeout(look, 9));
  for (const call of (before?.q ?? []) as [string, Fields?][]) record(...call);
};
