/** Puts what collect decided on the delivery streams, before anybody is told that it was accepted. */
import type { FirehoseClient } from "@aws-sdk/client-firehose";
import type { Collected } from "../collect/collect.ts";
import { log, metric } from "../log.ts";
import { putRecords } from "./firehose.ts";

// With the 9 s of the last call and the 3 s that a secret may take, below the 20 s after which Lambda ends the function (serverless.yml).
const BUDGET_MS = 5000;

/**
 * Returns once everything is on its stream; throws an UnavailableError when accepted events are not. Rejected ones that could
 * not be kept fail a request only if there is nothing else in it: their sender is told of them, and the accepted ones would
 * come twice. An alarm on the metric RejectedNotKept says that it happened.
 */
export async function deliver(client: FirehoseClient, collected: Collected, rejectedStream: string): Promise<void> {
  const { stream, accepted, rejected } = collected;
  const put = (name: string, records: readonly Uint8Array[]) =>
    records.length === 0 ? undefined : putRecords(client, { stream: name, records, budgetMs: BUDGET_MS });
  const [events, refused] = await Promise.allSettled([put(stream, accepted), put(rejectedStream, rejected)]);
  if (events.status === "rejected") throw events.reason;
  if (refused.status === "fulfilled") return;
  if (accepted.length === 0) throw refused.reason;
  metric("RejectedNotKept", { records: rejected.length });
  log.error("Cannot keep rejected events", { error: refused.reason });
}

/** Puts records that nobody waits for on a stream; false, after a line in the log, when they could not be kept. */
export async function tryToKeep(
  client: FirehoseClient,
  stream: string,
  records: readonly Uint8Array[],
): Promise<boolean> {
  try {
    await putRecords(client, { stream, records, budgetMs: BUDGET_MS });
    return true;
  } catch (error) {
    log.error("Cannot keep the counts of refused requests yet", { error });
    return false;
  }
}
