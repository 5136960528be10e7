/**
 * Access logs with one JSON object per line: nginx's `log_format … escape=json` with names that its owner chose (the
 * common ones are listed here), Caddy, Traefik, what forwarders make of these, and lines of text that a container's
 * driver has wrapped.
 * https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format,
 * https://caddyserver.com/docs/caddyfile/directives/log
 */
import { accessEvent, isStatus, type LogFormat, type LoggedRequest, type LogLine, logTime } from "./access-event.ts";
import { readAccessLine } from "./access-log.ts";
import { endOfPrefix } from "./line-prefix.ts";

type Json = Record<string, unknown>;

/** The names of each field, the most specific first; a dot leads into an object. */
const names = {
  time: ["time_iso8601", "time_local", "@timestamp", "timestamp", "time", "msec", "ts", "StartUTC", "date"],
  status: ["status", "response_status", "status_code", "DownstreamStatus"],
  clients: [
    "http_x_forwarded_for",
    "x_forwarded_for",
    "request.client_ip",
    "realip_remote_addr",
    "remote_addr",
    "client_ip",
    "remote_ip",
    "request.remote_ip",
    "clientip",
    "ClientHost",
    "client",
  ],
  host: ["http_host", "host", "request.host", "server_name", "vhost", "RequestHost"],
  scheme: ["scheme", "RequestScheme"],
  request: ["request"],
  method: ["request_method", "method", "request.method", "RequestMethod", "verb"],
  target: ["request_uri", "uri", "request.uri", "RequestPath", "path", "url"],
  bytes: ["body_bytes_sent", "bytes_sent", "size", "bytes", "DownstreamContentSize"],
  referrer: ["http_referer", "http_referrer", "referer", "referrer", "request.headers.Referer", "request_Referer"],
  userAgent: ["http_user_agent", "user_agent", "request.headers.User-Agent", "request_User-Agent", "agent"],
  user: ["remote_user", "user_id", "user", "ClientUsername"],
  // `x_request_id` comes from the client, and several servers log the same.
  id: ["request_id"],
  wrapped: ["log", "message"],
} as const;

/** Objects that each say when a server answered which request with which status. */
export const jsonFormat: LogFormat = {
  name: "json",
  title: "JSON lines of nginx, Caddy and Traefik",
  open: () => readJsonAccessLine,
};

/** The event of a line; undefined if it is not such an object. Daymark's own events (which have `occurred_at`) are not. */
export function readJsonAccessLine(line: string): LogLine {
  const fields = parseObject(line);
  if (fields === undefined || fields.occurred_at !== undefined) return undefined;
  const find = (name: keyof typeof names) => firstOf(fields, names[name]);
  const time = logTime(find("time"));
  const status = find("status") ?? "";
  const request = find("request");
  const [method, target] = [find("method"), find("target")];
  if (time === undefined || !isStatus(status) || (request ?? method ?? target) === undefined)
    return readAccessLine(find("wrapped")?.trimEnd() ?? "");
  const logged: LoggedRequest = {
    time,
    status,
    clients: names.clients.flatMap((name) => (firstOf(fields, [name]) ?? "").split(",")).map((client) => client.trim()),
    host: find("host"),
    scheme: find("scheme"),
    request,
    method,
    target,
    bytes: find("bytes"),
    referrer: find("referrer"),
    userAgent: find("userAgent"),
    user: find("user"),
  };
  const requestId = find("id");
  return { event: accessEvent(logged), ...(requestId === undefined ? {} : { requestId }) };
}

function parseObject(line: string): Json | undefined {
  const from = line.startsWith("{") ? 0 : endOfPrefix(line);
  if (line[from] !== "{") return undefined;
  try {
    return JSON.parse(line.slice(from));
  } catch {
    return undefined;
  }
}

/**
 * The first of some fields that is not empty. Numbers become text; of a list, the first entry is used (Caddy's
 * headers).
 */
function firstOf(fields: Json, paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const found = fields[path] ?? inside(fields, path);
    const value = Array.isArray(found) ? found[0] : found;
    if (typeof value === "number") return String(value);
    if (typeof value === "string" && value !== "" && value !== "-") return value;
  }
  return undefined;
}

function inside(fields: Json, path: string): unknown {
  let value: unknown = fields;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, part)?.value;
  }
  return value;
}
