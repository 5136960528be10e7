/**
 * The visit that an event belongs to. It ends after half an hour without an event, after a day, and when somebody comes from
 * elsewhere; all tabs of the site are in the same. Each event says what it adds and how the visit began, so that the server need not
 * remember anything.
 */
import { campaignOf } from "./arrival.ts";
import { page, withoutQuery } from "./page.ts";
import { put, store } from "./store.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** In the store, with a blank between: no address has one. `at` is the time of the last arrival; `first` is of the first visit. */
type Visit = [
  ...[id: string, last: number, began: number, pages: number, path: string, url: string, referrer: string],
  ...[at: number, first: string, firstReferrer: string],
];

/** The fields with which an event describes its visit. */
export const visitFields = (name: string, isPage: boolean, time: number, address: string, arrives: unknown): object => {
  const here = withoutQuery(address);
  let [id, last, began, pages, path, url, referrer, at, first, firstReferrer] = (store["daymark.session"] ?? "").split(
    " ",
  ) as unknown as Visit;
  // Subtraction reads the numbers out of the texts. After a clock was put back for long, a visit is over as well.
  let begins = arrives || !(Math.abs(time - last) < 1_800_000 && time - began < 86_400_000);
  if (begins) {
    // Leaving a page after so long does not begin a visit.
    if (name === "page_leave") return { session_id: id };
    id = uuidV7();
    pages = 0;
  }
  // A visit begins with its first page, and not with a click in a tab that was left open.
  if (isPage) begins = !pages++;
  if (begins) {
    began = time;
    if (arrives) {
      at = time;
      url = location.search;
      referrer = page.referrer as string;
    }
    // A visitor who is known again keeps the last source for 92 days, and the first for good.
    else if (!(page.visitor_id && time - at < 8_000_000_000)) url = referrer = "";
    url = `${here}?${campaignOf(url)}`;
    if (!page.visitor_id) first = firstReferrer = "";
    else if (!first) {
      first = url;
      firstReferrer = referrer;
    }
  }
  put(
    "daymark.session",
    [id, time, began, pages, isPage ? here : path, url, referrer, at, first, firstReferrer].join(" "),
  );
  // In this order the server reads them (src/collect/event/visit-state.ts), and computes the rest: names are long.
  return { session_id: id, visit: [pages, path, last, began, url, referrer, first, firstReferrer] };
};
