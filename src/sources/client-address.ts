/**
 * Who a log line says has asked: one address, or the list that proxies make of `X-Forwarded-For`. The spellings of one visitor
 * become one: a port, brackets and the IPv4-mapped form are taken off, and of IPv6 the network of 64 bits stands for its host,
 * because that is what one customer gets and hosts change the rest of it by the hour (https://www.rfc-editor.org/rfc/rfc8981).
 */
import { regexes } from "zod/mini";

/** RFC 1918, RFC 6598, loopback, link-local and unspecified addresses: proxies' own, nobody's. */
const privateAddress =
  /^(?:0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1?$)/i;
/** What may stand where a client does: an address in one of its spellings, a host name, a socket, or nothing. */
const hostName =
  /^(?=.{1,253}(?::\d+)?$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?(?::\d{1,5})?$/i;

/** One visitor's address in its one spelling; undefined for what is no address. */
export function addressOf(text: string): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  const address = bare.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (regexes.ipv4.test(address)) return address;
  return regexes.ipv6.test(address) ? networkOf(address.toLowerCase()) : undefined;
}

/** The first public address of a list, or the first address where none is public: whoever is nearest to the visitor. */
export function firstAddressOf(list: readonly string[]): string | undefined {
  const addresses = list.flatMap((text) => addressOf(text) ?? []);
  return addresses.find((address) => !privateAddress.test(address)) ?? addresses[0];
}

/** Whether a text can stand for a client, or a server, in a log: an address, a host name, a socket or `-`. */
export function isClient(text: string): boolean {
  return text === "-" || text.startsWith("unix:") || addressOf(text) !== undefined || hostName.test(text);
}

/** `2001:db8:1:2::/64` for any address in it. What is private stays whole: there it is one machine or none. */
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
