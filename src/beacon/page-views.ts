/**
 * Records pages as they are seen: `page_view` when one is first shown, also within a single-page app, and `page_leave`,
 * with the time it was visible, each time it is left or hidden. A page that nobody has looked at yet (prerendered, or
 * opened in the background) has no view. A different query or fragment is not a different page; a view of one is
 * reported with `daymark("page_view")`.
 */
import { page } from "./page.ts";
import { flush, record } from "./record.ts";
import { listen, safely } from "./safely.ts";
import { uuidV7 } from "./uuid-v7.ts";

let path: string | undefined;
let view: string;
let visibleSince = 0;

/** Starts watching the page. */
export const watchPages = (): void => {
  for (const method of ["pushState", "replaceState"] as const) {
    const change = history[method];
    history[method] = (...state) => {
      change.apply(history, state);
      look();
    };
  }
  listen("popstate", look);
  listen("pageshow", look);
  listen("visibilitychange", look);
  listen("pagehide", hide);
  look();
};

const look = safely((event?: Partial<PageTransitionEvent>): void => {
  if (document.hidden) {
    hide();
    return;
  }
  const { href, pathname } = location;
  // A page from the back/forward cache (`persisted`) still has its whole state, and is shown again.
  if (pathname !== path || event?.persisted) {
    leave();
    page.referrer = page.url || document.referrer;
    page.url = href.split("#")[0] as string;
    view = uuidV7();
    // When an app goes to a page, the document still has the previous page's title; later events have the new one.
    record("page_view", { event_id: view, title: path ? undefined : document.title });
    path = pathname;
  }
  visibleSince ||= Date.now();
});

const leave = (): void => {
  if (visibleSince) record("page_leave", { view, ms: Date.now() - visibleSince });
  visibleSince = 0;
};

const hide = (): void => {
  leave();
  flush(true);
};
