/**
 * Pages as they are seen: `page_view` when one is shown for the first time, also within a single-page app, and `page_leave`
 * with the time that it was visible, each time it is left or hidden. A page that nobody has looked at yet (prerendered, or
 * opened in the background) has no view. Another query or
 * fragment is no other page; what is seen there is reported with `daymark("page_view")`.
 */
import { page } from "./page.ts";
import { flush, record } from "./record.ts";
import { listen, safely } from "./safely.ts";
import { uuidV7 } from "./uuid-v7.ts";

let path: string | undefined;
let view: string;
let visibleSince = 0;

/** Watches over the page from now on. */
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
  // Out of the back/forward cache (`persisted`) a page comes with all it had, and is shown once more.
  if (pathname !== path || event?.persisted) {
    leave();
    page.referrer = page.url || document.referrer;
    page.url = href.split("#")[0] as string;
    view = uuidV7();
    // The title of a page that an app goes to is still that of the one before; its other events will have it.
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
