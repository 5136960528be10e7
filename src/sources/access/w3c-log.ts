/**
 * Logs in the W3C extended format, whose `#Fields:` line names the columns: IIS, separated by spaces, and CloudFront's
 * standard logs, separated by tabs. Standard logging v2 may also write each line as a JSON object with the same names.
 * Times are UTC in all of them.
 * https://www.w3.org/TR/WD-logfile.html, https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
 */
import { accessEvent, isStatus, type LogFormat, type LogLine } from "./access-event.ts";

export const w3cFormat: LogFormat = { name: "w3c", title: "W3C extended: IIS, CloudFront", open };

/** A reader that takes the columns from the last `#Fields:` line; before that no line can be read. */
function open(): (line: string) => LogLine {
  let columns: Map<string, number> | undefined;
  return (line) => {
    if (line.startsWith("#")) {
      if (line.startsWith("#Fields:")) columns = columnsOf(line);
      return "comment";
    }
    if (line.startsWith("{")) return readJson(line);
    return columns && readRow(line, columns);
  };
}

/**
 * A request as CloudFront describes it in JSON: the names of its log's fields in any case, values as text or numbers.
 * Undefined for any other object.
 */
export function readCloudFrontObject(object: object): LogLine {
  const fields = new Map(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]));
  return readFields((name) => {
    const value: unknown = fields.get(name);
    return typeof value === "number" ? String(value) : typeof value === "string" ? value : undefined;
  }, decodeTwice);
}

function readJson(line: string): LogLine {
  try {
    return readCloudFrontObject(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function columnsOf(line: string): Map<string, number> {
  const names = line.slice("#Fields:".length).trim().split(/\s+/);
  return new Map(names.map((name, i) => [name.toLowerCase(), i]));
}

function readRow(line: string, columns: ReadonlyMap<string, number>): LogLine {
  const isCloudFront = line.includes("\t");
  const values = line.split(isCloudFront ? "\t" : " ");
  if (values.length !== columns.size) return undefined;
  return readFields((name) => values[columns.get(name) ?? -1], isCloudFront ? decodeTwice : decodePlus);
}

/** The request of a line, from the value of each field, which may be missing. */
function readFields(
  find: (name: string) => string | undefined,
  decode: (text: string | undefined) => string | undefined,
): LogLine {
  const raw = (name: string) => {
    const value = find(name);
    return value === undefined || value === "-" || value === "" ? undefined : value;
  };
  const text = (name: string) => decode(raw(name));
  const [date, time, status = "", stem, query] = ["date", "time", "sc-status", "cs-uri-stem", "cs-uri-query"].map(raw);
  if (!/^\d{4}-\d\d-\d\d$/.test(date ?? "") || !/^\d\d:\d\d:\d\d/.test(time ?? "") || !isStatus(status))
    return undefined;
  const event = accessEvent({
    time: `${date}T${time}Z`,
    status,
    clients: [...(raw("x-forwarded-for") ?? "").split(/,\s*|,?%20/), raw("c-ip") ?? "-"],
    host: raw("x-host-header") ?? raw("cs-host") ?? raw("cs(host)"),
    scheme: raw("cs-protocol") ?? (raw("s-port") === "443" ? "https" : undefined),
    method: raw("cs-method"),
    target: stem === undefined ? undefined : `${stem}${query === undefined ? "" : `?${query}`}`,
    bytes: raw("sc-bytes"),
    referrer: text("cs(referer)"),
    userAgent: text("cs(user-agent)"),
    user: raw("cs-username"),
  });
  const requestId = raw("x-edge-request-id");
  return { event, ...(requestId === undefined ? {} : { requestId }) };
}

/** IIS writes `+` for a space. */
function decodePlus(text: string | undefined): string | undefined {
  return text?.replaceAll("+", " ");
}

/** CloudFront encodes what it logs, even if it is encoded already. */
function decodeTwice(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text.replaceAll("%25", "%"));
  } catch {
    return text;
  }
}
