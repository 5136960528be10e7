/**
 * Takes one request with a shipper's logs, in the order of take-events.ts. Only the trusted key may write logs, and no
 * budget applies. Shippers retry on few statuses and drop what was refused with any other, so only few are used: 200,
 * 503 with Retry-After for anything that may pass later, and 400, 401, 403 or 413 for what never will.
 */

import { cached } from "../../cache.ts";
import { HttpError } from "../../errors.ts";
import type { SourceName } from "../../schemas/event-source.ts";
import { type LogRoute, logBodies } from "../../sources/log-bodies.ts";
import { requireSameZone } from "../../table/time-zone.ts";
import { createDelivery } from "../deliver.ts";
import { createRefusals, type Known } from "../refusals.ts";
import type { RequestSender, TakeOptions } from "../take-events.ts";
import { createKeyring, identify } from "../write-key.ts";
import { answerLogs, collectLogs, mergeByStream } from "./shipped-logs.ts";

/** `tag` is the sender's own name. `readBody` throws an HttpError for what cannot be unpacked. */
export type LogsRequest = {
  sender: RequestSender;
  tag: string;
  route: LogRoute;
  contentType: string;
  readBody: () => Buffer;
};

const sources = {
  "POST /v1/logs": "otlp",
  "POST /v1/logs/access": "access_logs",
  "POST /v1/logs/app": "app_logs",
} satisfies Record<LogRoute, SourceName>;

/** Takes requests. Rejects with an HttpError, or with an UnavailableError if the same request may pass later. */
export function createTakeLogs(options: TakeOptions) {
  const { trustedKey, visitorSalt, tableZone, timezone, clock } = options;
  const keyringOf = cached(1, (trusted) => createKeyring([], trusted));
  const { deliver, keepRefused } = createDelivery(options);
  const refusals = createRefusals({ keep: keepRefused, clock, timezone });

  async function take({ sender, tag, route, contentType, readBody }: LogsRequest, known: Known) {
    const source = sources[route];
    known.source = source;
    const onFound = (app: string) => Object.assign(known, { app });
    const [caller, salt, zone] = await Promise.all([
      trustedKey.check((trusted) => identify(keyringOf(trusted), sender, onFound)),
      visitorSalt.read(),
      tableZone.read(),
    ]);
    requireSameZone(timezone, zone, "take logs");
    const body = readBody();
    const logs = { body, events: readEvents(route, body, contentType), tag };
    const context = { ...options, visitorSalt: salt, now: clock() };
    const collected = collectLogs(logs, { ...sender, caller, source }, context);
    for (const merged of mergeByStream(collected)) await deliver(merged);
    return answerLogs(route, contentType, collected);
  }

  return (request: LogsRequest) => refusals.watch((known) => take(request, known));
}

function readEvents(route: LogRoute, body: Buffer, contentType: string): unknown[] {
  try {
    return logBodies[route](body, contentType);
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    throw new HttpError("unreadable_body", cause.message, { cause });
  }
}
