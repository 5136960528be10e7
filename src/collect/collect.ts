/**
 * What becomes of a request to `POST /v1/events`: which of its events are accepted, the rows and records they become,
 * and what the sender is told. Sending the same request again yields the same batch id and event ids whenever the
 * request carries enough to derive them: its own `batch_id`, or an `event_id` for every event.
 */
import { dayOf } from "../metrics/time-bucket.ts";
import type { CollectAnswer, FieldError, IgnoredField, Rejection } from "../schemas/api/collect-answer.ts";
import { cleanText } from "../schemas/clean-text.ts";
import type { SourceName } from "../schemas/event-source.ts";
import { batchIdOf, eventIdOf, streamOf, visitPartIdOf } from "./batch-id.ts";
import { type CheckedEvent, type Checking, checkEvent } from "./event/check-event.ts";
import { addressCleaner } from "./event/clean-address.ts";
import type { Cuts } from "./event/cut-addresses.ts";
import { createLineWriter, eventMoment, type Moment, type RequestFacts, visitBefore } from "./event/event-row.ts";
import { beyondLimits } from "./event/properties.ts";
import { type Room, roomOfRequest } from "./event/request-limits.ts";
import { ignoredFields } from "./ignored-fields.ts";
import { forbidden, limitsOf, type SendLimits } from "./may-send.ts";
import { type Line, lineOf, packRecords } from "./pack-records.ts";
import { type Envelope, readEnvelope } from "./read-envelope.ts";
import { rawText, rejectedRow } from "./rejected-row.ts";
import { preferredLanguage } from "./visitor/language.ts";
import { readVisitorSecret } from "./visitor/visitor-secret.ts";
import type { Caller } from "./write-key.ts";

/** A request whose sender was identified: its text, the sender, and what the headers say about the sender. */
export type CollectRequest = {
  body: string;
  caller: Caller;
  address: string;
  userAgent: string;
  acceptLanguage: string;
  country: string | undefined;
  /** Where the events come from, if not from an app or a server itself. */
  source?: SourceName | undefined;
};

export type CollectContext = {
  /** Epoch ms. */
  now: number;
  newId: () => string;
  timezone: string;
  visitorSalt: string;
  maxLatenessDays: number;
  /**
   * URL parameters that are not stored, in addition to those that never are (event/clean-address.ts), separated by
   * commas.
   */
  privateParameters?: string;
  eventsStreams: readonly [string, ...string[]];
};

/**
 * What must be on the streams before `answer` may be given: `accepted` (records of event rows) on `stream`, `rejected`
 * on the stream for those.
 */
export type Collected = {
  answer: { status: 202 | 400; body: CollectAnswer };
  stream: string;
  accepted: Uint8Array[];
  rejected: Uint8Array[];
};

type SourcedFacts = RequestFacts & Pick<CollectRequest, "source">;
type Draft = { checked: CheckedEvent; moment: Moment; index: number };
/** `raw` is the event as text. */
type Refused = { index: number; input: unknown; raw: string; errors: FieldError[] };

/**
 * Decides about a request. Throws an HttpError (413) for more than 500 events, and for too many values in them;
 * everything else is in the answer.
 */
export function collect(request: CollectRequest, context: CollectContext): Collected {
  const envelope = readEnvelope(request.body);
  if ("errors" in envelope) return refuseWhole(request.body, envelope.errors, factsOf(request, context, {}));
  return collectEvents(envelope, request, context);
}

/**
 * The same for events read from a body of another form. There may be any number of events, as long as they are one
 * batch.
 */
export function collectEvents(envelope: Envelope, request: CollectRequest, context: CollectContext): Collected {
  const facts = factsOf(request, context, envelope);
  const limits = limitsOfCaller(request.caller);
  const { writeOut, texts, isClean } = envelope;
  const room: Partial<Room> = texts === undefined ? {} : roomOfRequest(envelope.events.length);
  const drafts: Draft[] = [];
  const refused: Refused[] = [];
  for (const [index, input] of envelope.events.entries()) {
    const text = texts?.[index];
    const error = text && beyondLimits(text);
    const draft = error
      ? { errors: [error] }
      : draftOf(input, index, { facts, limits, depth: text?.depth, isClean, writeOut, ...room });
    if ("errors" in draft)
      refused.push({ index, input, raw: rawText(input, request.body, text), errors: draft.errors });
    else drafts.push(draft);
  }
  const batchId = envelope.batchId ?? deriveBatchId(facts.app, drafts) ?? context.newId();
  const isNamed = envelope.batchId !== undefined;
  const idOf = (index: number) => (isNamed ? eventIdOf(facts.app, batchId, index) : context.newId());
  return {
    answer: answerOf(
      drafts.length,
      refused,
      ignoredFields(drafts.map(({ checked, index }) => ({ index, ignored: checked.ignored ?? [] }))),
    ),
    stream: streamOf(batchId, context.eventsStreams),
    accepted: acceptedRecords(drafts, facts, batchId, idOf),
    rejected: rejectedRecords(refused, facts, room.cuts),
  };
}

