/**
 * The client of a logged request: one address, or the list that proxies build in `X-Forwarded-For`. All spellings of
 * one visitor's address become one: the port, brackets and the IPv4-mapped prefix are removed. Of an IPv6 address only
 * the 64-bit network is used, because that is what one customer gets, and hosts change the rest by the hour
 * (https://www.rfc-editor.org/rfc/rfc8981).
 */
import { regexes } from "zod/mini";

/** Whether its first two numbers are of RFC 1918, RFC 6598, loopback, link-local or unspecified: never a visitor's. */
export function isPrivateV4(first: number, second: number): boolean {
  if (first === 0 || first === 10 || first === 127) return true;
  if (first === 169 || first === 192) return second === (first === 169 ? 254 : 168);
  return (first === 172 && (second & 0xf0) === 16) || (first === 100 && (second & 0xc0) === 64);
}

/** Whether its first group is of RFC 4193 or link-local. `::` and `::1` are nobody's either. */
export function isPrivateV6(first: number): boolean {
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80;
}

function isPrivate(address: string): boolean {
  if (address.includes(":")) return address === "::" || address === "::1" || isPrivateV6(Number.parseInt(address, 16));
  const [first = 0, second = 0] = address.split(".").map(Number);
  return isPrivateV4(first, second);
}

/** What may be in the position of a client: an address in any spelling, a host name, a socket, or nothing. */
const hostName =
  /^(?=.{1,253}(?::\d+)?$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?(?::\d{1,5})?$/i;

const hostPattern = /^(?:[a-z0-9_*][a-z0-9_.*-]*|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;

/** One visitor's address in its single spelling; undefined if the text is not an address. */
export function addressOf(text: string): string | undefined {
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^((?:::ffff:)?\d+\.\d+\.\d+\.\d+):\d+$/i, "$1");
  const address = bare.replace(/%.*$/, "");
  if (regexes.ipv4.test(address)) return address;
  const ipv6 = withoutDots(address);
  return regexes.ipv6.test(ipv6) ? networkOf(ipv6.toLowerCase()) : undefined;
}

/** The address of a visitor: that of nobody, which servers write that may not keep addresses, is none. */
export function visitorAddressOf(text: string): string | undefined {
  const address = addressOf(text);
  return address === "0.0.0.0" || address === "::" ? undefined : address;
}

/** The first public address of a list, or the first address if none is public: the one closest to the visitor. */
export function firstAddressOf(list: readonly string[]): string | undefined {
  const addresses = list.flatMap((text) => visitorAddressOf(text) ?? []);
  return addresses.find((address) => !isPrivate(address)) ?? addresses[0];
}

/** Whether a text can be a client, or a server, in a log: an address, a host name, a socket or `-`. */
export function isClient(text: string): boolean {
  return text === "-" || text.startsWith("unix:") || addressOf(text) !== undefined || hostName.test(text);
}

/** Ports on which servers listen; clients have higher ones. */
const serverPort = /:(?:80|443|[389]\d{3}|5000)$/;
const nobody = new Set(["-", "unknown"]);

/**
 * The words that a log has before ident and user, if there are several: a virtual host, a list as proxies build it, the
 * peer that passed it on. Undefined for anything else: no part of it may become somebody's name or a host.
 */
export function readClients(words: string): { host?: string; clients: string[] } | undefined {
  const groups = words.replaceAll('"', "").replace(/,\s*/g, ",").split(/\s+/);
  const [first = ""] = groups;
  const host = groups.length > 1 && isHost(first) ? first : undefined;
  const lists = groups.slice(host === undefined ? 0 : 1);
  const clients = lists.flatMap((list) => list.split(",").filter((client) => client !== ""));
  if (lists.length > 2 || !clients.every(isClient)) return undefined;
  if (lists.length === 2 && !isListAndPeer(lists)) return undefined;
  return { ...(host !== undefined && { host }), clients };
}

/** Without a peer, as in `203.0.113.7 - - joe`, nobody knows which word is the user. */
function isListAndPeer([list = "", peer = ""]: readonly string[]): boolean {
  return (nobody.has(list) || list.split(",").some((client) => addressOf(client) !== undefined)) && !nobody.has(peer);
}

/** A name, or an address with a server's port: an address alone is a client's, and must not be stored as a host. */
function isHost(text: string): boolean {
  if (nobody.has(text) || text.includes(",") || text.startsWith("unix:")) return false;
  return hostPattern.test(text) && (addressOf(text) === undefined || serverPort.test(text));
}

/**
 * `2001:db8:1:2::/64` for any address in it, and the IPv4 address that another one stands for. Private addresses stay
 * complete: each is a single machine.
 */
function networkOf(address: string): string {
  const groups = groupsOf(address);
  const mapped = embedded.has(groups.slice(0, 6).join(":"))
    ? groups.slice(6).map((group) => Number.parseInt(group, 16))
    : [];
  if (mapped.length === 2) return mapped.flatMap((group) => [group >> 8, group & 0xff]).join(".");
  return isPrivate(address) ? address : `${groups.slice(0, 4).join(":")}::/64`;
}

/** IPv4-mapped addresses, and those behind NAT64 (https://www.rfc-editor.org/rfc/rfc6052). */
const embedded = new Set(["0:0:0:0:0:ffff", "64:ff9b:0:0:0:0"]);

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [front = "", back] = address.split("::");
  const before = front === "" ? [] : front.split(":");
  const after = back === undefined || back === "" ? [] : back.split(":");
  const zeros = back === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ""));
}

/** `::ffff:203.0.113.7` as `::ffff:cb00:7107`. */
function withoutDots(address: string): string {
  return address.replace(/(?<=:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/, (...[, a, b, c, d]) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(":"),
  );
}
