/** A request as any format of access log describes it, and the event `access_log` that is made from it. */
import type { EventInput } from "../../schemas/events/event.ts";
import { firstAddressOf } from "../client-address.ts";

/** One request from a log. Texts are unescaped; `""` and `-` mean "nothing". */
export type LoggedRequest = {
  /** ISO 8601 with an offset, or epoch milliseconds. */
  time: string | number;
  status: string | number;
  clients: readonly string[];
  /** With or without a port; `scheme` is `https` if the log says so, otherwise it follows from port 443. */
  host?: string | undefined;
  scheme?: string | undefined;
  /** `GET /list?x=1 HTTP/1.1`, or its first two parts separately. */
  request?: string | undefined;
  method?: string | undefined;
  target?: string | undefined;
  bytes?: string | number | undefined;
  referrer?: string | undefined;
  userAgent?: string | undefined;
  user?: string | undefined;
};

/**
 * A line as read by a log format: an event, with the request's id if the log has one, `isPartly` if the line is cut off,
 * and `hasUnread` if there is something in it that may be a field and has an unknown form; `comment` for a line that the
 * format itself adds; undefined for a line in another format.
 */
export type LogLine =
  | { event: EventInput; requestId?: string; isPartly?: true; hasUnread?: true }
  | "comment"
  | undefined;

/** A format. `open` returns a reader for the lines of one file, which must get all of them, in order. */
export type LogFormat = { name: string; title: string; open(): (line: string) => LogLine };

const requestPattern = /^([!#$%&'*+.^`|~\w-]{1,32}) (.*?)(?: HTTP\/\d(?:\.\d)?)?$/s;
export const MAX_USER_LENGTH = 256;

/**
 * The event of a request. A request line without method and address (a probe, a broken client) is stored as a property.
 */
export function accessEvent(logged: LoggedRequest): EventInput {
  const { request = "", time, status, clients, user } = logged;
  const [, method = logged.method, target = logged.target] = requestPattern.exec(request) ?? [];
  const ip = firstAddressOf(clients);
  return {
    name: "access_log",
    occurred_at: time,
    status: Number(status),
    ...(method && target && isAddress(target) ? { method, url: withHost(target, logged) } : asProperties(request)),
    ...size(logged.bytes),
    ...text("referrer", logged.referrer),
    ...text("user_agent", logged.userAgent),
    ...text("user_id", user === undefined || user.length > MAX_USER_LENGTH ? undefined : user),
    ...(ip === undefined ? {} : { ip }),
  };
}

/** Three digits, or the 0 of a server whose client had gone: whether it is a status is for collect to say. */
export function isStatus(text: string): boolean {
  return /^(?:\d{3}|0)$/.test(text);
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `17/May/2015:10:05:03 +0000` as ISO 8601; undefined for any other text. */
export function clfTime(text: string): string | undefined {
  const match = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d):(\d\d) ([+-]\d\d)(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, day, name = "", year, minute, second = "", hours, minutes] = match;
  const month = months.indexOf(name) + 1;
  if (month === 0) return undefined;
  const seconds = second === "60" ? "59" : second;
  return `${year}-${String(month).padStart(2, "0")}-${day}T${minute}:${seconds}${hours}:${minutes}`;
}

/** Seconds, with or without a fraction, milliseconds, or one of the forms in which servers write a time. */
export function logTime(text: string | undefined): string | number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{9,10}(\.\d+)?$/.test(text)) return Math.floor(Number(text) * 1000);
  if (/^\d{12,13}(\.\d+)?$/.test(text)) return Math.floor(Number(text));
  return clfTime(text) ?? (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : undefined);
}

function isAddress(target: string): boolean {
  return target.startsWith("/") || (/^https?:\/\//i.test(target) && URL.canParse(target));
}

function asProperties(request: string): Partial<EventInput> {
  return request === "" || request === "-" ? {} : { properties: { request } };
}

/** `_` and `*` are what servers call all hosts. */
function withHost(target: string, { host = "-", scheme }: LoggedRequest): string {
  if (/^(?:|-|_|\*|_default_)(?::\d+)?$/.test(host) || !target.startsWith("/")) return target;
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
