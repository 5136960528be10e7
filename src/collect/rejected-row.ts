/** What is stored of an event that was not accepted: its text as it came, without addresses, and why. */
import type { FieldError } from "../schemas/api/collect-answer.ts";
import { cleanText, cutText } from "../schemas/clean-text.ts";
import type { SourceName } from "../schemas/event-source.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";
import { cutAddresses } from "./event/cut-addresses.ts";

/** Longer texts are cut to this many bytes of UTF-8. */
export const MAX_RAW_BYTES = 65_536;

type Facts = { app: string; source?: SourceName | undefined; day: string; receivedAt: string };

/** The row of a rejected event. `raw` is the event as text, `input` the parsed event if it was JSON. */
export function rejectedRow(raw: string, input: unknown, errors: readonly FieldError[], facts: Facts): RejectedRow {
  const fields = typeof input === "object" && input !== null ? (input as Record<string, unknown>) : {};
  return {
    received_at: facts.receivedAt,
    day: facts.day,
    app: facts.app,
    ...(facts.source && { source: facts.source }),
    ...shortText("event_id", fields.event_id),
    ...shortText("name", fields.name),
    reason: errors[0]?.path ?? "",
    errors: cutAddresses(JSON.stringify(errors)),
    raw: shorten(raw),
  };
}

/**
 * The text of one event: as it came, if it was part of a body, or else as JSON. Only letters and digits that came as
 * escapes are written out, because nobody, cutAddresses included, would recognise what they say.
 */
export function rawText(event: unknown, body: string, at?: { from: number; to: number }): string {
  if (at === undefined) return JSON.stringify(event) ?? "";
  // Only so much is kept, and an escape takes six characters.
  const text = body.slice(at.from, Math.min(at.to, at.from + 6 * MAX_RAW_BYTES)).trim();
  return withoutEscapes(text);
}

function withoutEscapes(text: string): string {
  let plain = "";
  let from = 0;
  asciiEscape.lastIndex = 0;
  while (asciiEscape.test(text)) {
    const at = asciiEscape.lastIndex - ESCAPE_LENGTH;
    const char = ascii.get(text.slice(at + ESCAPE_LENGTH - 2, at + ESCAPE_LENGTH));
    if (char === undefined || isEscaped(text, at)) continue;
    plain += text.slice(from, at) + char;
    from = at + ESCAPE_LENGTH;
  }
  return from === 0 ? text : plain + text.slice(from);
}

const ESCAPE_LENGTH = 6;
/** Of what is no control character. */
const asciiEscape = /\\u00[2-7][0-9a-fA-F]/g;
/** By the last two digits of its escape, a character of ASCII that needs none. */
const ascii = new Map<string, string>();
for (let code = 0x20; code < 0x80; code++) {
  const [char, digits] = [String.fromCharCode(code), code.toString(16)];
  if (char !== '"' && char !== "\\") ascii.set(digits, char).set(digits.toUpperCase(), char);
}

/** A backslash that is escaped begins no escape. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === "\\") first--;
  return (at - first) % 2 === 1;
}

function shortText(field: "event_id" | "name", value: unknown): { [F in typeof field]?: string } {
  return typeof value === "string" && value !== "" ? { [field]: cleanText(value, 64) } : {};
}

/** An address may end behind the limit, and must be whole to be found. */
const LONGEST_ADDRESS = 50;

function shorten(raw: string): string {
  const text = cleanText(cutAddresses(cutText(raw, MAX_RAW_BYTES + LONGEST_ADDRESS)), MAX_RAW_BYTES);
  if (Buffer.byteLength(text) <= MAX_RAW_BYTES) return text;
  return cleanText(
    Buffer.from(text)
      .subarray(0, MAX_RAW_BYTES)
      .toString()
      .replace(/\ufffd$/, ""),
  );
}
