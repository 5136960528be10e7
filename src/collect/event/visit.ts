/**
 * What an event says of the visit that it belongs to: how the visit began, which makes the event's channel, referrer
 * and campaign, and what the event adds to it. An event that says nothing of its visit came from where its own page
 * says.
 */
import type { EventInput } from "../../schemas/events/event.ts";
import type { EventRow } from "../../schemas/tables/event-columns.ts";
import { channelOf } from "../visitor/channel.ts";
import { isPassing } from "../visitor/passing-hosts.ts";
import type { CheckedEvent } from "./check-event.ts";
import { hostOf, type PageUrl, parseLink, parsePageUrl } from "./page-url.ts";

/** The addresses that an event names beside that of its own page, read. */
export type VisitAddresses = { entry?: PageUrl; first?: PageUrl; previous?: PageUrl };

type AddressField = "entry_url" | "first_url" | "previous_path";
const addresses: readonly (readonly [AddressField, keyof VisitAddresses])[] = [
  ["entry_url", "entry"],
  ["first_url", "first"],
  ["previous_path", "previous"],
];

/** Reads the addresses, or says which field holds none. */
export function readVisit(event: EventInput): VisitAddresses | { wrong: AddressField } {
  const read: VisitAddresses = {};
  for (const [field, part] of addresses) {
    const text = event[field];
    if (!text) continue;
    const page = field === "previous_path" ? parsePageUrl(text) : parseLink(text);
    if (page === null) return { wrong: field };
    read[part] = page;
  }
  const isLater = event.name === "page_view" && (event.page_number ?? 1) > 1;
  return isLater && read.previous === undefined ? { wrong: "previous_path" } : read;
}

/** The columns as they are written: JSON leaves out those that are `undefined`. */
export type Columns = { [C in keyof EventRow]?: EventRow[C] | undefined };

/** A visit begins with this event. */
export function isFirstPage({ name, page_number }: EventInput): boolean {
  return name === "page_view" && page_number === 1;
}

/**
 * What an event adds to its visit: its page, of pages alone, and the time since the event before. The first page has
 * none.
 */
export function stepColumns({ event, visit }: CheckedEvent): Columns {
  if (isFirstPage(event)) return { page_number: 1 };
  const isPage = event.name === "page_view";
  return {
    page_number: isPage ? (event.page_number ?? undefined) : undefined,
    previous_path: isPage ? visit.previous?.path : undefined,
    elapsed_ms: event.elapsed_ms || undefined,
  };
}

type Said = {
  referrer: string | undefined;
  isLog: boolean;
  cleanAddress: (address: string) => string;
  ownHosts?: ReadonlySet<string> | undefined;
};

/** Where the visit of an event came from, and the visitor's first; of a server's log the host of the referrer alone. */
export function arrivalColumns({ event, page, visit }: CheckedEvent, said: Said): Columns {
  const { referrer, isLog, cleanAddress } = said;
  if (isLog) return { referrer_host: hostIn(referrer) };
  const says = (event.entry_url ?? event.entry_referrer) != null;
  const own = hostIn(referrer);
  const columns = says
    ? visitSource(visit.entry, hostIn(event.entry_referrer && cleanAddress(event.entry_referrer)), said)
    : event.page_number == null
      ? source(page, own)
      : visitSource(page, own, said);
  const entry = isFirstPage(event) ? page : visit.entry;
  return { ...columns, entry_path: entry?.path, ...firstColumns(event, visit, said) };
}

function firstColumns(event: EventInput, { first }: VisitAddresses, said: Said): Columns {
  if ((event.first_url ?? event.first_referrer) == null) return {};
  const from = visitSource(first, hostIn(event.first_referrer && said.cleanAddress(event.first_referrer)), said);
  return {
    first_channel: from.channel,
    first_referrer_host: from.referrer_host,
    first_utm_source: from.utm_source,
    first_utm_medium: from.utm_medium,
    first_utm_campaign: from.utm_campaign,
  };
}

/** A visit comes from elsewhere: neither from one's own sites, nor from where somebody only signed in or paid. */
function visitSource(page: PageUrl | undefined, referrerHost: string | undefined, { ownHosts }: Said): Columns {
  const host = plain(referrerHost);
  const isOwn = host === undefined || host === plain(page?.host) || ownHosts?.has(host) === true;
  return source(page, isOwn || isPassing(host) ? undefined : referrerHost);
}

/** Only an event that is about a page came from somewhere. */
function source(page: PageUrl | undefined, referrerHost: string | undefined): Columns {
  const { host, utm_source, utm_medium, utm_campaign, utm_term, utm_content, isPaid = false } = page ?? {};
  const campaign = { source: utm_source, medium: utm_medium, campaign: utm_campaign };
  const isKnown = page !== undefined || referrerHost !== undefined;
  return {
    referrer_host: referrerHost,
    channel: isKnown ? channelOf({ referrerHost, host, ...campaign, isPaid }) : undefined,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_term,
    utm_content,
  };
}

function hostIn(address: string | null | undefined): string | undefined {
  return address ? (hostOf(address) ?? undefined) : undefined;
}

function plain(host: string | undefined): string | undefined {
  return host?.replace(/^www\./, "");
}
