/**
 * A custom format, given as the server's configuration writes it: nginx's `$remote_addr - $remote_user [$time_local] …`
 * or Apache's `%h %l %u %t "%r" %>s %b …`. Each variable ends where the text after it begins.
 * https://nginx.org/en/docs/varindex.html, https://httpd.apache.org/docs/current/mod/mod_log_config.html#formats
 */
import { accessEvent, isStatus, type LogFormat, type LoggedRequest, type LogLine, logTime } from "./access-event.ts";
import { undoEscapes } from "./access-log.ts";

type Field = keyof LoggedRequest | "requestId" | "query";

const nginx: ReadonlyMap<string, Field> = new Map<string, Field>([
  ["remote_addr", "clients"],
  ["realip_remote_addr", "clients"],
  ["http_x_forwarded_for", "clients"],
  ["http_x_real_ip", "clients"],
  ["time_local", "time"],
  ["time_iso8601", "time"],
  ["msec", "time"],
  ["request", "request"],
  ["request_method", "method"],
  ["request_uri", "target"],
  ["uri", "target"],
  ["status", "status"],
  ["body_bytes_sent", "bytes"],
  ["bytes_sent", "bytes"],
  ["http_referer", "referrer"],
  ["http_user_agent", "userAgent"],
  ["remote_user", "user"],
  ["host", "host"],
  ["http_host", "host"],
  ["server_name", "host"],
  ["scheme", "scheme"],
  ["request_id", "requestId"],
]);

const apache: ReadonlyMap<string, Field> = new Map<string, Field>([
  ["h", "clients"],
  ["a", "clients"],
  ["{c}a", "clients"],
  ["{x-forwarded-for}i", "clients"],
  ["t", "time"],
  ["r", "request"],
  ["m", "method"],
  ["U", "target"],
  ["q", "query"],
  ["s", "status"],
  [">s", "status"],
  ["b", "bytes"],
  ["B", "bytes"],
  ["O", "bytes"],
  ["{referer}i", "referrer"],
  ["{user-agent}i", "userAgent"],
  ["u", "user"],
  ["v", "host"],
  ["V", "host"],
  ["{host}i", "host"],
  ["L", "requestId"],
]);

const variable = /\$\{?(\w+)\}?|%(?:[<>]?(?:\{[^}]+\})?[a-zA-Z]|%)/g;

/**
 * The format that a template describes. Throws a TypeError that says what is missing: a line without a time and a
 * status is not a request.
 */
export function customFormat(template: string): LogFormat {
  const { pattern, fields } = compile(template);
  for (const needed of ["time", "status"] as const)
    if (!fields.includes(needed)) throw new TypeError(`Cannot read format "${template}": it has no ${needed}`);
  return { name: "custom", title: template, open: () => (line) => readLine(pattern.exec(line), fields) };
}

/**
 * A pattern with a group for each variable, and the field of each group; undefined for variables that are not needed.
 */
function compile(template: string): { pattern: RegExp; fields: (Field | undefined)[] } {
  const fields: (Field | undefined)[] = [];
  let source = "";
  let end = 0;
  for (const match of template.matchAll(variable)) {
    source += literal(template.slice(end, match.index));
    end = match.index + match[0].length;
    const field = fieldOf(match[0], match[1]);
    source += groupFor(match[0], field, template.slice(end));
    fields.push(field);
  }
  return { pattern: new RegExp(`^${source}${literal(template.slice(end))}`, "s"), fields };
}

/**
 * Apache writes the brackets of `%t` itself. A variable extends to the next character of the template, except that it
 * includes escaped ones and lists of proxies.
 */
function groupFor(name: string, field: Field | undefined, rest: string): string {
  if (/^%\{?[^}]*\}?t$/.test(name)) return String.raw`\[([^\]]*)\]`;
  if (rest === "") return "(.*)";
  if (rest.search(variable) === 0) return String.raw`(\S*?)`;
  const [next = ""] = rest;
  if (next === '"') return String.raw`((?:[^"\\]|\\.)*)`;
  const other = `[^${next.replace(/[\\\]^-]/, "\\$&")}]*`;
  return field === "clients" && next === " " ? `((?:${other}, )*${other})` : `(${other})`;
}

function fieldOf(name: string, nginxName: string | undefined): Field | undefined {
  if (nginxName !== undefined) return nginx.get(nginxName);
  const key = name.slice(1);
  return apache.get(key) ?? apache.get(key.replace(/\{.*\}/, (braces) => braces.toLowerCase()));
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function readLine(match: RegExpExecArray | null, fields: readonly (Field | undefined)[]): LogLine {
  if (match === null) return undefined;
  const found: { [F in Field]?: string } = {};
  const clients: string[] = [];
  fields.forEach((field, i) => {
    const value = undoEscapes(match[i + 1] ?? "");
    if (field === "clients") clients.push(...value.split(",").map((client) => client.trim()));
    else if (field !== undefined && value !== "" && value !== "-") found[field] ??= value;
  });
  const time = logTime(found.time);
  if (time === undefined || !isStatus(found.status ?? "")) return undefined;
  const { requestId, query = "", ...logged } = found;
  const target = { target: `${logged.target ?? ""}${query}` };
  const event = accessEvent({ ...logged, ...target, time, status: found.status ?? "", clients });
  return { event, ...(requestId === undefined ? {} : { requestId }) };
}
