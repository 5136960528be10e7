/**
 * Decides which events of a batch count: each event of a request counts once, whatever differs between its copies,
 * whichever batches they are in and however often these arrive. An event that does not count is still a row of the
 * lake, marked as a copy. A page of the ledger says which of two batches came first (known-page.ts).
 */

import type { RequestLedger } from "../table/request-ledger.ts";
import type { Repeats } from "./count-batch.ts";
import { type EnteredPages, enterPages, type Pages } from "./enter-pages.ts";
import { isRepeat } from "./known-page.ts";
import { type Claim, eventOf, packClaims, requestOf } from "./request-claims.ts";
import { pagesOf } from "./request-pages.ts";

/**
 * The rows of a record that belong to one request, as needed to find copies: `at` is where in the record they are, if
 * there are others, and the digest of the record's content is what records are ordered by.
 */
export type SentRecord = {
  id: string;
  at?: readonly number[];
  app: string;
  trusted: boolean;
  batchId: string;
  receivedAt: string;
  eventIds: readonly string[];
  digest: string;
};

type Copy = SentRecord & Claim & { pages: readonly string[] };

/** Enters a batch in the ledger and returns which of its events are repeats. Entering it again returns the same. */
export async function findRepeats(
  ledger: RequestLedger,
  pages: Pages,
  batch: { id: string; expires: number },
  records: readonly SentRecord[],
): Promise<Repeats> {
  const { copies, claims, requestsByPage } = claimsOf(records);
  const entered = await enterPages(ledger, pages, { batch: batch.id, claims, expires: batch.expires }, requestsByPage);
  return repeatsIn(copies, entered);
}

/** What a batch claims to hold, and which of its requests are on which page. */
export function claimsOf(records: readonly SentRecord[]) {
  const copies = inOrder(records.map(toCopy));
  return { copies, claims: packClaims(copies), requestsByPage: byPage(copies) };
}

/** Which events are repeats, given what each page knows about each request. */
export function repeatsIn(copies: readonly Copy[], entered: EnteredPages): Repeats {
  const repeats = new Map<string, Set<number>>();
  const takenOf = new Map<string, Set<string>>();
  for (const copy of copies) {
    const { request, window } = copy;
    const known = copy.pages.map((page) => entered.get(page)?.get(request));
    const taken = takenOf.get(request) ?? new Set();
    takenOf.set(request, taken);
    copy.eventIds.forEach((eventId, i) => {
      const asked = { request, window, event: copy.events[i] ?? 0 };
      if (taken.has(eventId) || known.some((page) => page === undefined || isRepeat(page, asked)))
        remember(repeats, copy.id, copy.at?.[i] ?? i);
      taken.add(eventId);
    });
  }
  return repeats;
}

function toCopy(record: SentRecord): Copy {
  const request = requestOf(record.app, record.batchId);
  return { ...record, request, events: record.eventIds.map(eventOf), ...pagesOf(record) };
}

/** The same order on every attempt, in whatever order Firehose delivers the records. */
function inOrder(copies: readonly Copy[]): Copy[] {
  return copies.toSorted(
    (a, b) => (a.window ?? 0) - (b.window ?? 0) || compare(a.digest, b.digest) || compare(a.id, b.id),
  );
}

function byPage(copies: readonly Copy[]): Map<string, string[]> {
  const requests = new Map<string, Set<string>>();
  for (const { pages, request } of copies)
    for (const page of pages) requests.set(page, (requests.get(page) ?? new Set()).add(request));
  return new Map([...requests].map(([page, set]) => [page, [...set]]));
}

function remember(repeats: Map<string, Set<number>>, id: string, at: number): void {
  repeats.set(id, (repeats.get(id) ?? new Set()).add(at));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
