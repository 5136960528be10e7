/**
 * The fields of events: what each may hold and, in `expected`, the same in words for someone who sent something else.
 * Nothing is changed here: src/collect/event/event-row.ts cleans and shortens.
 *
 * Texts that numbers are grouped by are refused when they are too long, because a shortened one would be another
 * target. Texts that only people read (`url`, `referrer`, `title`) are shortened instead. `null` for an optional field
 * means absent.
 */
import * as z from "zod/mini";
import { cleanText } from "../clean-text.ts";
import { isCurrency } from "../currency.ts";
import { ofText } from "./lengths.ts";

/** The longest value that numbers are grouped by, in UTF-16 units. */
export const MAX_ID_LENGTH = 256;
/** A longer `url` or `referrer` is shortened to this. */
export const MAX_URL_LENGTH = 2048;
export const MAX_TITLE_LENGTH = 512;
/** A longer log message is shortened to this. */
export const MAX_MESSAGE_LENGTH = 8192;
/** A longer path is shortened to this. */
export const MAX_PATH_LENGTH = 1024;

const uuidPattern = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** A BCP 47 tag that starts with a language. */
export const languageTag = /^([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*$/;

export const uuid = z.string().check(z.regex(uuidPattern));
export const eventName = z.string().check(z.regex(/^[a-z][a-z0-9_]{0,63}$/));
export const instant = z.union([z.string(), z.number()]);
export const longText = z.string();
export const shortText = z.string().check(ofText(z.maxLength(MAX_ID_LENGTH)));
/** Of which something is left once it is cleaned, and to be seen. */
export const target = z.string().check(
  ofText(z.minLength(1)),
  ofText(z.maxLength(MAX_ID_LENGTH)),
  z.refine((text) => cleanText(text).trim() !== ""),
);
export const amount = z.int();
export const currency = z.string().check(z.regex(/^[A-Za-z]{3}$/), z.refine(isCurrency));
/** Only the language of a tag is stored (src/collect/visitor/language.ts). Pages that name none send an empty one. */
export const language = z.string().check(z.regex(new RegExp(`^$|${languageTag.source}`)));
/**
 * Any object. Its content is taken from the event itself (properties.ts): zod's `record` would walk through it and copy
 * it.
 */
export const properties: z.ZodMiniType<Record<string, unknown>> = z.object({});

/** A visit ends after half an hour without an event, and after a day at the latest. */
export const MAX_ELAPSED_MS = 1_800_000;
export const MAX_VISIT_MS = 86_400_000;
const MAX_PAGE_NUMBER = 100_000;

const upTo = (most: number, least = 0) => z.int().check(z.minimum(least), z.maximum(most));

/** What an event may say about the visit it belongs to and, in `first_…`, about the visitor's first visit. */
const visitFields = {
  page_number: z.nullish(upTo(MAX_PAGE_NUMBER, 1)),
  previous_path: z.nullish(longText),
  elapsed_ms: z.nullish(upTo(MAX_ELAPSED_MS)),
  visit_ms: z.nullish(upTo(MAX_VISIT_MS)),
  entry_url: z.nullish(longText),
  entry_referrer: z.nullish(longText),
  first_url: z.nullish(longText),
  first_referrer: z.nullish(longText),
};

/** What every event may hold in addition to its name. */
export const commonFields = {
  event_id: z.nullish(uuid),
  occurred_at: z.nullish(instant),
  visitor_id: z.nullish(shortText),
  session_id: z.nullish(shortText),
  user_id: z.nullish(shortText),
  url: z.nullish(longText),
  referrer: z.nullish(longText),
  title: z.nullish(longText),
  target: z.nullish(shortText),
  amount: z.nullish(amount),
  currency: z.nullish(currency),
  language: z.nullish(language),
  ...visitFields,
  properties: z.nullish(properties),
};

/** What a field must hold, in words that complete "Expected …". */
export const expected: ReadonlyMap<string, string> = new Map([
  ["", "an object with at least a name"],
  ["events", "an array of events"],
  ["name", "a name that matches ^[a-z][a-z0-9_]{0,63}$"],
  ["event_id", "a UUID"],
  ["batch_id", "a UUID"],
  ["sent_at", "a time as ISO 8601 with an offset, or as epoch milliseconds"],
  ["before_2000", "true if events from before 2000 are meant, which only the trusted key may send"],
  ["occurred_at", "a time as ISO 8601 with an offset, or as epoch milliseconds"],
  ["visitor_id", `a string of at most ${MAX_ID_LENGTH} characters`],
  ["session_id", `a string of at most ${MAX_ID_LENGTH} characters`],
  ["user_id", `a string of at most ${MAX_ID_LENGTH} characters`],
  ["url", "an absolute URL or a path that begins with /"],
  ["referrer", "a string"],
  ["title", "a string"],
  ["target", `a string of 1 to ${MAX_ID_LENGTH} characters`],
  ["amount", "a whole number of minor units, at most 2^53-1 either way"],
  ["currency", "a currency of ISO 4217, such as KRW or USD"],
  ["language", "a language tag as in BCP 47, such as ko or en-US"],
  ["page_number", `a whole number from 1 to ${MAX_PAGE_NUMBER}`],
  ["previous_path", "an address, or a path that begins with /, which each page of a visit but the first has"],
  ["elapsed_ms", `a whole number of milliseconds, at most ${MAX_ELAPSED_MS}: after that a visit is over`],
  ["visit_ms", `a whole number of milliseconds, at most ${MAX_VISIT_MS}`],
  ["entry_url", "an absolute URL or a path that begins with /"],
  ["entry_referrer", "a string"],
  ["first_url", "an absolute URL or a path that begins with /"],
  ["first_referrer", "a string"],
  ["properties", "an object"],
  ["ms", `a whole number of milliseconds, at most ${MAX_VISIT_MS}`],
  ["method", "a string of at most 32 characters"],
  ["status", "a whole number from 100 to 599"],
  ["bytes", "a whole number of bytes"],
  ["path", "a path that begins with /"],
  ["user_agent", "a string"],
  ["ip", "a string of at most 64 characters"],
  ["level", "one of trace, debug, info, warn, error, fatal"],
  ["service", `a string of at most ${MAX_ID_LENGTH} characters`],
  ["message", "a string"],
  ["template", `a string of at most ${MAX_ID_LENGTH} characters`],
]);
