/** Checks whether one event of a request can be accepted, and reads what it says. */
import type { FieldError } from "../../schemas/api/collect-answer.ts";
import { describeIssues, show, wrongField } from "../../schemas/describe-issue.ts";
import { type EventInput, eventType } from "../../schemas/events/event.ts";
import { MAX_VISIT_MS } from "../../schemas/events/fields.ts";
import { withPlainNumbers } from "../../schemas/exact-json.ts";
import { parseInstant } from "../../schemas/instant.ts";
import { idOf } from "../visitor/placeholder.ts";
import { type PageUrl, parseLink, parsePageUrl } from "./page-url.ts";
import { type AsText, propertiesText } from "./properties.ts";
import { isObject, pickFields } from "./read-numbers.ts";
import { type Room, takeAddresses, takeUserAgent } from "./request-limits.ts";
import { type StoredTexts, storedTexts } from "./stored-texts.ts";
import { readVisit, type VisitAddresses } from "./visit.ts";
import { visitFields } from "./visit-state.ts";

/** An event that may be accepted: its fields, and what was parsed from them during the check. */
export type CheckedEvent = StoredTexts & {
  event: EventInput;
  page: PageUrl | undefined;
  visit: VisitAddresses;
  occurredAt: number | undefined;
  /** The fields that held a placeholder for an id, if there are any. They count as absent. */
  ignored?: readonly FieldError[];
};

/** What is known of the text that an event was, and what its request may still hold: any number, if that is missing. */
export type Checking = AsText & Partial<Room>;

const idFields = ["visitor_id", "session_id", "user_id"] as const;

/**
 * Checks an input of any shape. Of it, only its list of a visit is changed (visit-state.ts). What is not the event's own
 * may be thousands of fields, so its own are put aside first: every look at them takes a fraction of the time.
 */
export function checkEvent(input: unknown, how: Checking = {}): CheckedEvent | { errors: FieldError[] } {
  if (!isObject(input)) return { errors: [wrongField("", input)] };
  const { schema, fields } = eventType(input.name);
  const named = pickFields(input, fields);
  const visitState = visitFields(input);
  if (visitState) input.visit = undefined;
  const own = visitState ? { ...visitState, ...named } : named;
  // A field that must be a number is read as a double here, even if the request holds it as a longer number.
  const parsed = schema.safeParse(withPlainNumbers(own));
  if (!parsed.success) return { errors: describeIssues(parsed.error.issues, own) };
  const { event, ignored } = readIds(parsed.data);
  if (how.addresses) takeAddresses(event, how.addresses);
  if (how.userAgents) takeUserAgent(event, how.userAgents);

  const address = event.url || event.path;
  // What a client asked of a server is a path, whatever it begins with.
  const page = address ? (event.name === "access_log" ? parsePageUrl : parseLink)(address) : undefined;
  if (page === null || (event.url === "" && event.name === "page_view")) return wrong("url", event.url);
  const occurredAt = event.occurred_at == null ? undefined : parseInstant(event.occurred_at);
  if (occurredAt === undefined && event.occurred_at != null) return wrong("occurred_at", event.occurred_at);
  const visit = readVisit(event);
  if ("wrong" in visit) return wrong(visit.wrong, event[visit.wrong]);
  const ms = visibleTime(input);
  if (ms !== undefined && !isVisibleTime(ms)) return wrong("ms", ms);
  const properties = propertiesText(
    input,
    Object.keys(named),
    isObject(input.properties) ? input.properties : undefined,
    how,
  );
  if ("error" in properties) return { errors: [properties.error] };
  const texts = storedTexts(event, properties.text, how.cuts);
  return { event, page, visit, occurredAt, ...texts, ...(ignored.length > 0 && { ignored }) };
}

/** The event with ids as they are stored: without blanks around them, and without placeholders. */
function readIds(event: EventInput): { event: EventInput; ignored: FieldError[] } {
  const read = idFields.flatMap((field) => {
    const text = event[field];
    const id = text ? idOf(text) : text;
    return id === text ? [] : [{ field, text, id }];
  });
  if (read.length === 0) return { event, ignored: [] };
  const ignored = read.filter(({ id }) => id === undefined);
  return {
    event: { ...event, ...Object.fromEntries(read.map(({ field, id }) => [field, id])) },
    ignored: ignored.map(({ field, text }) => ({
      path: field,
      message: `${show(text)} names nobody, and counts as absent`,
    })),
  };
}

/** What the end of a look at a page says of its length. The clocks of old beacons could be put back meanwhile. */
function visibleTime({ name, ms, properties }: Record<string, unknown>): unknown {
  if (name !== "page_leave") return undefined;
  return isObject(properties) && Object.hasOwn(properties, "ms") ? properties.ms : ms;
}

function isVisibleTime(ms: unknown): boolean {
  return typeof ms === "number" && Number.isInteger(ms) && ms >= 0 && ms <= MAX_VISIT_MS;
}

function wrong(field: string, value: unknown): { errors: FieldError[] } {
  return { errors: [wrongField(field, value)] };
}
