/**
 * What is known of a page of the ledger: which batches have entered it, in the order that is the same for everybody for ever, and
 * what they hold. From it each batch can tell alone, and again on every retry, which of its events count.
 *
 * The two pages of a request without a minute have orders of their own, in which batches that come at the same time may stand
 * differently. So each question is answered by one page alone: which of the copies of the same five minutes counts, by the first
 * page of theirs; and whether those or the ones of the next five minutes count, by the page that they share.
 */
import { holds, type PackedClaim, readClaims, windowByte } from "./request-claims.ts";
import { windowOf } from "./request-pages.ts";

type Entry = { place: number; claim: PackedClaim };
/** `batches` have been read; `own` is the window that the page is named after, as claims carry it. */
export type KnownPage = { batches: number; requests: Map<string, Entry[]>; own: number; next: number };

/** A page of which nothing is known yet. */
export function emptyPage(name: string): KnownPage {
  const window = windowOf(name);
  const next = window === undefined ? 0 : windowByte(window + 1);
  return { batches: 0, requests: new Map(), own: windowByte(window), next };
}

/** Reads the claims of the batches at `place`, `place + 1`, … What was read before is passed over. */
export function readOn(page: KnownPage, place: number, batches: readonly Uint8Array[]): void {
  for (const packed of batches.slice(page.batches - place)) {
    readClaims(packed, (claim) => {
      if (claim.window !== page.own && claim.window !== page.next) return;
      const entries = page.requests.get(claim.request);
      const entry = { place: page.batches, claim };
      if (entries === undefined) page.requests.set(claim.request, [entry]);
      else entries.push(entry);
    });
    page.batches++;
  }
}

/**
 * A page as a batch has entered it: the full pages above it, all of whose batches came before, then the one on which it stands at
 * `place`.
 */
export type Entered = { above: readonly KnownPage[]; page: KnownPage; place: number };

export type Asked = { request: string; window: number | undefined; event: number };

/** Whether another copy of an event of the entering batch counts instead of this one, as far as this page can tell. */
export function isRepeat(entered: Entered, { request, window, event }: Asked): boolean {
  const { page } = entered;
  const here = rankOf(entered.above.length, entered.place);
  const first = (of: number) => firstRank(entered, { request, event, window: of });
  if (window === undefined) return first(page.own) < here;
  const earlier = first(page.own);
  const later = first(page.next);
  // The copies of the window before stand on their second page here.
  return windowByte(window) === page.own ? later < earlier : earlier < later || later < here;
}

const nothing: readonly Entry[] = [];

/** The rank of the first batch that holds an event in a copy of a window (as claims carry it). */
function firstRank({ above, page }: Entered, { request, event, window }: Asked & { window: number }): number {
  for (let depth = 0; depth <= above.length; depth++) {
    const entries = (above[depth] ?? page).requests.get(request) ?? nothing;
    const found = entries.find((entry) => entry.claim.window === window && holds(entry.claim, event));
    if (found !== undefined) return rankOf(depth, found.place);
  }
  return Number.POSITIVE_INFINITY;
}

/** Batches stand one behind the other on a page, and those of a page before all of those below it. */
function rankOf(depth: number, place: number): number {
  return depth * 2 ** 32 + place;
}
