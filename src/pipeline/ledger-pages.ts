/**
 * What a warm function remembers of the request ledger, so that each batch's claims are fetched and indexed once. Claims never
 * change once their batch is in a page's log, so nothing here can be out of date, only incomplete.
 */
import { emptyPage, type Page } from "./repeats.ts";

const REMEMBERED_PAGES = 50;

/** A memory of ledger pages: the page of a name as far as it was read. The one not used for longest is forgotten first. */
export function createPages(): (name: string) => Page {
  const pages = new Map<string, Page>();
  return (name) => {
    const page = pages.get(name) ?? emptyPage(name);
    pages.delete(name);
    pages.set(name, page);
    const [oldest] = pages.keys();
    if (pages.size > REMEMBERED_PAGES && oldest !== undefined) pages.delete(oldest);
    return page;
  };
}
