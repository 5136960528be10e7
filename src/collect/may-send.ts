/**
 * What an app's public key may send. Whoever opens the page has that key, so what money and security hang on (payments, logins, a
 * server's access log) comes with the trusted key alone, unless the app says otherwise, and no amount is without a bound.
 */
import type { FieldError } from "../schemas/api/collect-answer.ts";
import { show } from "../schemas/describe-issue.ts";
import { eventTypes } from "../schemas/events/event.ts";

/** In `names`, stands for every name that is no event type of Daymark's own. */
export const CUSTOM = "custom";
export const defaultNames: readonly string[] = ["page_view", "click", "impression", CUSTOM];
export const DEFAULT_MAX_AMOUNT = 1_000_000_000;

/** `maxAmount` in minor units, either way. */
export type SendLimits = { names: ReadonlySet<string>; maxAmount: number };
type AppLimits = { names?: readonly string[] | undefined; maxAmount?: number | undefined };

/** The limits of an app, with Daymark's own where it names none. */
export function limitsOf({ names = defaultNames, maxAmount = DEFAULT_MAX_AMOUNT }: AppLimits = {}): SendLimits {
  return { names: new Set(names), maxAmount };
}

/** What an event has that its sender's key may not send. */
export function forbidden(
  { name, amount }: { name: string; amount?: number | null | undefined },
  limits: SendLimits,
): FieldError | undefined {
  const { names, maxAmount } = limits;
  if (!names.has(name) && (Object.hasOwn(eventTypes, name) || !names.has(CUSTOM))) {
    const list = [...names].map((one) => (one === CUSTOM ? "names of your own" : one)).join(", ");
    return { path: "name", message: `Expected what this key may send (${list}), got ${show(name)}` };
  }
  if (amount != null && Math.abs(amount) > maxAmount)
    return { path: "amount", message: `Expected at most ${maxAmount} either way with this key, got ${amount}` };
  return undefined;
}
