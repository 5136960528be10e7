/**
 * The visit that an event belongs to. It ends after half an hour without an event, after a day, and when somebody comes from
 * elsewhere; all tabs of the site are in the same. Each event says what it adds and how the visit began, so that the server need not
 * remember anything.
 */
import { campaignOf, takeArrival } from "./arrival.ts";
import { page } from "./page.ts";
import { put, store } from "./store.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** In the store, with a blank between: no address has one. */
type Visit = [id: string, last: number, began: number, pages: number, path: string, url: string, referrer: string];
type Touches = [at: number, query: string, referrer: string, firstUrl: string, firstReferrer: string];

const read = <T>(key: string): T => (store[key] ?? "").split(" ") as T;

/** The fields with which an event of this name describes its visit. */
export const visitFields = (name: string): object => {
  const now = Date.now();
  const isPage = name === "page_view";
  const source = isPage ? takeArrival() : undefined;
  let [id, last, began, pages, path, url, referrer] = read<Visit>("daymark.session");
  // Subtraction reads the numbers out of the texts.
  let begins = !(now - last < 1_800_000 && now - began < 86_400_000) || source !== undefined;
  if (begins) {
    // Leaving a page after so long does not begin a visit.
    if (name === "page_leave") return { session_id: id };
    [id, last, pages] = [uuidV7(), now, 0];
  }
  const previous = path;
  if (isPage) {
    // A visit begins with its first page, and not with a click in a tab that was left open.
    begins = !pages++;
    path = location.pathname;
  }
  let [at, query, from, first, firstReferrer] = read<Touches>(page.visitor_id ? "daymark.touch" : "");
  if (begins) {
    began = now;
    if (source !== undefined) [at, query, from] = [now, campaignOf(location.search), source];
    // A visitor who is known again keeps the last source for 90 days, and the first for good.
    else if (!(now - at < 7_776_000_000)) query = from = "";
    url = `${location.origin + location.pathname}?${query}`;
    referrer = from;
    if (page.visitor_id) {
      first ??= url;
      firstReferrer ??= from;
      put("daymark.touch", [+at, query, from, first, firstReferrer].join(" "));
    }
  }
  put("daymark.session", [id, now, began, pages, path, url, referrer].join(" "));
  return {
    session_id: id,
    // Other events send the page's fields as well, and the server ignores them: that is shorter than leaving them out.
    page_number: +pages || undefined,
    previous_path: previous,
    // Before its first page a visit has no time. Clocks go back, and some have fractions.
    elapsed_ms: +pages && Math.max(0, now - last) | 0,
    visit_ms: Math.max(0, now - began) | 0,
    entry_url: url,
    entry_referrer: referrer,
    first_url: first,
    first_referrer: firstReferrer,
  };
};
