/**
 * What an app's public key may send. Everyone who opens the page has that key. So events that concern money and
 * security (payments, logins, a server's access log) need the trusted key unless the app allows them, and no amount is
 * unbounded.
 */
import type { FieldError } from "../schemas/api/collect-answer.ts";
import { show } from "../schemas/describe-issue.ts";
import { eventTypes } from "../schemas/events/event.ts";

/** In `names`, stands for every name that is not one of Daymark's own event types. */
export const CUSTOM = "custom";
export const defaultNames: readonly string[] = ["page_view", "click", "impression", CUSTOM];
export const DEFAULT_MAX_AMOUNT = 1_000_000_000;

/** `maxAmount` is in minor units, and also bounds negative amounts. */
export type SendLimits = { names: ReadonlySet<string>; maxAmount: number };
type AppLimits = { names?: readonly string[] | undefined; maxAmount?: number | undefined };

/** The limits of an app, with Daymark's defaults for those it does not set. */
export function limitsOf({ names = defaultNames, maxAmount = DEFAULT_MAX_AMOUNT }: AppLimits = {}): SendLimits {
  return { names: new Set(names), maxAmount };
}

/** The error for an event that its sender's key may not send; undefined if it may. */
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
