/**
 * Numbers that a double cannot hold, of which an event may have thousands: only those in fields that are checked become
 * numbers. All others stay the texts that the parser has made of them (src/schemas/exact-json.ts), and are written out
 * when the event's properties are.
 */
import { eventType } from "../../schemas/events/event.ts";
import type { Marks } from "../../schemas/exact-json.ts";

type Read = Marks["readValue"];
type Fields = Record<string, unknown>;

/** What an event says outside of its type's own fields, and is looked at nevertheless (check-event.ts). */
const alsoChecked = ["ms"];

/** The event itself, with such fields read. */
export function readEventNumbers(event: unknown, read: Read): unknown {
  if (!isObject(event)) return read(event);
  readFields(event, namesIn(event, eventType(event.name).fields), read);
  readFields(event, alsoChecked, read);
  if (isObject(event.properties)) readFields(event.properties, alsoChecked, read);
  if (Array.isArray(event.visit)) event.visit = event.visit.map(read);
  return event;
}

/** The object itself, with some of its fields read. */
export function readFields(object: Fields, fields: Iterable<string>, read: Read): Fields {
  for (const field of fields) if (Object.hasOwn(object, field)) object[field] = read(object[field]);
  return object;
}

/** An object with those of some fields that another has, in its order. */
export function pickFields(object: Fields, fields: ReadonlySet<string>): Fields {
  const picked: Fields = {};
  for (const name of namesIn(object, fields)) picked[name] = object[name];
  return picked;
}

function namesIn(object: Fields, fields: ReadonlySet<string>): string[] {
  return Object.keys(object).filter((name) => fields.has(name));
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
