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

/** The fields of an event of this name that say so. */
export const visitFields = (name: string): object => {
  const now = Date.now();
  const isPage = name === "page_view";
  const source = isPage ? takeArrival() : undefined;
  let [id, last, began, pages, path, url, referrer] = read<Visit>("daymark.session");
  // Subtraction reads the numbers out of the texts.
  if (!(now - last < 1_800_000 && now - began < 86_400_000) || source !== undefined) {
    // Who leaves a page after so long begins nothing.
    if (name === "page_leave") return { session_id: id };
    [id, last, began, pages] = [uuidV7(), now, now, 0];
    [url, referrer] = entry(now, source);
  }
  const previous = path;
  if (isPage) {
    pages++;
    path = location.pathname;
  }
  put("daymark.session", [id, now, began, pages, path, url, referrer].join(" "));
  const [, , , first, firstReferrer] = page.visitor_id ? read<Touches>("daymark.touch") : [];
  return {
    session_id: id,
    // What is not about a page says so too, and the server passes over it: that is shorter than to leave it out.
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

/**
 * How a visit begins that has this source, or none. A visitor who is known again keeps the last source for 90 days, and the first for
 * good.
 */
const entry = (now: number, source: string | undefined): [url: string, referrer: string] => {
  const place = `${location.origin + location.pathname}?`;
  let [query, referrer] = source === undefined ? ["", ""] : [campaignOf(location.search), source];
  if (page.visitor_id) {
    let [at, lastQuery, lastReferrer, first, firstReferrer] = read<Touches>("daymark.touch");
    if (source !== undefined) at = now;
    else if (now - at < 7_776_000_000) [query, referrer] = [lastQuery, lastReferrer];
    put("daymark.touch", [+at, query, referrer, first ?? place + query, firstReferrer ?? referrer].join(" "));
  }
  return [place + query, referrer];
};
