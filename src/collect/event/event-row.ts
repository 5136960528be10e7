/** What collect adds to an event, and the row of the lake that it becomes. */
import { DAY_MS, dayOf } from "../../metrics/time-bucket.ts";
import type { FieldError } from "../../schemas/api/collect-answer.ts";
import { cleanText } from "../../schemas/clean-text.ts";
import { show } from "../../schemas/describe-issue.ts";
import { serverLogs, VISIT_PART } from "../../schemas/events/event.ts";
import { MAX_MESSAGE_LENGTH, MAX_TITLE_LENGTH, MAX_URL_LENGTH } from "../../schemas/events/fields.ts";
import { isDate } from "../../schemas/instant.ts";
import { addressOf, visitorAddressOf } from "../../sources/client-address.ts";
import type { Line } from "../pack-records.ts";
import { primaryLanguage } from "../visitor/language.ts";
import { describeUserAgent } from "../visitor/user-agent.ts";
import { visitorId } from "../visitor/visitor-id.ts";
import { keyedCoordinates, type VisitorSecret } from "../visitor/visitor-secret.ts";
import type { CheckedEvent } from "./check-event.ts";
import { cleanTarget } from "./clean-address.ts";
import { type Clock, eventTime } from "./event-time.ts";
import { arrivalColumns, type Columns, isFirstPage, stepColumns } from "./visit.ts";

/** What all events of a request have in common. */
export type RequestFacts = {
  app: string;
  /** Whether the request came with the trusted key. */
  trusted: boolean;
  clock: Clock;
  /** Whether the sender means times before 2000. */
  before2000: boolean;
  /** `clock.receivedAt` as ISO 8601. */
  receivedAt: string;
  timezone: string;
  secret: VisitorSecret;
  address: string;
  userAgent: string;
  country: string | undefined;
  /** Hosts of the app's own sites, without `www.`: they bring nobody to a visit. */
  ownHosts?: ReadonlySet<string> | undefined;
  /** Removes from an address what may not be stored. */
  cleanAddress: (address: string) => string;
  /**
   * The language of the sender's browser. A server's own language says nothing about the people its events are about.
   */
  language: string | undefined;
};

/** The first day that the lake's tables contain (infra/data/glue-tables.js). */
const FIRST_DAY = "1970-01-01";
/** Earlier times are mostly zeros and seconds taken for milliseconds, so whoever means them has to say so. */
const FIRST_LIKELY_DAY = "2000-01-01";

/** The instant and the day of an event, or an error if the lake cannot hold such a day. */
export function eventMoment(occurredAt: number | undefined, facts: RequestFacts): Moment | { errors: FieldError[] } {
  const instant = eventTime(occurredAt, facts.clock);
  // `dayOf` is not enough: like Date.UTC it takes the year 75 for 1975, and 2001 BC for 2001.
  const day = instant > -DAY_MS ? dayOf(instant, facts.timezone) : "";
  if (day >= (facts.before2000 ? FIRST_DAY : FIRST_LIKELY_DAY)) return { instant, day };
  const wanted = day >= FIRST_DAY ? `${FIRST_LIKELY_DAY}, or "before_2000": true beside the events` : FIRST_DAY;
  const message = `Expected a time since ${wanted}, got ${showInstant(instant)}`;
  return { errors: [{ path: "occurred_at", message }] };
}
export type Moment = { instant: number; day: string };

/** When the visit of an event began, if that was on another day, and if the event adds something to it there. */
export function visitBefore(checked: CheckedEvent, { instant, day }: Moment, timezone: string): Moment | undefined {
  const { event } = checked;
  if (!event.visit_ms || isFirstPage(event)) return undefined;
  const began = instant - event.visit_ms;
  const dayBefore = dayOf(began, timezone);
  if (dayBefore >= day || dayBefore < FIRST_DAY || isServerLog(event.name)) return undefined;
  const adds = Object.values(stepColumns(checked)).some((value) => value !== undefined);
  return adds ? { instant: began, day: dayBefore } : undefined;
}

/** A time that a trusted client's `sent_at` has shifted may be too early to have a date. */
function showInstant(instant: number): string {
  return isDate(instant) ? show(new Date(instant).toISOString()) : `${instant} ms, which is no date`;
}

/**
 * A function that writes one request's events as lines, each a row of the lake in JSON. What all events share is turned
 * into text once and is the end of every line: with a hundred events per request, that saves a quarter of the time.
 */
