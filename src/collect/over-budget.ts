/** The answer when an address has used up its budget. It does not contain the address. */
import { HttpError } from "../errors.ts";
import type { BudgetLimits } from "./budget.ts";

export function tooMuch({ events, bytes }: BudgetLimits, retryAfterSeconds: number): HttpError {
  const message = `Cannot accept more: one address may send ${events} events and ${bytes} bytes a minute`;
  return new HttpError("address_over_budget", message, { headers: { "retry-after": String(retryAfterSeconds) } });
}
