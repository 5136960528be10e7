/**
 * The names of a host and of a path, which numbers are grouped by: each has one spelling, in what collect stores and in
 * what a question asks for.
 */
import { cleanText, cutText } from "./clean-text.ts";
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
  // No more of it can be kept, and a code takes three characters.
  const bare = cutText(withoutSessions(pathname) || "/", 3 * MAX_PATH_LENGTH + 2);
  const path = bare.includes("%") ? bare.replace(otherCode, (code) => spellings.get(code) ?? code) : bare;
  if (path.length <= MAX_PATH_LENGTH) return cleanText(path);
  return cleanText(path, MAX_PATH_LENGTH).replace(/%[0-9A-F]?$/, "");
}

/** Codes of letters that need none, and others with small letters. */
const otherCode = /%(?:2[DE]|3\d|[46][1-9A-F]|[57][\dAEF]|[\dA-Fa-f][a-f]|[a-f][\dA-F])/g;
/** What each code is written as, by all the ways to write it. */
const spellings = new Map<string, string>();
for (let code = 0; code < 0x100; code++) {
  const digits = code.toString(16).padStart(2, "0");
  const char = String.fromCharCode(code);
  const plain = /[\w.~-]/.test(char) ? char : `%${digits.toUpperCase()}`;
  for (const first of [digits.charAt(0), digits.charAt(0).toUpperCase()])
    for (const second of [digits.charAt(1), digits.charAt(1).toUpperCase()]) spellings.set(`%${first}${second}`, plain);
}
