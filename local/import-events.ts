/**
 * Lines as the events that are sent, each with an id that is the same whenever, and from whatever file, the line is imported:
 * it comes from the line's text and its ordinal among equal lines, because equal lines of a log are separate requests.
 */
import { hash } from "node:crypto";
import { toUuid, uuidFrom } from "../src/pipeline/batch-id.ts";
import { show } from "../src/pipeline/describe-issue.ts";
import { parseInstant } from "../src/pipeline/event-time.ts";
import type { EventInput } from "../src/schemas/event.ts";
import { parseAccessLogLine } from "../src/sources/access-log.ts";

export type Format = "combined" | "ndjson";

/** One line as it is sent: its event as JSON. `problem` is set for a line that the server is going to reject, and keep. */
export type ImportedLine = { number: number; id: string; json: string; instant: number | undefined; problem?: string };

/**
 * Equal lines are told apart as long as fewer different lines than this lie between them. A line carries its second, so that
 * many requests would have to be logged within one.
 */
const WINDOW_LINES = 100_000;

const readers = { combined: readLogLine, ndjson: readJsonLine } satisfies Record<Format, (line: string) => Read>;
type Read = { event: object; instant?: number | undefined; id?: string; problem?: string };

/** The format that a file's first line with anything in it shows. */
export function guessFormat(line: string): Format {
  return line.trimStart().startsWith("{") ? "ndjson" : "combined";
}

/** A function that makes events of the lines of one file, in order. */
export function createLineReader(format: Format, windowLines = WINDOW_LINES) {
  const read = readers[format];
  const ordinalOf = createOrdinals(windowLines);
  return (line: string, number: number): ImportedLine => {
    const digest = hash("sha256", line, "hex");
    const ordinal = ordinalOf(digest);
    const { event, instant, problem, id: own } = read(line);
    const id = own ?? (ordinal === 0 ? toUuid(digest, "8") : uuidFrom("line", digest, String(ordinal)));
    const json = JSON.stringify(own === undefined ? { event_id: id, ...event } : event);
    return { number, id, json, instant, ...(problem === undefined ? {} : { problem }) };
  };
}

/** How many lines with this digest there were before, as far as the window reaches. */
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

function readLogLine(line: string): Read {
  const event = parseAccessLogLine(line);
  // Without a status it is no access_log, so the server rejects it and keeps the line.
  if (event === undefined)
    return { event: { name: "access_log", line }, problem: `it has another format: ${show(line)}` };
  return { event, instant: instantOf(event) };
}

function readJsonLine(line: string): Read {
  const event = parseObject(line);
  if (event === undefined) return { event: { line }, problem: `it is not a JSON object: ${show(line)}` };
  const { event_id: id } = event;
  return { event, instant: instantOf(event), ...(typeof id === "string" && id !== "" ? { id } : {}) };
}

function parseObject(line: string): Partial<EventInput> | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined; // which is reported with the line's number
  }
}

function instantOf({ occurred_at }: Partial<EventInput>): number | undefined {
  return typeof occurred_at === "string" || typeof occurred_at === "number" ? parseInstant(occurred_at) : undefined;
}
