/**
 * On which pages of the ledger the copies of a request meet. Most clients make ids that carry the minute in which they were made
 * (version 7 UUIDs): that minute is the page, however late a copy comes. For any other id the pages are the five minutes in
 * which collect received it and the five before, so that copies received within five minutes share a page.
 *
 * Ids come from outside, so no page may grow without end: a page takes a bounded number of batches for ever, and the next ones
 * enter 16 pages below it, each request on the one that its hash says. A minute is believed only near the time of receipt: with
 * any other, one page would be everybody's who wants to fill it. Imports (a trusted key) are believed: their ids carry the minute
 * of a line, so that a repeated import counts once whenever it comes.
 * https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */

const MINUTE_MS = 60_000;
const WINDOW_MS = 5 * MINUTE_MS;
/** As long as the ledger is kept; and what a client's clock may be ahead. */
const BELIEVED_MS = 8 * 24 * 60 * MINUTE_MS;
const AHEAD_MS = 60 * MINUTE_MS;

/** How deep pages may stand below each other: 7 deep they have taken thousands of batches with requests alike in 28 bits. */
export const DEEPEST_PAGE = 7;

export type Sent = { batchId: string; receivedAt: string; trusted: boolean };

/** `window` says in which five minutes this copy was received, for ids without a minute that can be believed. */
export type PagesOf = { pages: readonly string[]; window: number | undefined };

/** The pages of a request's copy; of those with a window the first is the one before it. */
export function placeOf({ batchId, receivedAt, trusted }: Sent): PagesOf {
  const received = Date.parse(receivedAt);
  const made = batchId[14] === "7" ? Number.parseInt(batchId.slice(0, 8) + batchId.slice(9, 13), 16) : Number.NaN;
  const isNear = made > received - BELIEVED_MS && made < received + AHEAD_MS;
  if (trusted ? !Number.isNaN(made) : isNear) return { pages: [`m${Math.floor(made / MINUTE_MS)}`], window: undefined };
  const window = Math.floor(received / WINDOW_MS);
  return { pages: [`w${window - 1}`, `w${window}`], window };
}

/** The window that a page is named after; undefined for a page of a minute. */
export function windowOf(page: string): number | undefined {
  return page.startsWith("w") ? Number.parseInt(page.slice(1), 10) : undefined;
}

/** The page below a full one on which a request goes on. `request` is its hash in hexadecimal. */
export function pageBelow(page: string, request: string): string {
  const depth = depthOf(page);
  return `${page}${depth === 0 ? "/" : ""}${request[depth]}`;
}

/** How many pages stand above this one. */
export function depthOf(page: string): number {
  const at = page.indexOf("/");
  return at < 0 ? 0 : page.length - at - 1;
}
