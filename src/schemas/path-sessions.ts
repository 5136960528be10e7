/**
 * Sessions in the path of an address, as servers write them for browsers without cookies: Java's `;jsessionid=…`, PHP's
 * and others' `;sid=…`, ASP.NET's `/(S(…))/`. Each visitor would have pages of their own, and the session is a secret.
 */

const parameter =
  /(?:;|%3B)(?:jsessionid|phpsessid|sessionid|session_id|session|sid|aspsessionid\w*|cfid|cftoken|token)(?:=|%3D)[^;/?#]*/gi;
const segment = /\/\((?:[A-Z]\([\w-]+\))+\)(?=[/?#]|$)/g;

/** The address without them; only what is before its query is changed. */
export function withoutSessions(address: string): string {
  if (!address.includes(";") && !address.includes("(") && !/%3b/i.test(address)) return address;
  const end = address.search(/[?#]/);
  const path = end === -1 ? address : address.slice(0, end);
  return path.replace(parameter, "").replace(segment, "") + (end === -1 ? "" : address.slice(end));
}
