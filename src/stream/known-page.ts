/**
 * What is known about a page of the ledger: which batches have entered it, in an order that is the same for everybody
 * for ever, and what they hold. From this each batch can work out alone, and again on every retry, which of its events
 * count.
 *
 * A request whose id carries no minute has two pages. Each has an order of its own, and two batches that arrive at the
 * same time may be in different orders on them. So each question is answered by one page alone. Which of the copies
 * from the same five minutes counts: their first page decides. Whether those copies or the ones from the next five
 * minutes count: the page that both share decides.
 */
import { holds, type PackedClaim, readClaims, windowByte } from "./request-claims.ts";
import { windowOf } from "./request-pages.ts";

type Entry = { position: number; claim: PackedClaim };
/**
 * `batches` says how many batches have been read; `own` is the window that the page is named after, as claims carry it,
 * `next` the one after it.
 */
export type KnownPage = { batches: number; requests: Map<string, Entry[]>; own: number; next: number };

/** A page about which nothing is known yet. */
export function emptyPage(name: string): KnownPage {
  const window = windowOf(name);
  const next = window === undefined ? 0 : windowByte(window + 1);
  return { batches: 0, requests: new Map(), own: windowByte(window), next };
}

/**
 * Reads the claims of the batches at `position`, `position + 1`, … and skips those read before. It keeps a copy of their
 * bytes: what was read from the table lies in blocks of 64 KB that Node shares out, and 100 bytes would keep one whole.
 */
export function readOn(page: KnownPage, position: number, batches: readonly Uint8Array[]): void {
  for (const packed of batches.slice(page.batches - position)) {
    readClaims(new Uint8Array(packed), (claim) => {
      if (claim.window !== page.own && claim.window !== page.next) return;
      const entries = page.requests.get(claim.request);
      const entry = { position: page.batches, claim };
      if (entries === undefined) page.requests.set(claim.request, [entry]);
      else entries.push(entry);
    });
    page.batches++;
  }
}

/**
 * A page as a batch has entered it: the full pages above it, whose batches all came before, then the page itself, on
 * which the batch is at `position`.
 */
export type Entered = { above: readonly KnownPage[]; page: KnownPage; position: number };

export type Asked = { request: string; window: number | undefined; event: number };

/** Whether another copy of the event counts instead of the entering batch's, as far as this page can tell. */
export function isRepeat(entered: Entered, { request, window, event }: Asked): boolean {
  const { page } = entered;
  const here = rankOf(entered.above.length, entered.position);
  const first = (of: number) => firstRank(entered, { request, event, window: of });
  if (window === undefined) return first(page.own) < here;
  const earlier = first(page.own);
  const later = first(page.next);
  // This page is the second page of copies from the window before.
  return windowByte(window) === page.own ? later < earlier : earlier < later || later < here;
}

const nothing: readonly Entry[] = [];

/** The rank of the first batch that holds the event in a copy from `window` (as claims carry it). */
function firstRank({ above, page }: Entered, { request, event, window }: Asked & { window: number }): number {
  for (let depth = 0; depth <= above.length; depth++) {
    const entries = (above[depth] ?? page).requests.get(request) ?? nothing;
    const found = entries.find((entry) => entry.claim.window === window && holds(entry.claim, event));
    if (found !== undefined) return rankOf(depth, found.position);
  }
  return Number.POSITIVE_INFINITY;
}

/** Batches rank by their position on a page, and all batches of a page rank before those of the pages below it. */
function rankOf(depth: number, position: number): number {
  return depth * 2 ** 32 + position;
}
