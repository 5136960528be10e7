/**
 * The list of event types. To add one, add a file beside this one and a line below. A name without a line is a custom
 * event. zod compiles a schema when the first event of its type arrives, which makes checking several times faster.
 */
import * as z from "zod/mini";
import { accessLog } from "./access-log.ts";
import { appLog } from "./app-log.ts";
import { click } from "./click.ts";
import { customEvent } from "./custom-event.ts";
import { impression } from "./impression.ts";
import { login } from "./login.ts";
import { pageView } from "./page-view.ts";
import { payment } from "./payment.ts";

export const eventTypes = {
  page_view: pageView,
  click,
  impression,
  payment,
  login,
  access_log: accessLog,
  app_log: appLog,
} as const;

/** An event as it may be sent, of any type. */
export type EventInput = z.infer<typeof customEvent> &
  Partial<Omit<z.infer<typeof accessLog>, "name"> & Omit<z.infer<typeof appLog>, "name">>;

/** Events that servers write. They are about whom they name, not about their sender, and belong to no visit. */
export const serverLogs = ["access_log", "app_log"] as const;

/**
 * The name of a row that holds what an event adds to a visit which began on another day: a visit belongs to the day on
 * which it began, so the row does, too. No event that is sent can have such a name.
 */
export const VISIT_PART = "visit.part";

/** The names that are no event of a visitor. */
export const noEvents = [...serverLogs, VISIT_PART] as const;

const MAX_NAME_LENGTH = 64;
type Type = { schema: z.ZodMiniType<EventInput>; fields: ReadonlySet<string> };
const compiled = new Map<string, Type>();

/** How an event with this name is checked, and which fields it has; everything else in it belongs to `properties`. */
export function eventType(name: unknown): Type {
  // A text of 1 MB is not looked up: that would make a name of a field of it.
  const isShort = typeof name === "string" && name.length <= MAX_NAME_LENGTH;
  const key = isShort && Object.hasOwn(eventTypes, name) ? name : "";
  return compiled.get(key) ?? compile(key);
}

function compile(key: string): Type {
  const schema = isKnown(key) ? eventTypes[key] : customEvent;
  const type = { schema: z.compile<z.ZodMiniType<EventInput>>(schema), fields: new Set(Object.keys(schema.def.shape)) };
  compiled.set(key, type);
  return type;
}

function isKnown(key: string): key is keyof typeof eventTypes {
  return Object.hasOwn(eventTypes, key);
}
