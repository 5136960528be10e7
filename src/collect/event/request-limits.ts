/**
 * What one request may hold of that which takes longer than the rest of its bytes. Whoever sends half of the events comes
 * through, and one event alone is never refused for them: nobody loses an event by these limits.
 */
import { HttpError } from "../../errors.ts";
import { cutText } from "../../schemas/clean-text.ts";
import type { EventInput } from "../../schemas/events/event.ts";
import { MAX_USER_AGENT_LENGTH } from "../visitor/user-agent.ts";
import type { Cuts } from "./cut-addresses.ts";
import { MAX_READ_LENGTH } from "./page-url.ts";

/**
 * Fields, items of lists, and what they are in: forty for each of as many events as may come. A list of `0.1` has
 * 250,000 in 1 MB.
 */
export const MAX_VALUES = 20_000;
/** Numbers with more digits than any double holds, each of which takes a closer look. */
export const MAX_LONG_NUMBERS = 10_000;
/** Escapes in texts (`\"`, `\ud800`), each of which is read once and written twice. */
export const MAX_ESCAPES = 40_000;
/** IP addresses in texts that are kept without them, and what almost is one, such as a version. */
export const MAX_CUTS = 12_000;
/** Bytes of addresses of pages, and of what servers were asked for, each address once, as far as it is read. */
export const MAX_ADDRESS_BYTES = 80_000;
/** A shorter address counts as so many bytes. */
export const LEAST_ADDRESS_BYTES = 150;
/** The bytes of a host in other letters than ASCII's count so many times: its name in ASCII is looked for. */
export const HOST_WEIGHT = 4;

/** Different user agents in logs, each of which takes as long as two kilobytes of other text. */
export const MAX_USER_AGENTS = 250;

/** What the events of a request that are still to be read may hold. */
export type Room = { cuts: Cuts; addresses: AddressRoom; userAgents: UserAgentRoom };
export type UserAgentRoom = { most: number; seen: Set<string> };
export type AddressRoom = { left: number; seen: Set<string> };

/** That of a request of so many events. One alone cannot be sent in halves. */
export function roomOfRequest(events: number): Room {
  const bytes = events > 1 ? MAX_ADDRESS_BYTES : Number.POSITIVE_INFINITY;
  return {
    cuts: { left: MAX_CUTS },
    addresses: { left: bytes, seen: new Set() },
    userAgents: { most: MAX_USER_AGENTS, seen: new Set() },
  };
}

export const addressFields = [
  ...(["url", "path", "referrer", "previous_path"] as const),
  ...(["entry_url", "entry_referrer", "first_url", "first_referrer"] as const),
];

/** Counts the addresses of an event, before they are read. Throws an HttpError (413) if there is no room for them. */
export function takeAddresses(event: EventInput, room: AddressRoom): void {
  for (const field of addressFields) {
    const address = cutText(event[field] ?? "", MAX_READ_LENGTH);
    if (address === "" || room.seen.has(address)) continue;
    room.seen.add(address);
    room.left -= Math.max(LEAST_ADDRESS_BYTES, weightOf(address));
    if (room.left < 0)
      throw tooMany(
        `${MAX_ADDRESS_BYTES} bytes of addresses of pages, where a short one counts as ${LEAST_ADDRESS_BYTES},`,
      );
  }
}

/** Counts the user agent of an event. Throws an HttpError (413) if there were too many before. */
export function takeUserAgent({ user_agent }: EventInput, { most, seen }: UserAgentRoom): void {
  if (!user_agent) return;
  seen.add(cutText(user_agent, MAX_USER_AGENT_LENGTH));
  if (seen.size > most) throw tooMany(`${most} different user agents`);
}

function weightOf(address: string): number {
  const bytes = Buffer.byteLength(address);
  if (bytes === address.length) return bytes;
  const host = hostPart.exec(address)?.[1] ?? "";
  const hostBytes = Buffer.byteLength(host);
  return hostBytes === host.length ? bytes : bytes + (HOST_WEIGHT - 1) * hostBytes;
}

/** A parser of URLs skips further slashes, and tabs and line breaks anywhere. */
const hostPart = /^(?:[a-z][a-z0-9+.-]*:)?[/\\\t\n\r]{2,}([^/\\?#]*)/i;

/** The error (413) for a request that holds more; `most` is a number, and of what. */
export function tooMany(most: string): HttpError {
  return new HttpError(
    "too_many_values",
    `Cannot accept more than ${most} in one request: send fewer events at a time`,
  );
}
