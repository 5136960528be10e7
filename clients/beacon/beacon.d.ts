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

export type Settings = {
  /** The write key, `wk_…`. */
  key: string;
  /** The address of Daymark, such as `https://events.example.com`, or of a proxy of your own in front of it. */
  endpoint: string;
  /** `persistent` keeps an id in this browser, so that a visitor is recognised on another day. */
  visitor?: "persistent" | (string & {}) | undefined;
  /** Other hosts of the same site, without `www.` and separated by commas: coming from them begins no visit. */
  hosts?: string | undefined;
  /** Any text: the app keeps the paths of its pages behind `#`, as in `/#/jobs/7`. */
  hash?: string | boolean | undefined;
};

/** Starts the beacon: page views, marked clicks and impressions are recorded from now on. Only the first call has an effect. */
export const init: (settings: Settings) => void;

/** Records an event. Events recorded before `init` are kept until it is called. */
export const track: (name: string, fields?: Fields) => void;

/** The visitor wants no events recorded in this browser, or (false) allows them again. Also works before `init`. */
export const optOut: (isOut?: boolean) => void;
