/** What is stored of an event that was not accepted: its text as it came, without addresses, and why. */
import type { FieldError } from "../schemas/api/collect-answer.ts";
import { cleanText, cutText } from "../schemas/clean-text.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";
import { cutAddresses } from "./event/cut-addresses.ts";

/** Longer texts are cut to this many bytes of UTF-8. */
export const MAX_RAW_BYTES = 65_536;

type Facts = { app: string; day: string; receivedAt: string };

/** The row of a rejected event. `raw` is the event as text, `input` the parsed event if it was JSON. */
export function rejectedRow(raw: string, input: unknown, errors: readonly FieldError[], facts: Facts): RejectedRow {
  const fields = typeof input === "object" && input !== null ? (input as Record<string, unknown>) : {};
  return {
    received_at: facts.receivedAt,
    day: facts.day,
    app: facts.app,
    ...shortText("event_id", fields.event_id),
    ...shortText("name", fields.name),
    reason: errors[0]?.path ?? "",
    errors: cutAddresses(JSON.stringify(errors)),
    raw: shorten(raw),
  };
}

/**
 * The JSON text of one event of a request, or `whole`, the request's own text, if no single event could be made out.
 */
export function rawText(event: unknown, whole: string): string {
  return JSON.stringify(event) ?? whole;
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
