/**
 * Removes from a URL what should not be stored: credentials (`https://name:password@…`), and the values of parameters
 * that carry secrets or identify a person, in the query and after `#`, where some sign-in pages put theirs.
 */
import { cached } from "../../cache.ts";
import { cutText } from "../../schemas/clean-text.ts";
import { withoutSessions } from "../../schemas/path-sessions.ts";
import { MAX_READ_LENGTH, withNamedAmpersands } from "./page-url.ts";
import { privateNames } from "./private-names.ts";

/** A function that cleans addresses; `more` are names of further parameters to cut, separated by commas. */
export const addressCleaner = cached(4, (more: string) => {
  const isPrivate = privateNames(more);
  return cached(1000, (address) => cleanAddress(address, isPrivate));
});

// Browsers take one slash, none or backslashes for two behind the schemes of the web.
// https://url.spec.whatwg.org/#special-authority-ignore-slashes-state
const beforeLogin = /^[\0- ]*(?:(?:https?|wss?|ftp):[\\/]*|(?:[a-z][a-z0-9+.-]*:)?\/\/)/i;

function withoutLogin(address: string): string {
  if (!address.includes("@")) return address;
  const start = beforeLogin.exec(address)?.[0];
  if (start === undefined) return address;
  const rest = address.slice(start.length);
  const end = rest.search(/[/\\?#]/);
  const at = rest.lastIndexOf("@", end === -1 ? undefined : end);
  return start + rest.slice(at + 1);
}

/**
 * What is stored of a target: of an address what is stored of any, and of a file that is inside its address (`data:`,
 * `blob:`) only that it was one. Any other text stays as it is.
 */
export function cleanTarget(target: string, clean: (address: string) => string): string {
  const file = /^(data|blob|javascript):(?=\S)/i.exec(target)?.[0];
  return file?.toLowerCase() ?? (/^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? clean(target) : target);
}

type IsPrivate = (name: string) => boolean;

function cleanAddress(address: string, isPrivate: IsPrivate): string {
  const read = withNamedAmpersands(cutText(address, MAX_READ_LENGTH));
  const text = withoutSessions(withoutLogin(read));
  const hash = text.indexOf("#");
  if (hash === -1) return cutBehind("?", text, isPrivate);
  const fragment = text.slice(hash);
  // Some routers put a path with a query there: `#/reset?token=…`.
  const cleaned = fragment.includes("?") ? cutBehind("?", fragment, isPrivate) : cutBehind("#", fragment, isPrivate);
  return cutBehind("?", text.slice(0, hash), isPrivate) + cleaned;
}

function cutBehind(mark: "?" | "#", text: string, isPrivate: IsPrivate): string {
  const at = text.indexOf(mark);
  if (at === -1) return text;
  const kept = keptParameters(text, at + 1, isPrivate);
  if (kept === undefined) return text;
  // The mark itself is dropped when no parameter is left.
  return kept.length === 0 ? text.slice(0, at) : text.slice(0, at + 1) + kept.join("&");
}

/** Further parameters of an address are cut, because to tell whether one is private takes longer than what else is done. */
const MAX_PARAMETERS = 50;

/** The parameters from an index on that are not private, or undefined if all are kept: mostly nothing is to be copied. */
function keptParameters(text: string, from: number, isPrivate: IsPrivate): string[] | undefined {
  const kept: string[] = [];
  let isWhole = true;
  let begin = from;
  for (let left = MAX_PARAMETERS; begin <= text.length; left--) {
    if (left === 0) return kept;
    const next = text.indexOf("&", begin);
    const pair = text.slice(begin, next === -1 ? text.length : next);
    if (isPrivate(nameOf(pair))) isWhole = false;
    else kept.push(pair);
    if (next === -1) break;
    begin = next + 1;
  }
  return isWhole ? undefined : kept;
}

/** Without `=` there is none. */
function nameOf(pair: string): string {
  return pair.slice(0, Math.max(0, pair.indexOf("=")));
}
