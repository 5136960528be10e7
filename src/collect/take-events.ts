/**
 * Takes one request with events, from its sender's key to the answer. Senders can rely on the order: no one is answered
 * 202 before Firehose has the events, nothing of a refused request is counted, and a refusal costs little.
 *
 * 1. Find out whose key it is, and whether the stage counts in the time zone of its table.
 * 2. Check that the address has some of its budget left, before the body is read.
 * 3. Decide which events are accepted and pack them into records (collect.ts); this is charged to the budget.
 * 4. Put the records on the streams, then answer.
 */

import { cached } from "../cache.ts";
import type { Reporter } from "../reporter.ts";
import type { CollectAnswer } from "../schemas/api/collect-answer.ts";
import { TRUSTED_APP } from "../schemas/trusted-app.ts";
import { addressOf } from "../sources/client-address.ts";
import { requireSameZone } from "../table/time-zone.ts";
import { type BudgetLimits, createBudget, type Spender } from "./budget.ts";
import { type CollectContext, collect } from "./collect.ts";
import { createDelivery, type PutRecords } from "./deliver.ts";
import { tooMuch } from "./over-budget.ts";
import { createRefusals, type Known } from "./refusals.ts";
import { type AppKey, type Caller, createKeyring, identify } from "./write-key.ts";

/** The sender, according to the request's headers and address. */
export type RequestSender = {
  /** What it says of itself; only servers are believed that they import. */
  source?: "pixel" | "import" | undefined;
  key: string | undefined;
  isKeyInUrl: boolean;
  origin: string | undefined;
  address: string;
  userAgent: string;
  acceptLanguage: string;
  country: string | undefined;
};

/** What is read for each request, mostly from memory. */
export type CollectReaders = {
  trustedKey: { check<T>(use: (key: string) => T): Promise<T> };
  visitorSalt: { read(): Promise<string> };
  tableZone: { read(): Promise<string | undefined> };
};

export type TakeOptions = Pick<Reporter, "log" | "metric"> &
  CollectReaders &
  Omit<CollectContext, "now" | "visitorSalt"> & {
    putRecords: PutRecords;
    rejectedStream: string;
    /** Epoch ms. */
    clock: () => number;
  };

/** `bytes` is the size of the request before it is unpacked. `readBody` throws an HttpError for what cannot be read. */
export type EventsRequest = { sender: RequestSender; bytes: number; readBody: () => string };

type Options = TakeOptions & { apps: readonly AppKey[]; budget: BudgetLimits };

/** Takes requests. Rejects with an HttpError, or with an UnavailableError if the same request may pass later. */
export function createTakeEvents(options: Options) {
  const { trustedKey, visitorSalt, tableZone, timezone, clock, apps } = options;
  const keyringWith = cached(1, (trusted) => createKeyring(apps, trusted));
  const budget = createBudget(options.budget);
  const { deliver, keepRefused } = createDelivery(options);
  const refusals = createRefusals({ keep: keepRefused, clock, timezone });

  async function take({ sender, bytes, readBody }: EventsRequest, known: Known): Promise<Answer> {
    const sourceOf = (app: string) => (sender.source === "import" && app !== TRUSTED_APP ? undefined : sender.source);
    known.source = sourceOf(known.app);
    const onFound = (app: string) => Object.assign(known, { app, source: sourceOf(app) });
    const [caller, salt, zone] = await Promise.all([
      trustedKey.check((trusted) => identify(keyringWith(trusted), sender, onFound)),
      visitorSalt.read(),
      tableZone.read(),
    ]);
    // Its events would get the wrong day. The sender keeps the request and tries again.
    requireSameZone(timezone, zone, "take events");
    const spender = spenderOf(caller, sender);
    if (spender) takeUp(spender, bytes);
    const context = { ...options, visitorSalt: salt, now: clock() };
    const collected = collect({ ...sender, body: readBody(), caller, source: known.source }, context);
    const { accepted, rejected } = collected.answer.body;
    if (spender) budget.spend(spender, accepted + rejected.length, clock());
    await deliver(collected);
    return collected.answer;
  }

  /** Throws a 429 if the sender's budget is used up. */
  function takeUp(spender: Spender, bytes: number): void {
    const refusal = budget.take(spender, bytes, clock());
    if (refusal === undefined) return;
    if (refusal.isFirst) options.log.warn("An address has used up its budget", { app: spender.app, ...options.budget });
    throw tooMuch(options.budget, refusal.retryAfterSeconds);
  }

  return (request: EventsRequest): Promise<Answer> => refusals.watch((known) => take(request, known));
}

type Answer = { status: 202 | 400; body: CollectAnswer };

function spenderOf({ app, trusted }: Caller, { address }: RequestSender): Spender | undefined {
  return trusted ? undefined : { app, address: addressOf(address) ?? "" };
}
