/**
 * The events of a body, and what it says about all of them. What is too large or nested too deeply is found in the text
 * (event-texts.ts), so nothing here walks through an event.
 */
import { HttpError } from "../errors.ts";
import type { FieldError } from "../schemas/api/collect-answer.ts";
import { collectEnvelope, MAX_EVENTS } from "../schemas/api/collect-request.ts";
import { describeIssues, show, wrongField } from "../schemas/describe-issue.ts";
import { type Marks, parseMarked, withPlainNumbers } from "../schemas/exact-json.ts";
import { parseInstant } from "../schemas/instant.ts";
import { isObject, readEventNumbers, readFields } from "./event/read-numbers.ts";
import { MAX_ESCAPES, MAX_LONG_NUMBERS, MAX_VALUES, tooMany } from "./event/request-limits.ts";
import { type EventText, type EventTexts, findEventTexts } from "./event-texts.ts";

export type Envelope = {
  events: unknown[];
  batchId: string | undefined;
  sentAt: number | undefined;
  /** Whether the sender means times before 2000. */
  before2000?: boolean;
  /** Where in the body each event is; missing if the events came otherwise. */
  texts?: readonly EventText[];
  /** Whether what is in them can be stored as it is (clean-text.ts). */
  isClean?: boolean;
  /**
   * Makes of the JSON of an event what it was, if there are numbers that a double cannot hold: of these, only those in
   * fields that somebody looks at are numbers.
   */
  writeOut?: Marks["writeOut"];
};

type Opened = Envelope | { errors: FieldError[] };
type Field = keyof typeof collectEnvelope.shape;
const envelopeFields = Object.keys(collectEnvelope.shape);

/**
 * Reads a body, or says what is wrong with it as a whole. Throws an HttpError (413) for more than 500 events, and for
 * too many values in them.
 */
export function readEnvelope(body: string): Opened {
  try {
    return readParts(findEventTexts(body));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { errors: [{ path: "", message: `Expected JSON, got ${body === "" ? "an empty body" : show(body)}` }] };
  }
}

function readParts(texts: EventTexts): Opened {
  requireFewValues(texts);
  const { json, marks } = parseMarked(texts.json, texts.inexact);
  const opened = openBody(marks === undefined ? json : withEnvelopeNumbers(json, marks), texts);
  if ("errors" in opened) return opened;
  const envelope = { ...opened, isClean: texts.isClean };
  if (marks === undefined) return envelope;
  const events = envelope.events.map((event) => readEventNumbers(event, marks.readValue));
  return { ...envelope, events, writeOut: marks.writeOut };
}

function withEnvelopeNumbers(json: unknown, { readValue }: Marks): unknown {
  return isObject(json) ? readFields(json, envelopeFields, readValue) : readValue(json);
}

function openBody(json: unknown, { whole, events }: EventTexts): Opened {
  if (typeof json !== "object" || json === null) return { errors: [wrongField("", json)] };
  if (Array.isArray(json)) return limit({ events: json, batchId: undefined, sentAt: undefined, texts: events });
  if (!Object.hasOwn(json, "events") || Object.hasOwn(json, "name"))
    return { events: [json], batchId: undefined, sentAt: undefined, texts: [whole] };
  return openEnvelope(json, events);
}

function openEnvelope(json: Partial<Record<Field, unknown>>, texts: readonly EventText[]): Opened {
  const { events: list, batch_id: id, sent_at: sent, before_2000: isOld } = json;
  if (Array.isArray(list)) requireFew(list); // before zod copies it
  const parsed = collectEnvelope.safeParse(
    withPlainNumbers({ events: list, batch_id: id, sent_at: sent, before_2000: isOld }),
  );
  if (!parsed.success) return { errors: describeIssues(parsed.error.issues, json) };
  const { events, batch_id, sent_at, before_2000: before } = parsed.data;
  const sentAt = sent_at == null ? undefined : parseInstant(sent_at);
  if (sentAt === undefined && sent_at != null) return { errors: [wrongField("sent_at", sent_at)] };
  return limit({ events, batchId: batch_id?.toLowerCase(), sentAt, before2000: before === true, texts });
}

function limit(envelope: Envelope): Opened {
  requireFew(envelope.events);
  if (envelope.events.length > 0) return envelope;
  return { errors: [{ path: "events", message: "Expected at least one event, got none" }] };
}

function requireFewValues(texts: EventTexts): void {
  const most = exceeded(texts);
  if (most === undefined) return;
  JSON.parse(texts.json); // If it is none, that is what is wrong with it.
  throw tooMany(most);
}

/** What there is more of than one request may hold, and how much it may. One event alone has no halves. */
function exceeded({ values, longNumbers, escapes, events }: EventTexts): string | undefined {
  if (events.length <= 1) return undefined;
  if (values > MAX_VALUES) return `${MAX_VALUES} values`;
  if (longNumbers > MAX_LONG_NUMBERS) return `${MAX_LONG_NUMBERS} numbers of more than 15 digits`;
  return escapes > MAX_ESCAPES ? `${MAX_ESCAPES} escapes in texts` : undefined;
}

function requireFew({ length }: readonly unknown[]): void {
  if (length <= MAX_EVENTS) return;
  throw new HttpError(
    "too_many_events",
    `Cannot accept ${length} events in one request: at most ${MAX_EVENTS} are allowed`,
  );
}
