/**
 * The names of a host and of a path, which numbers are grouped by: each has one spelling, in what collect stores and in
 * what a question asks for.
 */
import { cleanText } from "./clean-text.ts";
import { MAX_ID_LENGTH, MAX_PATH_LENGTH } from "./events/fields.ts";
import { withoutSessions } from "./path-sessions.ts";

/** A host may end with a dot, which changes nothing. */
export function hostName(host: string): string {
  return cleanText(host.replace(/\.(?=$|:\d+$)/, ""), MAX_ID_LENGTH);
}

/** The name of a path that a person or a page wrote, up to its query: the same as in a whole address. */
export function writtenPathName(text: string): string {
  const path = text.replace(/[?#].*/s, "");
  return pathName(URL.parse(`http://host${path}`)?.pathname ?? path);
}

/**
 * Of a path in the many ways to write it, one: a letter that needs no code has none, and codes are in upper case. A long
 * one is cut between two codes. https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2
 */
export function pathName(pathname: string): string {
  const bare = withoutSessions(pathname) || "/";
  const path = bare.includes("%") ? bare.replace(/%[0-9a-f]{2}/gi, plainCode) : bare;
  if (path.length <= MAX_PATH_LENGTH) return cleanText(path);
  return cleanText(path, MAX_PATH_LENGTH).replace(/%[0-9A-F]?$/, "");
}

function plainCode(code: string): string {
  const char = String.fromCharCode(Number.parseInt(code.slice(1), 16));
  return /[\w.~-]/.test(char) ? char : code.toUpperCase();
}