export function createLineWriter(facts: RequestFacts, batchId: string) {
  const visitorOf = rememberVisitors(facts.secret.salt);
  const request = { batch_id: batchId, app: facts.app, received_at: facts.receivedAt };
  const endWith = (columns: Columns) => `,${JSON.stringify(columns).slice(1)}`;
  const endOfLog = endWith(request);
  const client = clientColumns(facts.userAgent, facts.trusted);
  const endOfOther = endWith({ ...request, ...client, country: facts.country });
  return (checked: CheckedEvent, moment: Moment, eventId: string, holds: Holds = "all"): Line => {
    const isLog = isServerLog(checked.event.name);
    const own = ownColumns(checked, moment, { eventId, isLog, facts, visitorOf });
    const step = holds === "event" || isLog ? nothing : stepColumns(checked);
    const row = holds === "visit" ? { ...own, ...notOfVisits, ...step } : { ...own, ...step };
    return { begin: JSON.stringify(row).slice(0, -1), end: isLog ? endOfLog : endOfOther };
  };
}

function isServerLog(name: string): boolean {
  return serverLogs.some((log) => log === name);
}

/** What of an event a line holds. What it adds to a visit that began on another day is in a line of that day. */
export type Holds = "all" | "event" | "visit";

/** What is true of an event and not of the visit that it belongs to. */
const notOfVisits: Columns = {
  name: VISIT_PART,
  title: undefined,
  target: undefined,
  amount: undefined,
  currency: undefined,
  properties: undefined,
};

type Making = { eventId: string; isLog: boolean; facts: RequestFacts; visitorOf: ReturnType<typeof rememberVisitors> };

/**
 * The columns that differ between the events of a request. A log line is about the visitor it names, not about its
 * sender.
 */
function ownColumns(checked: CheckedEvent, { instant, day }: Moment, making: Making): Columns {
  const { event, page, message, properties } = checked;
  const { eventId, isLog, facts, visitorOf } = making;
  const userAgent = isLog ? (event.user_agent ?? "") : facts.userAgent;
  const client = isLog ? clientColumns(userAgent, false) : nothing;
  const visitor = textOf(event.visitor_id) ?? visitorOf(day, isLog ? (event.ip ?? "") : facts.address, userAgent);
  const user = isLog && addressOf(event.user_id ?? "") !== undefined ? undefined : textOf(event.user_id);
  const visitorAt = isLog || visitor === undefined ? undefined : keyedCoordinates(facts.secret.sketch, visitor);
  const userAt = isLog || user === undefined ? undefined : keyedCoordinates(facts.secret.sketch, user);
  const referrer = event.referrer ? textOf(facts.cleanAddress(event.referrer), MAX_URL_LENGTH) : undefined;
  return {
    event_id: eventId,
    name: event.name,
    day,
    occurred_at: instant === facts.clock.receivedAt ? facts.receivedAt : new Date(instant).toISOString(),
    visitor_id: visitor,
    session_id: textOf(event.session_id),
    user_id: user,
    url: event.url && page ? textOf(facts.cleanAddress(page.url), MAX_URL_LENGTH) : undefined,
    host: page?.host,
    path: page?.path,
    referrer,
    ...arrivalColumns(checked, { ...facts, referrer, isLog }),
    title: textOf(event.title, MAX_TITLE_LENGTH),
    target: event.target ? textOf(cleanTarget(event.target, facts.cleanAddress)) : undefined,
    amount: event.amount ?? undefined,
    currency: event.currency?.toUpperCase(),
    device: client.device,
    browser: client.browser,
    os: client.os,
    is_bot: client.is_bot,
    language: primaryLanguage(event.language ?? "") ?? (isLog ? undefined : facts.language),
    method: textOf(event.method),
    status: event.status ?? undefined,
    bytes: event.bytes ?? undefined,
    level: event.level,
    service: textOf(event.service),
    message: textOf(message, MAX_MESSAGE_LENGTH),
    template: textOf(event.template),
    properties,
    visitor_register: visitorAt?.register,
    visitor_rank: visitorAt?.rank,
    user_register: userAt?.register,
    user_rank: userAt?.rank,
  };
}

const nothing: Columns = {};

/** A server that sends events is no robot; whom it logged may be one. */
function clientColumns(userAgent: string, trusted: boolean): Columns {
  const { isBot, ...client } = describeUserAgent(userAgent);
  return { ...client, is_bot: isBot && !trusted };
}

/** Undefined for a text that is missing or empty. */
function textOf(text: string | null | undefined, length?: number): string | undefined {
  return text ? cleanText(text, length) || undefined : undefined;
}

/**
 * Remembers visitor ids for the length of one request only: addresses are not kept, not even in memory. There is no id
 * without an IP address, such as for a host name or a socket.
 */
function rememberVisitors(salt: string) {
  const ids = new Map<string, string>();
  return (day: string, address: string, userAgent: string): string | undefined => {
    if (address === "") return undefined;
    const key = `${day}\n${address}\n${userAgent}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    const visitor = visitorAddressOf(address);
    if (visitor === undefined) return undefined;
    const id = visitorId(salt, day, visitor, userAgent);
    ids.set(key, id);
    return id;
  };
}
