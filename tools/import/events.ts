/**
 * Turns lines into the events that are sent. An event's id is the same whenever, and from whatever file, its line is
 * imported: it is derived from the line's text and its ordinal among equal lines, because equal lines of a log are
 * separate requests.
 */
import { hash } from "node:crypto";
import { show } from "../../src/schemas/describe-issue.ts";
import { type EventInput, eventTypes } from "../../src/schemas/events/event.ts";
import { plainNumber } from "../../src/schemas/exact-json.ts";
import { parseInstant } from "../../src/schemas/instant.ts";
import { toUuid, uuidFrom } from "../../src/schemas/stable-uuid.ts";
import type { LogFormat } from "../../src/sources/access/access-event.ts";
import { customFormat } from "../../src/sources/access/custom-log.ts";
import {
  detectFormat,
  type FoundLine,
  logFormats,
  openFile,
  openFormats,
} from "../../src/sources/access/log-formats.ts";
import { parseBounded } from "../../src/sources/bounded-json.ts";

/** How lines are read: as an access log, or as Daymark's own events. */
export type Format = LogFormat | typeof eventsFormat;

/**
 * One line as it is sent: its event as JSON. `problem` is set for a line that the server will reject, and store as
 * rejected; `isPartly` for one of which only the beginning could be read, `hasUnread` for one of which not all could be.
 */
export type ImportedLine = {
  number: number;
  id: string;
  json: string;
  instant: number | undefined;
  problem?: string;
  isPartly?: true;
  hasUnread?: true;
};

/**
 * Equal lines are distinguished as long as fewer different lines than this are between them. A line contains its
 * second, so this fails only if more requests than that are logged within one second.
 */
const WINDOW_LINES = 100_000;

/**
 * The content of a line; undefined for a comment of its format. `id` is the event's own; `name` identifies the request
 * in its log.
 */
type Read =
  | {
      event: object;
      instant?: number | undefined;
      id?: string;
      name?: readonly string[];
      problem?: string;
      isPartly?: true;
      hasUnread?: true;
    }
  | undefined;

/** Events as JSON, one per line. */
export const eventsFormat = { name: "ndjson", title: "events of Daymark's own, as JSON", open: () => readJsonLine };
export const formats: readonly Format[] = [...logFormats, eventsFormat];

/**
 * The format with this name, or of a template as in the configurations of nginx and Apache. Throws a TypeError for any
 * other text.
 */
export function formatOf(text: string): Format {
  const known = formats.find(({ name }) => name === text);
  if (known !== undefined) return known;
  if (/[$%]/.test(text)) return customFormat(text);
  const names = formats.map(({ name }) => name).join(", ");
  throw new TypeError(`Cannot read format "${text}": it is none of ${names}, and no log_format with $ or %`);
}

/** The format of some lines from the beginning of a file, or undefined. */
export function guessFormat(lines: readonly string[]): Format | undefined {
  const found = detectFormat(lines);
  if (found !== undefined) return found;
  const events = lines.filter(isEvent);
  return events.length > 0 && events.length * 2 >= lines.length ? eventsFormat : undefined;
}

/** Many things have a name; an event has one that is known, or says when it was or which it is. */
function isEvent(line: string): boolean {
  const { name, occurred_at: at, event_id: id } = parseObject(line) ?? {};
  return typeof name === "string" && (Object.hasOwn(eventTypes, name) || (at ?? id) != null);
}

type ReaderOptions = {
  windowLines?: number;
  source?: string | undefined;
  isGuessed?: boolean;
  /** Is told of each line. */
  onLine?: ((digest: string) => void) | undefined;
};

/**
 * A function that turns the lines of one file, in order, into events; undefined for comments. `source` names the server
 * that wrote the log, for two servers that may have written equal lines. Lines of a file whose format was guessed may
 * be in other formats, too.
 */
export function createLineReader(format: Format, options: ReaderOptions = {}) {
  const { windowLines = WINDOW_LINES, source, isGuessed = false, onLine } = options;
  const read = readerOf(format, isGuessed);
  const ordinalOf = createOrdinals(windowLines);
  return (line: string, number: number): ImportedLine | undefined => {
    const found = read(line);
    if (found === undefined) return undefined;
    const { event, instant, problem, id: own, name, isPartly, hasUnread } = found;
    const digest = hash("sha256", source === undefined ? line : `${source}\n${line}`, "hex");
    onLine?.(digest);
    const ordinal = ordinalOf(digest);
    const made = ordinal === 0 ? toUuid(digest, "8") : uuidFrom("line", digest, String(ordinal));
    const id =
      own ?? (name === undefined ? made : uuidFrom("request", ...(source === undefined ? [] : [source]), ...name));
    const json = JSON.stringify(own === undefined ? { event_id: id, ...event } : event);
    const said = {
      ...(problem !== undefined && { problem }),
      ...(isPartly && { isPartly }),
      ...(hasUnread && { hasUnread }),
    };
    return { number, id, json, instant, ...said };
  };
}

function readerOf(format: Format, isGuessed: boolean): (line: string) => Read {
  if (format === eventsFormat) return readJsonLine;
  const known = format as LogFormat;
  return readLogLine(isGuessed ? openFile(known) : openFormats([known]));
}

/** How many lines with this digest came before, within the window. */
function createOrdinals(windowLines: number) {
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  return (digest: string): number => {
    const before = young.get(digest) ?? old.get(digest) ?? 0;
    if (young.size >= windowLines) {
      old = young;
      young = new Map();
    }
    young.set(digest, before + 1);
    return before;
  };
}

function readLogLine(read: (line: string) => FoundLine): (line: string) => Read {
  return (line) => {
    const { found, format } = read(line);
    if (found === "comment") return undefined;
    // Without a status it is not a valid access_log, so the server rejects it and stores the line.
    if (found === undefined || format === undefined)
      return { event: { name: "access_log", line }, problem: `it has another format: ${show(line)}` };
    const { event, requestId, isPartly, hasUnread } = found;
    const name = requestId === undefined ? {} : { name: [format.name, requestId] };
    return {
      event,
      instant: instantOf(event),
      ...name,
      ...(isPartly && { isPartly }),
      ...(hasUnread && { hasUnread }),
    };
  };
}

function readJsonLine(line: string): Read {
  const event = parseObject(line);
  if (event === undefined) return { event: { line }, problem: `it is not a JSON object: ${show(line)}` };
  const { event_id: id, ...rest } = event;
  return {
    event: id === null ? rest : event,
    instant: instantOf(event),
    ...(typeof id === "string" && id !== "" ? { id } : {}),
  };
}

function parseObject(line: string): Partial<EventInput> | undefined {
  try {
    const value = parseBounded(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // which is reported with the line's number
  }
}

function instantOf(event: Partial<EventInput>): number | undefined {
  const at = plainNumber(event.occurred_at);
  return typeof at === "string" || typeof at === "number" ? parseInstant(at) : undefined;
}
