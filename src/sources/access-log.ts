/**
 * A line of a web server's access log as Apache and nginx write it (combined, common, or with the virtual host in
 * front), as an event: `203.0.113.7 - joe [17/May/2015:10:05:03 +0000] "GET /list?x=1 HTTP/1.1" 200 512
 * "https://e.com/" "Mozilla/5.0 …"`. What shippers put in front of a line (syslog, Kubernetes, compose) is skipped. A
 * line that was cut off after its status is still a request; of the rest, only complete fields are read. Everything
 * before the time must match word by word, so that nothing from a line in another format is taken for someone's name or
 * address.
 * https://httpd.apache.org/docs/current/mod/mod_log_config.html#formats
 */
import type { EventInput } from "../schemas/events/event.ts";
import { accessEvent, clfTime, type LogFormat, type LoggedRequest } from "./access-event.ts";
import { isClient } from "./client-address.ts";

const timePattern = /\[(\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] +"((?:[^"\\]|\\.)*)" +(\d{3})(?!\S)/s;
const prefixPattern = new RegExp(
  [
    String.raw`<\d{1,3}>1 \S+ \S+ \S+ \S+ \S+ (?:-|\[[^\]]*\]) `, // RFC 5424
    String.raw`(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ [\w./-]+(?:\[\d+\])?: `, // RFC 3164
    String.raw`\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d) std(?:out|err) [FP] `, // Kubernetes: containerd, CRI-O
    String.raw`(?:<\d{1,3}>)?\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d) \S+ [\w./-]+(?:\[\d+\])?: `, // rsyslog, journald
    String.raw`[\w.-]+ +\| `, // docker compose
  ]
    .map((pattern) => `(?:${pattern})`)
    .join("|"),
  "y",
);
const tokenPattern = / +(?:"((?:[^"\\]|\\.)*)"(?!\S)|([^\s"]+)(?!\S))/y;

/** Combined, common and vhost_combined. */
export const combinedFormat: LogFormat = {
  name: "combined",
  title: "Apache and nginx: combined, common, vhost_combined",
  open: () => (line) => {
    const event = parseAccessLogLine(line);
    return event && { event };
  },
};

/**
 * The event `access_log` of a line, or undefined if the line is in another format. `ip` and `user_agent` are the
 * visitor's.
 */
export function parseAccessLogLine(line: string): EventInput | undefined {
  const match = timePattern.exec(line);
  if (match === null) return undefined;
  const [whole, local = "", request = "", status = ""] = match;
  const time = clfTime(local);
  const sender = readSender(line.slice(0, match.index));
  if (time === undefined || sender === undefined) return undefined;
  const rest = readRest(line, match.index + whole.length);
  return accessEvent({ time, status, request: undoEscapes(request), ...sender, ...rest });
}

type Sender = Pick<LoggedRequest, "host" | "clients" | "user">;

/** `[host] client[, client …] ident user`, each of them one word. */
function readSender(text: string): Sender | undefined {
  const words = withoutPrefix(text).trim().split(/\s+/);
  const [ident, user = ""] = words.splice(-2);
  const clients = words.splice(firstOfList(words)).map((word) => word.replace(/,$/, ""));
  const [host, ...others] = words;
  if (clients.length === 0 || !clients.every(isClient) || others.length > 0 || user.length > 256) return undefined;
  // An extra word may also mean a name of two words, so ident must be `-`: nobody uses identd any more.
  if (host !== undefined && (ident !== "-" || !isClient(host))) return undefined;
  return { host, clients, user: undoEscapes(user) };
}

/** Where the list of clients at the end of the words begins: each client but the last ends with a comma. */
function firstOfList(words: readonly string[]): number {
  let first = words.length - 1;
  while (first > 0 && words[first - 1]?.endsWith(",")) first--;
  return Math.max(0, first);
}

function withoutPrefix(text: string): string {
  prefixPattern.lastIndex = 0;
  return prefixPattern.test(text) ? text.slice(prefixPattern.lastIndex) : text;
}

/** Bytes, referrer and user agent. A number between them (nginx's request time) and an unquoted `-` are skipped. */
function readRest(line: string, from: number): Pick<LoggedRequest, "bytes" | "referrer" | "userAgent"> {
  const [bytes, ...others] = tokensOf(line, from);
  const isBare = others[0]?.bare === "-" && others[1]?.quoted !== undefined;
  const [first, second] = others.flatMap(({ quoted }) => quoted ?? []);
  const [referrer, userAgent] = isBare ? [undefined, first] : [first, second];
  return {
    bytes: bytes?.bare,
    referrer: referrer && undoEscapes(referrer),
    userAgent: userAgent && undoEscapes(userAgent),
  };
}

type Token = { quoted: string | undefined; bare: string | undefined };
const MOST_TOKENS = 8;

function tokensOf(line: string, from: number): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = from;
  for (let match = tokenPattern.exec(line); match !== null; match = tokenPattern.exec(line)) {
    tokens.push({ quoted: match[1], bare: match[2] });
    if (tokens.length === MOST_TOKENS) break;
  }
  return tokens;
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