/** A key without limits of its own gets Daymark's defaults; the trusted key has none. */
function limitsOfCaller({ trusted, limits }: Caller): SendLimits | undefined {
  return trusted ? undefined : (limits ?? limitsOf());
}

function factsOf(request: CollectRequest, context: CollectContext, said: Partial<Envelope>) {
  const { app, trusted } = request.caller;
  const { now, maxLatenessDays, timezone } = context;
  const { sentAt, before2000 = false } = said;
  return {
    app,
    source: request.source,
    trusted,
    clock: { receivedAt: now, sentAt, maxLatenessDays: trusted ? Number.POSITIVE_INFINITY : maxLatenessDays },
    before2000,
    receivedAt: new Date(now).toISOString(),
    timezone,
    secret: readVisitorSecret(context.visitorSalt),
    address: request.address,
    ownHosts: request.caller.ownHosts,
    cleanAddress: addressCleaner(context.privateParameters ?? ""),
    userAgent: request.userAgent,
    country: request.country,
    language: trusted ? undefined : preferredLanguage(request.acceptLanguage),
  } satisfies SourcedFacts;
}

type Drafting = Checking & { facts: RequestFacts; limits: SendLimits | undefined };

function draftOf(input: unknown, index: number, drafting: Drafting): Draft | { errors: FieldError[] } {
  const { facts, limits } = drafting;
  const checked = checkEvent(input, drafting);
  if ("errors" in checked) return checked;
  const error = limits && forbidden(checked.event, limits);
  if (error !== undefined) return { errors: [error] };
  const moment = eventMoment(checked.occurredAt, facts);
  return "errors" in moment ? moment : { checked, moment, index };
}

/** The batch id of a request that has none, if all its accepted events have ids of their own. */
function deriveBatchId(app: string, drafts: readonly Draft[]): string | undefined {
  const ids: string[] = [];
  for (const { checked } of drafts) {
    if (checked.event.event_id == null) return undefined;
    ids.push(checked.event.event_id.toLowerCase());
  }
  return ids.length === 0 ? undefined : batchIdOf(app, ids);
}

/** One record per day, or more if one would be too large. An event that occurs twice in a request is sent once. */
function acceptedRecords(drafts: Draft[], facts: SourcedFacts, batchId: string, idOf: (index: number) => string) {
  const write = createLineWriter(facts, batchId);
  const linesByDay = new Map<string, Line[]>();
  const ids = new Set<string>();
  const add = (day: string, line: Line): void => {
    const lines = linesByDay.get(day);
    if (lines === undefined) linesByDay.set(day, [line]);
    else lines.push(line);
  };
  for (const { checked, moment, index } of drafts) {
    const id = checked.event.event_id?.toLowerCase() ?? idOf(index);
    if (ids.has(id)) continue;
    ids.add(id);
    const began = visitBefore(checked, moment, facts.timezone);
    add(moment.day, write(checked, moment, id, began ? "event" : "all"));
    if (began !== undefined) add(began.day, write(checked, began, visitPartIdOf(id), "visit"));
  }
  const mark = facts.source && `"source":"${facts.source}",`;
  return [...linesByDay.values()].flatMap((lines) => packRecords(lines, mark));
}

function rejectedRecords(refused: readonly Refused[], facts: SourcedFacts, cuts?: Cuts): Uint8Array[] {
  if (refused.length === 0) return [];
  const { app, source, receivedAt } = facts;
  const today = { app, source, receivedAt, cuts, day: dayOf(facts.clock.receivedAt, facts.timezone) };
  return packRecords(
    refused.map(({ input, raw, errors }) => lineOf(JSON.stringify(rejectedRow(raw, input, errors, today)))),
  );
}

function refuseWhole(body: string, errors: FieldError[], facts: SourcedFacts): Collected {
  const refused = [{ index: 0, input: undefined, raw: body, errors }];
  return {
    answer: answerOf(0, refused),
    stream: "",
    accepted: [],
    rejected: rejectedRecords(refused, facts, roomOfRequest(1).cuts),
  };
}

function answerOf(accepted: number, refused: readonly Refused[], ignored: IgnoredField[] = []): Collected["answer"] {
  const body = { accepted, rejected: refused.map(rejectionOf), ...(ignored.length > 0 && { ignored }) };
  return { status: accepted > 0 ? 202 : 400, body };
}

function rejectionOf({ index, input, errors }: Refused): Rejection {
  const id = typeof input === "object" && input !== null && "event_id" in input ? input.event_id : undefined;
  return typeof id === "string" ? { index, event_id: cleanText(id, 64), errors } : { index, errors };
}
