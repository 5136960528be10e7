/** Records an event. It is turned into text immediately, so that one that cannot be sent spoils no batch. */
import { deliver } from "./outbox.ts";
import { page } from "./page.ts";
import { isPrivate } from "./privacy.ts";
import { safely } from "./safely.ts";
import { uuidV7 } from "./uuid-v7.ts";
import { visitFields } from "./visit.ts";

/** An event's own fields, as in `POST /v1/events`. Unknown ones become `properties`. */
export type Fields = {
  /** A UUID. Set it if the same event may be recorded twice, such as a payment on a page that is reloaded. */
  event_id?: string;
  user_id?: string;
  /** What was clicked, seen or bought. */
  target?: string;
  /** An integer, in the currency's minor unit: 1990 for 19.90. */
  amount?: number;
  /** ISO 4217, such as `KRW`. */
  currency?: string;
  /** BCP 47, such as `ko` or `en-US`; the browser's language if missing. */
  language?: string;
  url?: string;
  referrer?: string;
  title?: string | undefined;
  properties?: Record<string, unknown>;
  [field: string]: unknown;
};

const events: string[] = [];

/** Records an event of any name, to be sent together with others. */
export const record = safely((name: string, fields?: Fields): void => {
  if (isPrivate()) return;
  const event = {
    name,
    event_id: uuidV7(),
    occurred_at: Date.now(),
    ...visitFields(name),
    ...page,
    title: document.title,
    ...fields,
  };
  const count = events.push(JSON.stringify(event));
  // All events recorded in one task are sent together, however many.
  if (count === 20) setTimeout(flush);
  if (count === 1) setTimeout(flush, 5000);
});

/** Hands over what was recorded since the last call; `isLast` if there may be no other call. */
export const flush = safely((isLast?: boolean): void => deliver(events.splice(0), isLast));
