/**
 * Enters a batch in the request ledger: on each page of its requests or, if that page is full, on the pages below it.
 * Returns what each of these pages says. The claims are written before the first page is entered, so whoever finds a
 * batch on a page finds its claims.
 */

import type { RequestLedger } from "../table/request-ledger.ts";
import { type Entered, type KnownPage, readOn } from "./known-page.ts";
import { DEEPEST_PAGE, depthOf, pageBelow } from "./request-pages.ts";

/** By page and request: where the batch was entered. Undefined for a page so deep that no honest client gets there. */
export type EnteredPages = ReadonlyMap<string, ReadonlyMap<string, Entered | undefined>>;

type Entering = { batch: string; claims: Uint8Array; expires: number };

const PAGES_AT_ONCE = 16;

/** The pages that a warm function remembers. What is known about a page never changes; more is only added. */
export type Pages = (name: string) => KnownPage;

/**
 * For each request, by each of its pages: the page on which this batch was entered, and the full pages above it.
 * Undefined for a page so deep that no honest client gets there: on it a copy can no longer be told from a first
 * occurrence.
 */
export async function enterPages(
  ledger: RequestLedger,
  pages: Pages,
  { batch, claims, expires }: Entering,
  requestsByPage: ReadonlyMap<string, readonly string[]>,
): Promise<EnteredPages> {
  const found = new Map<string, Map<string, Entered | undefined>>();
  if (requestsByPage.size === 0) return found;
  await ledger.putClaims(batch, claims, expires);
  const enter = async (
    name: string,
    root: string,
    requests: readonly string[],
    above: readonly KnownPage[],
  ): Promise<void> => {
    const batches = await ledger.enter(name, batch, expires);
    const position = batches.indexOf(batch);
    const page = await readUpTo(ledger, pages(name), position < 0 ? batches : batches.slice(0, position + 1));
    if (position >= 0) return note(found, root, requests, { above, page, position });
    if (depthOf(name) === DEEPEST_PAGE) return note(found, root, requests, undefined);
    const below = Map.groupBy(requests, (request) => pageBelow(name, request));
    await inGroups([...below], ([child, some]) => enter(child, root, some, [...above, page]));
  };
  await inGroups([...requestsByPage], ([name, requests]) => enter(name, name, requests, []));
  return found;
}

async function readUpTo(ledger: RequestLedger, page: KnownPage, batches: readonly string[]): Promise<KnownPage> {
  const from = page.batches;
  if (from < batches.length) readOn(page, from, await ledger.claims(batches.slice(from)));
  return page;
}

function note(
  found: Map<string, Map<string, Entered | undefined>>,
  root: string,
  requests: readonly string[],
  entered: Entered | undefined,
): void {
  const byRequest = found.get(root) ?? new Map<string, Entered | undefined>();
  found.set(root, byRequest);
  for (const request of requests) byRequest.set(request, entered);
}

async function inGroups<T>(all: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += PAGES_AT_ONCE) await Promise.all(all.slice(at, at + PAGES_AT_ONCE).map(run));
}
