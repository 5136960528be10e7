/**
 * Watches the page twice a second: an app may go to a page in any way, elements come and change, and a machine may sleep.
 * Records pages as they are seen: `page_view` when one is first shown, also within a single-page app, and `page_leave`,
 * with the time it was visible, each time it is left or hidden. A page that nobody has looked at yet (prerendered, or
 * opened in the background) has no view. A different query or fragment is not a different page; a view of one is
 * reported with `daymark("page_view")`.
 */
import { click } from "./clicks.ts";
import { search, see } from "./impressions.ts";
import { resume } from "./outbox.ts";
import { addressOf, ofDocument, withoutQuery } from "./page.ts";
import { type Fields, hide, record, shown, watchTime } from "./record.ts";
import { safely } from "./safely.ts";

export const look = safely((event?: Partial<PageTransitionEvent>): void => {
  // On the window and before the page, whose own listeners may stop an event. Listening again changes nothing, except
  // where `document.open()` has ended it.
  for (const type of Object.keys(listeners)) addEventListener(type, listeners[type] as EventListener, true);
  if (!ofDocument("hidden")) {
    // A page from the back/forward cache (`persisted`) still has its whole state, and is shown again.
    if (event?.persisted || withoutQuery(addressOf()) !== withoutQuery(shown))
      // When an app goes to a page, the document still has the previous page's title; later events have the new one.
      record("page_view", (shown && { title: undefined }) as Fields);
    watchTime();
    search(document, new IntersectionObserver(see));
  } else hide();
});

const listeners: Record<string, (event: never) => void> = {
  click,
  auxclick: click,
  visibilitychange: look,
  pageshow: look,
  pagehide: hide,
  online: resume,
};
