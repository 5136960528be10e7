/**
 * The client of a logged request: one address, or the list that proxies build in `X-Forwarded-For`. All spellings of
 * one visitor's address become one: the port, brackets and the IPv4-mapped prefix are removed. Of an IPv6 address only
 * the 64-bit network is used, because that is what one customer gets, and hosts change the rest by the hour
 * (https://www.rfc-editor.org/rfc/rfc8981).
 */
import { regexes } from "zod/mini";

/** RFC 1918, RFC 6598, loopback, link-local and unspecified addresses: those of proxies, never a visitor's. */
const privateAddress =
  /^(?:0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1?$)/i;
/** What may be in the position of a client: an address in any spelling, a host name, a socket, or nothing. */
const hostName =
  /^(?=.{1,253}(?::\d+)?$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?(?::\d{1,5})?$/i;

/** One visitor's address in its single spelling; undefined if the text is not an address. */
export function addressOf(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  const address = bare.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (regexes.ipv4.test(address)) return address;
  return regexes.ipv6.test(address) ? networkOf(address.toLowerCase()) : undefined;
}

/** The first public address of a list, or the first address if none is public: the one closest to the visitor. */
export function firstAddressOf(list: readonly string[]): string | undefined {
  const addresses = list.flatMap((text) => addressOf(text) ?? []);
  return addresses.find((address) => !privateAddress.test(address)) ?? addresses[0];
}

/** Whether an address is that of a proxy or another machine of one's own. */
export function isPrivateAddress(address: string): boolean {
  return privateAddress.test(address);
}

/** Whether a text can be a client, or a server, in a log: an address, a host name, a socket or `-`. */
export function isClient(text: string): boolean {
  return text === "-" || text.startsWith("unix:") || addressOf(text) !== undefined || hostName.test(text);
}

/** `2001:db8:1:2::/64` for any address in it. Private addresses stay complete: each is a single machine. */
function networkOf(address: string): string {
  if (privateAddress.test(address)) return address;
  return `${groupsOf(address).slice(0, 4).join(":")}::/64`;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [front = "", back] = address.split("::");
  const before = front === "" ? [] : front.split(":");
  const after = back === undefined || back === "" ? [] : back.split(":");
  const zeros = back === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ""));
}
