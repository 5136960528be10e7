/**
 * Replaces IP addresses in what is kept as text: an event that is rejected, a log's message, and properties. A version
 * may look like an address (`Chrome/147.0.0.0`, `"version":"1.2.3.4"`) and stays, as do times (`10:06:03`).
 *
 * 1 MB of text may be nothing but addresses. So each kind is one pattern, whose matches are replaced without a look at
 * them, and which at any character gives up after a few more.
 */
import { privateStarts } from "../../sources/client-address.ts";

export const CUT = "[address]";

/** The text without any address. */
export function cutAddresses(text: string): string {
  return cut(text, all);
}

/** The text without addresses of the internet. Those of one's own machines stay: a message is often about one. */
export function cutPublicAddresses(text: string): string {
  return cut(text, publicOnes);
}

const named = /(?<=(?:ip|ips|addr|address|addresses|forwarded_?-?for|peer)":)("[^"\\]*(?:\\.[^"\\]*)*"|\[[^[\]{}]*\])/i;

/** JSON without the addresses in fields that are named so: `ip`, `client.address`, `remote_addr`, `xForwardedFor`. */
export function cutNamedAddresses(json: string): string {
  if (!mayHoldV4.test(json) && !mayHoldV6.test(json)) return json;
  // Every second part is a value, in which there are no line breaks. At once, because there may be thousands.
  const parts = json.split(named);
  if (parts.length === 1) return json;
  const values = cutAddresses(parts.filter((_, i) => i % 2 === 1).join("\n")).split("\n");
  return parts.map((part, i) => (i % 2 === 1 ? values[(i - 1) / 2] : part)).join("");
}

/** Most texts hold nothing that could be one. */
const mayHoldV4 = /\d\.\d{1,3}\.\d{1,3}\.\d/;
const mayHoldV6 = /[0-9a-f]:[0-9a-f]{0,4}:|::/i;
type Patterns = { v4: RegExp; v6: RegExp };

function cut(text: string, { v4, v6 }: Patterns): string {
  const rest = mayHoldV4.test(text) ? text.replace(v4, CUT) : text;
  return mayHoldV6.test(rest) ? rest.replace(v6, CUT) : rest;
}

const octet = /(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d)/.source;
/** JSON and addresses of pages put letters and digits before what follows a blank. */
const afterEscape = { json: /(?<=\\[nrt])/.source, url: /(?<=%[0-9a-f]{2})/.source };

/** Before it there is no letter, no version, and no name with a slash as before a product's version unless with a port. */
function v4But(others: string): RegExp {
  const address = `${others}${octet}(?:\\.${octet}){3}`;
  const start = `(?:(?<![\\w.])(?<!\\w/)|${afterEscape.json}|${afterEscape.url})`;
  const noVersion = /(?<!v(?:er(?:sion)?)?["\s:=]{0,6})/.source;
  return new RegExp(`(?=\\d)(?:${start}${noVersion}${address}(?!\\w|\\.\\d)|(?<=\\w/)${address}(?=:\\d))`, "gi");
}

/** Hexadecimal digits and colons are no time if some are left out, or if there are eight groups of them. */
function v6But(others: string): RegExp {
  const start = `(?:(?<![\\w:.])|${afterEscape.json})`;
  const twoColons = /(?=[0-9a-f]*:[0-9a-f]*:)/.source;
  const whole = /(?=[0-9a-f:]{3,45}(?<![^:]:)(?![\w:]))/.source;
  const groups = /(?=[0-9a-f:]*::|(?:[0-9a-f]*:){7}[0-9a-f]*(?![\w:]))/.source;
  return new RegExp(`(?=[0-9a-f:])${start}${twoColons}${whole}${groups}${others}[0-9a-f:]+`, "gi");
}

const all: Patterns = { v4: v4But(""), v6: v6But("") };
const publicOnes: Patterns = {
  v4: v4But(`(?!${privateStarts.v4})`),
  v6: v6But(`(?!${privateStarts.v6}|::1?(?![\\w:]))`),
};
