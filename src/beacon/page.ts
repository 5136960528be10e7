/** The page that this script is in: what it says of itself, and what all its events have in common. */

import { hash } from "./settings.ts";

/** Fields of the last view. `url` is its address without a fragment. */
export const page: { url?: string; referrer?: string; visitor_id?: string } = {};

/** A property of the document: the elements of a page that have a name hide properties of that name. */
export const ofDocument = <T>(name: keyof Document): T => Reflect.get(Document.prototype, name, document) as T;

/**
 * The address of the page, or one that is relative to it, without its fragment. A frame without an address of its own
 * (`about:`) has that of the page around it.
 */
export const addressOf = (url = location.hash.slice(hash)): string =>
  new window.URL(url, location.href.replace(/^about:.+/, ofDocument("baseURI"))).href;

export const withoutQuery = (url: string): string => url.split("?")[0] as string;
