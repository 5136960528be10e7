/**
 * What a warm function remembers of the request ledger, so that each batch's claims are fetched and indexed only once.
 * What a page says about a batch never changes, so nothing here can be out of date, only incomplete.
 */

import type { Pages } from "./enter-pages.ts";
import { emptyPage, type KnownPage } from "./known-page.ts";

/** A request takes 250 bytes: of a log, whose every line is a request, a minute may hold many. */
const REMEMBERED = { pages: 50, requests: 1_000_000 };

/**
 * A memory of ledger pages: each page as far as it has been read. The least recently used pages are forgotten when there
 * are more pages or requests than it may remember.
 */
export function createPages(most = REMEMBERED): Pages {
  const pages = new Map<string, KnownPage>();
  return (name) => {
    const page = pages.get(name) ?? emptyPage(name);
    pages.delete(name);
    pages.set(name, page);
    for (const oldest of pages.keys()) {
      if (oldest === name || (pages.size <= most.pages && requestsOn(pages) <= most.requests)) break;
      pages.delete(oldest);
    }
    return page;
  };
}

function requestsOn(pages: ReadonlyMap<string, KnownPage>): number {
  let count = 0;
  for (const { requests } of pages.values()) count += requests.size;
  return count;
}
