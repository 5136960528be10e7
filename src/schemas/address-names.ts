/**
 * The names of a host and of a path, which numbers are grouped by: each has one spelling, in what collect stores and in
 * what a question asks for.
 */
import { cleanText } from "./clean-text.ts";
import { MAX_ID_LENGTH, MAX_PATH_LENGTH } from "./events/fields.ts";
import { withoutSessions } from "./path-sessions.ts";
import { withNormalCodes } from "./percent-codes.ts";

/** A host may end with a dot, which changes nothing. */
export function hostName(host: string): string {
  return cleanText(host.replace(/\.(?=$|:\d+$)/, ""), MAX_ID_LENGTH);
}

/** The name of a path that a person or a page wrote, up to its query: the same as in a whole address. */
export function writtenPathName(text: string): string {
  return pathName(URL.parse(`http://host${text}`)?.pathname ?? "");
}

/** A session may stand in what is kept of a path, and is cut out of it. */
const MAX_PATH_READ = MAX_PATH_LENGTH + 512;

/** The name of the path of a parsed address. A long one is cut between two codes. */
export function pathName(pathname: string): string {
  const path = withoutSessions(withNormalCodes(pathname, MAX_PATH_READ)) || "/";
  return path.length <= MAX_PATH_LENGTH ? path : path.slice(0, MAX_PATH_LENGTH).replace(/%[0-9A-F]?$/, "");
}
