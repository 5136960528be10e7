/**
 * A line of a web server's access log in combined or common format, as Apache and nginx write it, as an event:
 * `203.0.113.7 - joe [17/May/2015:10:05:03 +0000] "GET /list?x=1 HTTP/1.1" 200 512 "https://e.com/" "Mozilla/5.0 …"`.
 * A line that was cut off after its status is still a request; only what is closed is read of the rest.
 * https://httpd.apache.org/docs/current/mod/mod_log_config.html#formats
 */
import type { EventInput } from "../schemas/event.ts";

const linePattern =
  /^(\S+) \S+ (.*?) ?\[(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\] "((?:[^"\\]|\\.)*)" (\d{3})(?!\S)(.*)$/s;
const restPattern = /^ (\d+|-)(?: "((?:[^"\\]|\\.)*)"(?: "((?:[^"\\]|\\.)*)")?)?/s;
const requestPattern = /^([!#$%&'*+.^`|~\w-]{1,32}) (.*?)(?: HTTP\/\d(?:\.\d)?)?$/s;

const months = new Map(
  ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].map((name, i) => [
    name,
    String(i + 1).padStart(2, "0"),
  ]),
);

/** The event `access_log` of a line, or undefined when the line is in another format. `ip` and `user_agent` are the visitor's. */
export function parseAccessLogLine(line: string): EventInput | undefined {
  const match = linePattern.exec(line);
  if (match === null) return undefined;
  const [, address = "", user = "", day, monthName = "", year, time, hours, minutes, request = "", status, rest = ""] =
    match;
  const month = months.get(monthName);
  if (month === undefined) return undefined;
  const [, bytes, referrer, userAgent] = restPattern.exec(rest) ?? [];
  return {
    name: "access_log",
    occurred_at: `${year}-${month}-${day}T${time}${hours}:${minutes}`,
    status: Number(status),
    ...readRequest(request),
    ...(bytes === undefined || bytes === "-" ? {} : { bytes: Number(bytes) }),
    ...field("referrer", referrer),
    ...field("user_agent", userAgent),
    ...field("user_id", user.slice(0, 256)),
    ...(address.length <= 64 ? { ip: address } : {}),
  };
}

/** Method and address; a request without them (a probe, a broken client, `-`) is kept as a property. */
function readRequest(quoted: string): Partial<EventInput> {
  const request = undoEscapes(quoted);
  const [, method, target = ""] = requestPattern.exec(request) ?? [];
  if (method !== undefined && isAddress(target)) return { method, url: target };
  return request === "" || request === "-" ? {} : { properties: { request } };
}

function isAddress(target: string): boolean {
  return target.startsWith("/") || (/^https?:\/\//i.test(target) && URL.canParse(target));
}

function field<F extends "referrer" | "user_agent" | "user_id">(
  name: F,
  quoted: string | undefined,
): Partial<EventInput> {
  if (quoted === undefined || quoted === "" || quoted === "-") return {};
  return { [name]: undoEscapes(quoted) };
}

/** Undoes the escapes of a quoted field: `\"`, `\\`, `\n`, and `\xHH` for the bytes of anything that is not printable ASCII. */
function undoEscapes(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/(?:\\x[0-9A-Fa-f]{2})+|\\(.)/gs, (escaped, character?: string) => {
    if (character === undefined) return Buffer.from(escaped.replaceAll("\\x", ""), "hex").toString("utf8");
    return controls.get(character) ?? character;
  });
}

const controls = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["b", "\b"],
  ["v", "\v"],
  ["f", "\f"],
]);
