/** What may be sent, as the server checks it: test/clients keeps these types consistent with the server's schemas. */

type Common = {
  /** A UUID; derived from the batch if missing. */
  event_id?: string | null;
  /** ISO 8601 with an offset, or epoch milliseconds; now if missing. */
  occurred_at?: string | number | null;
  visitor_id?: string | null;
  session_id?: string | null;
  user_id?: string | null;
  /** An absolute address, or a path that begins with /. */
  url?: string | null;
  referrer?: string | null;
  title?: string | null;
  /** What was clicked, shown or bought. */
  target?: string | null;
  /** An integer, in the currency's minor unit. */
  amount?: number | null;
  /** ISO 4217. */
  currency?: string | null;
  /** BCP 47, such as `ko` or `en-US`: the language of the person the event is about. */
  language?: string | null;
  /** Which page of the visit this is, from 1. */
  page_number?: number | null;
  /** The address or path of the previous page; every page of a visit but the first has it. */
  previous_path?: string | null;
  /** Milliseconds since the previous event, and since the visit began. */
  elapsed_ms?: number | null;
  visit_ms?: number | null;
  /** The address and referrer of the visit's first page, from which the event gets the visit's channel and campaign. */
  entry_url?: string | null;
  entry_referrer?: string | null;
  /** The same for the visitor's first visit. */
  first_url?: string | null;
  first_referrer?: string | null;
  properties?: Record<string, unknown> | null;
};

export type PageView = Common & { name: "page_view"; url: string };
export type Click = Common & { name: "click"; target: string };
export type Impression = Common & { name: "impression"; target: string };
export type Payment = Common & { name: "payment"; amount: number; currency: string };
export type Login = Common & { name: "login" };
export type AccessLog = Common & {
  name: "access_log";
  status: number;
  method?: string | null;
  path?: string | null;
  bytes?: number | null;
  user_agent?: string | null;
  ip?: string | null;
};
export type AppLog = Common & {
  name: "app_log";
  level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
  service?: string | null;
  message?: string | null;
  template?: string | null;
};

type Known = PageView | Click | Impression | Payment | Login | AccessLog | AppLog;

/** An event by its name: with the fields of a name that the server knows, or with any fields for another name. */
export type EventOf<Name extends string> = Name extends Known["name"]
  ? Extract<Known, { name: Name }>
  : Common & { name: Name; [field: string]: unknown };
