/** What is kept, and what is answered, when an address has used up its budget. Its address is in neither. */
import { HttpError } from "../errors.ts";
import { dayOf } from "../metrics/time-bucket.ts";
import type { Collected } from "../pipeline/collect.ts";
import { packRecords } from "../pipeline/pack-records.ts";
import { rejectedRow } from "../pipeline/rejected-row.ts";
import type { BudgetLimits } from "./budget.ts";

/** Under this reason the status counts how often an address had to be refused. */
export const RATE_REASON = "rate";

export function tooMuch({ events, bytes }: BudgetLimits, retryAfterSeconds: number): HttpError {
  const message = `Cannot accept more: one address may send ${events} events and ${bytes} bytes a minute`;
  return new HttpError(429, message, { headers: { "retry-after": String(retryAfterSeconds) } });
}

/** A rejected row without an event, so that the status tells of it. `now` in epoch ms. */
export function noteOf(app: string, error: HttpError, now: number, timezone: string): Collected {
  const facts = { app, receivedAt: new Date(now).toISOString(), day: dayOf(now, timezone) };
  const row = rejectedRow("", undefined, [{ path: RATE_REASON, message: error.message }], facts);
  const answer: Collected["answer"] = { status: 400, body: { accepted: 0, rejected: [] } };
  return { answer, stream: "", accepted: [], rejected: packRecords([JSON.stringify(row)]) };
}
