/** What every format of access logs says of a request, in one form, as the event `access_log`. */
import type { EventInput } from "../schemas/events/event.ts";
import { firstAddressOf } from "./client-address.ts";

/** One request as a log has it; texts are unescaped, `""` and `-` stand for nothing. */
export type LoggedRequest = {
  /** ISO 8601 with an offset, or epoch milliseconds. */
  time: string | number;
  status: string | number;
  clients: readonly string[];
  /** With a port or without; `https` where the log knows, else told from port 443. */
  host?: string | undefined;
  scheme?: string | undefined;
  /** `GET /list?x=1 HTTP/1.1`, or its two first parts on their own. */
  request?: string | undefined;
  method?: string | undefined;
  target?: string | undefined;
  bytes?: string | number | undefined;
  referrer?: string | undefined;
  userAgent?: string | undefined;
  user?: string | undefined;
};

/**
 * A line as a log format reads it: an event, and where the log names each request, that name; a `comment` of the format's own;
 * or undefined for a line in another format.
 */
export type LogLine = { event: EventInput; requestId?: string } | "comment" | undefined;

/** A format: `open` gives the reader of one file's lines, which must get them all and in order. */
export type LogFormat = { name: string; title: string; open(): (line: string) => LogLine };

const requestPattern = /^([!#$%&'*+.^`|~\w-]{1,32}) (.*?)(?: HTTP\/\d(?:\.\d)?)?$/s;
const MAX_USER_LENGTH = 256;

/** The event of a request. A request without method and address (a probe, a broken client) is kept as a property. */
export function accessEvent(logged: LoggedRequest): EventInput {
  const { request = "", time, status, clients, user } = logged;
  const [, method = logged.method, target = logged.target] = requestPattern.exec(request) ?? [];
  const ip = firstAddressOf(clients);
  return {
    name: "access_log",
    occurred_at: time,
    status: Number(status),
    ...(method && target && isAddress(target) ? { method, url: withHost(target, logged) } : kept(request)),
    ...size(logged.bytes),
    ...text("referrer", logged.referrer),
    ...text("user_agent", logged.userAgent),
    ...text("user_id", user === undefined || user.length > MAX_USER_LENGTH ? undefined : user),
    ...(ip === undefined ? {} : { ip }),
  };
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `17/May/2015:10:05:03 +0000` as ISO 8601; undefined for any other text. */
export function clfTime(text: string): string | undefined {
  const match = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d):(\d\d) ([+-]\d\d)(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, day, name = "", year, minute, second = "", hours, minutes] = match;
  const month = months.indexOf(name) + 1;
  if (month === 0) return undefined;
  // A leap second has no instant of its own in the days that everybody counts: it is the end of the second before it.
  const seconds = second === "60" ? "59" : second;
  return `${year}-${String(month).padStart(2, "0")}-${day}T${minute}:${seconds}${hours}:${minutes}`;
}

/** Seconds, with a fraction or without, milliseconds, or one of the ways in which servers write a time. */
export function logTime(text: string | undefined): string | number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return Math.floor(Number(text) * 1000);
  if (/^\d{12,13}(\.\d+)?$/.test(text)) return Math.floor(Number(text));
  return clfTime(text) ?? (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : undefined);
}

function isAddress(target: string): boolean {
  return target.startsWith("/") || (/^https?:\/\//i.test(target) && URL.canParse(target));
}

function kept(request: string): Partial<EventInput> {
  return request === "" || request === "-" ? {} : { properties: { request } };
}

function withHost(target: string, { host = "-", scheme }: LoggedRequest): string {
  if (host === "-" || host === "" || !target.startsWith("/")) return target;
  const secure = scheme === undefined ? host.endsWith(":443") : scheme === "https";
  const url = `${secure ? "https" : "http"}://${host.replace(/:(?:80|443)$/, "")}${target}`;
  return URL.canParse(url) ? url : target;
}

function size(bytes: string | number | undefined): Partial<EventInput> {
  const isCount =
    typeof bytes === "number" ? Number.isSafeInteger(bytes) && bytes >= 0 : /^\d{1,15}$/.test(bytes ?? "");
  return isCount ? { bytes: Number(bytes) } : {};
}

function text<F extends "referrer" | "user_agent" | "user_id">(
  name: F,
  value: string | undefined,
): Partial<EventInput> {
  return value === undefined || value === "" || value === "-" || value === '""' ? {} : { [name]: value };
}
