/**
 * A line of a web server's access log as Apache and nginx write it (combined, common, or with the virtual host in
 * front), as an event: `203.0.113.7 - joe [17/May/2015:10:05:03 +0000] "GET /list?x=1 HTTP/1.1" 200 512
 * "https://e.com/" "Mozilla/5.0 …"`. What shippers put in front of a line (syslog, Kubernetes, compose) is skipped. A
 * line that was cut off after its status is still a request; of the rest, only complete fields are read. Everything
 * before the time must match word by word, so that nothing from a line in another format is taken for someone's name or
 * address.
 * https://httpd.apache.org/docs/current/mod/mod_log_config.html#formats
 */
import type { EventInput } from "../../schemas/events/event.ts";
import { isClient, readClients } from "../client-address.ts";
import {
  accessEvent,
  clfTime,
  type LogFormat,
  type LoggedRequest,
  type LogLine,
  MAX_USER_LENGTH,
} from "./access-event.ts";
import { endOfPrefix } from "./line-prefix.ts";

const timePattern = /\[(\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\][ \t]+"((?:[^"\\]|\\.)*)"[ \t]+(\d{3}|0)(?!\S)/s;
/** A text between quotes, or a word, which may be `uct="0.004"`. */
const tokenPattern = /[ \t]+(?:"((?:[^"\\]|\\.)*)"(?!\S)|([^\s"]+(?:="(?:[^"\\]|\\.)*")?)(?!\S))/y;

/** Combined, common and vhost_combined. */
export const combinedFormat: LogFormat = {
  name: "combined",
  title: "Apache and nginx: combined, common, vhost_combined",
  open: () => readAccessLine,
};

/**
 * The event `access_log` of a line, or undefined if the line is in another format. `ip` and `user_agent` are the
 * visitor's.
 */
export function parseAccessLogLine(line: string): EventInput | undefined {
  const read = readAccessLine(line);
  return typeof read === "object" ? read.event : undefined;
}

/** The same with what else is known of the line. */
export function readAccessLine(line: string): LogLine {
  const match = timePattern.exec(line);
  if (match === null) return undefined;
  const [whole, local = "", request = "", status = ""] = match;
  const time = clfTime(local);
  const sender = readSender(line.slice(0, match.index));
  if (time === undefined || sender === undefined) return undefined;
  const { tokens, isWhole } = tokensOf(line, match.index + whole.length);
  const { forwarded, hasUnread, ...rest } = readRest(tokens);
  const clients = [...sender.clients, ...forwarded];
  const event = accessEvent({ time, status, request: undoEscapes(request), ...sender, ...rest, clients });
  return { event, ...(!isWhole && { isPartly: true }), ...(isWhole && hasUnread && { hasUnread: true }) };
}

type Sender = Pick<LoggedRequest, "host" | "user"> & { clients: readonly string[] };

/** `[host] client[, client …] [peer] ident user`, each of them one word. */
function readSender(text: string): Sender | undefined {
  const words = text.slice(endOfPrefix(text)).trim().split(/\s+/);
  const [ident, user = ""] = words.splice(-2);
  const [first = "", ...others] = words;
  if (first === "" || user.length > MAX_USER_LENGTH) return undefined;
  if (others.length === 0 && isClient(first)) return { clients: [first], user: undoEscapes(user) };
  // An extra word may also mean a name of two words, so ident must be `-`: nobody uses identd any more.
  const clients = ident === "-" ? readClients(words.join(" ")) : undefined;
  return clients && { ...clients, user: undoEscapes(user) };
}

type Rest = Pick<LoggedRequest, "bytes" | "referrer" | "userAgent"> & {
  forwarded: readonly string[];
  hasUnread: boolean;
};

/**
 * Bytes, and the first two texts between quotes: referrer and user agent, in this order unless they cannot be. What is
 * not quoted, such as nginx's request time or a `-`, is skipped. A third text may be a list of proxies
 * (`$http_x_forwarded_for` in nginx's own example).
 */
function readRest(tokens: readonly Token[]): Rest {
  const [start, ...behind] = tokens;
  const hasBytes = start?.bare !== undefined || /^\d+$/.test(start?.quoted ?? "");
  const bytes = hasBytes ? (start?.bare ?? start?.quoted) : undefined;
  const others = hasBytes ? behind : tokens;
  const [first, second, third = ""] = others.flatMap(({ quoted }) => quoted ?? []);
  const isAgent = first !== undefined && !isReferrer(first) && (second === undefined || isAddress(second));
  const [referrer, userAgent] = isAgent ? [second, first] : [first, second];
  return {
    bytes,
    hasUnread: !/^(?:\d+|-)?$/.test(bytes ?? "") || (second === undefined && others.some(isUnreadWord)),
    referrer: referrer && undoEscapes(referrer),
    userAgent: userAgent && undoEscapes(userAgent),
    forwarded: third.includes(".") || third.includes(":") ? third.split(/,\s*/) : [],
  };
}

/** What could be a referrer or a user agent without its quotes: no time, no `-`, no field with a name. */
function isUnreadWord({ bare }: Token): boolean {
  return bare !== undefined && !/^(?:[\d.,:]+|-)$|=/.test(bare);
}

function isReferrer(text: string): boolean {
  return text === "" || text === "-" || isAddress(text);
}

function isAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

type Token = { quoted: string | undefined; bare: string | undefined };
const MOST_TOKENS = 8;

/** The fields behind the status; not whole if one that begins does not end, because the line is cut off. */
function tokensOf(line: string, from: number): { tokens: Token[]; isWhole: boolean } {
  const tokens: Token[] = [];
  let end = from;
  tokenPattern.lastIndex = from;
  for (let match = tokenPattern.exec(line); match !== null; match = tokenPattern.exec(line)) {
    tokens.push({ quoted: match[1], bare: match[2] });
    end = tokenPattern.lastIndex;
    if (tokens.length === MOST_TOKENS) return { tokens, isWhole: true };
  }
  return { tokens, isWhole: end === line.length || line.slice(end).trim() === "" };
}

/** Undoes the escapes of a quoted field: `\"`, `\\`, `\n`, and `\xHH` for bytes that are not printable ASCII. */
export function undoEscapes(text: string): string {
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
