/**
 * What a warm function remembers of the request ledger, so that each batch's claims are fetched and indexed only once.
 * What a page says about a batch never changes, so nothing here can be out of date, only incomplete.
 */

import type { Pages } from "./enter-pages.ts";
import { emptyPage, type KnownPage } from "./known-page.ts";

const REMEMBERED_PAGES = 50;

/** A memory of ledger pages: each page as far as it has been read. The least recently used page is forgotten first. */
export function createPages(most = REMEMBERED_PAGES): Pages {
  const pages = new Map<string, KnownPage>();
  return (name) => {
    const page = pages.get(name) ?? emptyPage(name);
    pages.delete(name);
    pages.set(name, page);
    const [oldest] = pages.keys();
    if (pages.size > most && oldest !== undefined) pages.delete(oldest);
    return page;
  };
}
