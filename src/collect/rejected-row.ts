/** What is stored of an event that was not accepted: its text as it came, without addresses, and why. */
import type { FieldError } from "../schemas/api/collect-answer.ts";
import { cleanText, cutText } from "../schemas/clean-text.ts";
import type { SourceName } from "../schemas/event-source.ts";
import { hexValue } from "../schemas/hex-digit.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";
import { type Cuts, cutAddresses, LONGEST_ADDRESS } from "./event/cut-addresses.ts";

/** Longer texts are cut to this many bytes of UTF-8. */
export const MAX_RAW_BYTES = 65_536;

type Facts = { app: string; source?: SourceName | undefined; day: string; receivedAt: string; cuts?: Cuts | undefined };

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
    errors: cutAddresses(JSON.stringify(errors)).text,
    raw: shorten(raw, facts.cuts),
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
  if (!mayHoldEscape.test(text)) return text;
  let plain = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) !== BACKSLASH) continue;
    const char = escapedAt(text, at);
    // What is behind a backslash begins no escape of its own.
    if (char === undefined) at++;
    else {
      plain += text.slice(from, at) + char;
      from = at + ESCAPE_LENGTH;
      at = from - 1;
    }
  }
  return from === 0 ? text : plain + text.slice(from);
}

const BACKSLASH = 92;
const ESCAPE_LENGTH = 6;
const mayHoldEscape = /\\u00[2-7]/;
/** The characters of ASCII that need none, by their codes. */
const ascii = Array.from({ length: 0x80 }, (_, code) => {
  const char = String.fromCharCode(code);
  return code < 0x20 || char === '"' || char === "\\" ? undefined : char;
});

function escapedAt(text: string, at: number): string | undefined {
  if (at + ESCAPE_LENGTH > text.length || !text.startsWith("u00", at + 1)) return undefined;
  const [high, low] = [hexValue(text.charCodeAt(at + 4)), hexValue(text.charCodeAt(at + 5))];
  return ascii[16 * high + low];
}

function shortText(field: "event_id" | "name", value: unknown): { [F in typeof field]?: string } {
  return typeof value === "string" && value !== "" ? { [field]: cleanText(value, 64) } : {};
}

function shorten(raw: string, cuts?: Cuts): string {
  const cut = cutAddresses(cutText(raw, MAX_RAW_BYTES + LONGEST_ADDRESS), cuts).text;
  const text = cleanText(cut, MAX_RAW_BYTES);
  if (Buffer.byteLength(text) <= MAX_RAW_BYTES) return text;
  return cleanText(
    Buffer.from(text)
      .subarray(0, MAX_RAW_BYTES)
      .toString()
      .replace(/\ufffd$/, ""),
  );
}
