/**
 * Replaces IP addresses in what is kept as text: an event that is rejected, a log's message, and properties. A version
 * may look like an address (`Chrome/147.0.0.0`, `"version":"1.2.3.4"`) and stays.
 */
import { isPrivateAddress, isV4 } from "../../sources/client-address.ts";

export const CUT = "[address]";

/** Before a number there may be `\n` or `%20`, but no letter, and no name with a slash as before a product's version. */
const v4 = /(?:(?<![\w.])(?<!\w\/)|(?<=\\[nrt])|(?<=%[0-9a-f]{2}))\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/gi;
const v4WithPort = /(?<=\w\/)\d{1,3}(?:\.\d{1,3}){3}(?=:\d)/g;
const v6 = /(?:(?<![\w:.])|(?<=\\[nrt]))(?=[0-9a-f]*:[0-9a-f]*:)[0-9a-f:]{3,45}(?![\w:])/gi;
const version = /v(?:er(?:sion)?)?["\s:=]{0,6}$/i;

/** The text without any address. */
export function cutAddresses(text: string): string {
  return cut(text, () => true);
}

/** The text without addresses of the internet. Those of one's own machines stay: a message is often about one. */
export function cutPublicAddresses(text: string): string {
  return cut(text, (address) => !isPrivateAddress(address));
}

const named = /"([^"\\]*(?:ip|ips|addr|address|addresses|forwarded_?-?for|peer))":("(?:[^"\\]|\\.)*"|\[[^[\]{}]*\])/gi;

/** JSON without the addresses in fields that are named so: `ip`, `client.address`, `remote_addr`, `xForwardedFor`. */
export function cutNamedAddresses(json: string): string {
  if (!holdsAddress(json)) return json;
  return json.replace(named, (_, name: string, value: string) => `"${name}":${cutAddresses(value)}`);
}

function cut(text: string, isCut: (address: string) => boolean): string {
  if (!holdsAddress(text)) return text;
  const replace = (found: string) => (isCut(found) ? CUT : found);
  // The first of them changes where the others stand.
  return text
    .replace(v4, (found, at: number) => {
      const isOther = !isV4(found) || version.test(text.slice(Math.max(0, at - 14), at));
      return isOther ? found : replace(found);
    })
    .replace(v4WithPort, (found) => (isV4(found) ? replace(found) : found))
    .replace(v6, (found) => (isV6(found) ? replace(found) : found));
}

/** Whether hexadecimal digits and colons are an address and no time. What is none may be cut, too: this is quick. */
function isV6(found: string): boolean {
  if (found.endsWith(":") && !found.endsWith("::")) return false;
  return found.includes("::") || found.split(":").length === V6_GROUPS;
}

const V6_GROUPS = 8;

/** Most texts hold nothing that could be one. */
function holdsAddress(text: string): boolean {
  return /\d\.\d{1,3}\.\d{1,3}\.\d|[0-9a-f]:[0-9a-f]{0,4}:|::/i.test(text);
}
