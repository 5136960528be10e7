/**
 * Replaces IP addresses in what is kept as text: an event that is rejected, a log's message, and properties. A version
 * may look like an address (`Chrome/147.0.0.0`, `"version":"1.2.3.4"`) and stays, as do times (`10:06:03`).
 */
import { type Addresses, findV4, findV6, type Which } from "./find-addresses.ts";

const CUT = "[address]";
/** Of a text that is cut off somewhere, so much more is needed: an address must be whole to be found. */
export const LONGEST_ADDRESS = 50;

/** How many more addresses the texts of a request may hold. */
export type Cuts = { left: number };
/** A text without addresses: all of it, or what is before the first that is too many. */
export type CutText = { text: string; isWhole: boolean };

/** Of a request with any number of events. */
export const anyCuts = (): Cuts => ({ left: Number.POSITIVE_INFINITY });

/** The text without any address. */
export function cutAddresses(text: string, cuts = anyCuts()): CutText {
  return cut(text, "all", cuts);
}

/** The text without addresses of the internet. Those of one's own machines stay: a message is often about one. */
export function cutPublicAddresses(text: string, cuts = anyCuts()): CutText {
  return cut(text, "public", cuts);
}

const named = /(?<=(?:ip|ips|addr|address|addresses|forwarded_?-?for|peer)":)("[^"\\]*(?:\\.[^"\\]*)*"|\[[^[\]{}]*\])/i;

/** How each of these fields ends and its value begins: to look for so little takes a fifth of the time. */
const mayBeNamed = /[psr]":["[]/i;

/**
 * JSON without the addresses in fields that are named so: `ip`, `client.address`, `remote_addr`, `xForwardedFor`. Each
 * such field counts as an address, or as many as it holds.
 */
export function cutNamedAddresses(json: string, cuts = anyCuts()): CutText {
  if (!mayBeNamed.test(json) || (!mayHoldV4.test(json) && !mayHoldV6.test(json))) return { text: json, isWhole: true };
  // Every second part is a value, in which there are no line breaks. At once, because there may be thousands.
  const { left } = cuts;
  const parts = json.split(named, Math.min(2 * left + 2, MOST_PARTS));
  const fields = (parts.length - 1) / 2;
  if (fields > left) return { text: "", isWhole: false };
  if (fields === 0) return { text: json, isWhole: true };
  const { text, isWhole } = cutAddresses(parts.filter((_, i) => i % 2 === 1).join("\n"), cuts);
  cuts.left = Math.min(cuts.left, left - fields);
  const values = text.split("\n");
  return { text: parts.map((part, i) => (i % 2 === 1 ? values[(i - 1) / 2] : part)).join(""), isWhole };
}

/** What `split` takes for no limit. */
const MOST_PARTS = 2 ** 32 - 1;

/** Most texts hold nothing that could be one. */
const mayHoldV4 = /\d\.\d{1,3}\.\d{1,3}\.\d/;
const mayHoldV6 = /[0-9a-f]:[0-9a-f]{0,4}:|::/i;

function cut(text: string, which: Which, cuts: Cuts): CutText {
  const [holdsV4, holdsV6] = [mayHoldV4.test(text), mayHoldV6.test(text)];
  const v4 = holdsV4 ? findV4(text, which, cuts.left) : none;
  cuts.left -= Math.min(cuts.left, v4.looks);
  const rest = without(text, v4);
  const v6 = holdsV6 ? findV6(rest, which, cuts.left) : none;
  cuts.left -= Math.min(cuts.left, v6.looks);
  return { text: without(rest, v6), isWhole: v4.indexes.length % 2 === 0 && v6.indexes.length % 2 === 0 };
}

const none: Addresses = { indexes: [], looks: 0 };

/** The text with the mark instead of each address, up to the first of which only the beginning is listed. */
function without(text: string, { indexes }: Addresses): string {
  if (indexes.length === 0) return text;
  let rest = "";
  let from = 0;
  for (let i = 0; i < indexes.length; i += 2) {
    rest += text.slice(from, indexes[i]);
    from = indexes[i + 1] ?? text.length;
    if (i + 1 < indexes.length) rest += CUT;
  }
  return rest + text.slice(from);
}
