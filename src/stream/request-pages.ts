/**
 * On which pages of the ledger the copies of a request meet. Most clients make ids that carry the minute in which they
 * were made (version 7 UUIDs): that minute is the page, however late a copy arrives. For any other id there are two
 * pages: the five minutes in which collect received the copy, and the five before. So copies received within five
 * minutes of each other share a page.
 *
 * Ids come from outside, so no page may grow without end: a page takes a bounded number of batches, ever, and later
 * ones go to the 16 pages below it, each request to the one that its hash selects. A minute is believed only near the
 * time of receipt: otherwise anybody could fill a page that belongs to somebody else. Imports (a trusted key) are
 * always believed: their ids carry the minute of a log line, so that a repeated import counts once whenever it is sent.
 * https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */

const MINUTE_MS = 60_000;
const WINDOW_MS = 5 * MINUTE_MS;
/** As long as the ledger is kept. */
const BELIEVED_MS = 8 * 24 * 60 * MINUTE_MS;

/** How far a client's clock may be ahead. */
const AHEAD_MS = 60 * MINUTE_MS;

/** How many levels of pages there may be: to get 7 deep takes thousands of batches whose requests agree in 28 bits. */
export const DEEPEST_PAGE = 7;

export type Sent = { batchId: string; receivedAt: string; trusted: boolean };

/** `window` says in which five minutes this copy was received, if its id carries no minute that can be believed. */
export type PagesOf = { pages: readonly string[]; window: number | undefined };

/** The pages of a request's copy. With a window, the page of the window before comes first. */
export function pagesOf({ batchId, receivedAt, trusted }: Sent): PagesOf {
  const received = Date.parse(receivedAt);
  const made = batchId[14] === "7" ? Number.parseInt(batchId.slice(0, 8) + batchId.slice(9, 13), 16) : Number.NaN;
  const isNear = made > received - BELIEVED_MS && made < received + AHEAD_MS;
  if (trusted ? !Number.isNaN(made) : isNear) return { pages: [`m${Math.floor(made / MINUTE_MS)}`], window: undefined };
  const window = Math.floor(received / WINDOW_MS);
  return { pages: [`w${window - 1}`, `w${window}`], window };
}

/** The window that a page is named after; undefined for the page of a minute. */
export function windowOf(page: string): number | undefined {
  return page.startsWith("w") ? Number.parseInt(page.slice(1), 10) : undefined;
}

/** The page below a full one that a request goes to. `request` is its hash in hexadecimal. */
export function pageBelow(page: string, request: string): string {
  const depth = depthOf(page);
  return `${page}${depth === 0 ? "/" : ""}${request[depth]}`;
}

/** How many pages are above this one. */
export function depthOf(page: string): number {
  const at = page.indexOf("/");
  return at < 0 ? 0 : page.length - at - 1;
}
