/** Records an event. It is turned into text immediately, so that one that cannot be sent spoils no batch. */

import { isArrival } from "./arrival.ts";
import { deliver } from "./outbox.ts";
import { addressOf, ofDocument, page } from "./page.ts";
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
  /** The address of the page, as far as it is not that of the document: of a `page_view` also for what follows. */
  url?: string | undefined;
  referrer?: string;
  title?: string | undefined;
  properties?: Record<string, unknown>;
  [field: string]: unknown;
};

/** `daymark("name", { … })`. Until the script has loaded, calls are collected in `q`. */
export type Daymark = {
  (name: string, fields?: Fields): void;
  optOut?: (isOut?: boolean) => void;
  q?: ArrayLike<unknown>[];
};

const events: string[] = [];

/** What the address bar showed at the last view, which may have had an address of its own. */
export let shown = "";
/** The id of the last view, how long it has been seen, and since when it was not added up. */
let view: string;
let seen = 0;
let since: number;

/** Records an event of any name, to be sent together with others. */
export const record: Daymark = safely((name: string, fields?: Fields): void => {
  if (isPrivate()) return;
  const isPage = name === "page_view";
  let arrives: unknown;
  if (isPage) {
    leave();
    page.referrer = page.url || ofDocument<string>("referrer");
    arrives = !shown && isArrival(page.referrer);
    page.url = addressOf(fields?.url);
    shown = addressOf();
  }
  const time = +new Date();
  const url = (shown === addressOf() && page.url) || addressOf();
  const event = {
    name,
    event_id: uuidV7(),
    occurred_at: time,
    ...visitFields(name, isPage, time, url, arrives),
    ...page,
    url,
    title: ofDocument("title"),
    ...fields,
  };
  if (isPage) view = event.event_id;
  const text = JSON.stringify(event);
  // As many as have less than 60 KB, at three bytes for a character.
  if ((events + text).length > 19_000) flush();
  const count = events.push(text);
  // The first of them waits for more. All that one task records are sent together, however many.
  if (count % 19 === 1) setTimeout(flush, count > 1 ? 0 : 5000);
});

/** Records what happened to an element. What is too long to be a target is cut. */
export const recordTarget = (name: string, target: string): void => record(name, { target: target.slice(0, 256) });

/**
 * Adds up how long the page is seen; twice a second, because between two calls that are far apart the machine slept. An
 * event's time stamp is of a clock that is never put back, and that pages do not replace. `window.`, because pages have
 * a class `Event` of their own, or a constant `URL`.
 */
export const watchTime = (): void => {
  const time = new window.Event("").timeStamp;
  if (since) seen += Math.min(time - since, 2000);
  since = time;
};

/** Records how long the page was seen, at the address that it was seen under: the address bar may show another. */
const leave = (): void => {
  if (since) {
    watchTime();
    record("page_leave", { view, ms: seen | 0, url: page.url });
    seen = 0;
  }
};

/** Hands over what was recorded since the last call; `isLast` if there may be no other call. */
const flush = safely((isLast?: boolean): void => deliver(`${events.splice(0)}`, isLast));

/** The page is hidden, or left for good. */
export const hide = (): void => {
  leave();
  since = 0;
  flush(true);
};
