/**
 * Firehose's limit on active partitions: a partition is active while it has a buffer that is not delivered, and a stream may
 * have so many of them (500 unless AWS has raised it). A record for one more goes to the error prefix, although the function
 * has taken it. https://docs.aws.amazon.com/firehose/latest/dev/buffering.html
 */

import type { Outcome } from "./ask-function.ts";
import { partitionName } from "./spool.ts";

/** https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
export const ACTIVE_PARTITIONS = 500;

// The type is the documentation's, the message as users have quoted it; the code is not documented.
const exceeded = {
  code: "DynamicPartitioning.ActivePartitionLimitExceeded",
  message: "The number of active partitions has exceeded the configured limit",
  errorType: "activePartitionExceeded",
} as const;

/**
 * The outcomes with those failed for which no partition is left, and the names of all partitions that are active then. Records
 * come in their order, so that the first ones get what is left.
 */
export function limitPartitions(
  outcomes: readonly Outcome[],
  active: ReadonlySet<string>,
  limit: number,
): { outcomes: Outcome[]; active: Set<string> } {
  const names = new Set(active);
  const limited = outcomes.map((outcome): Outcome => {
    if (outcome.result !== "ok") return outcome;
    const name = partitionName(outcome.keys);
    if (!names.has(name) && names.size >= limit)
      return { result: "failed", record: outcome.record, attempts: 1, ...exceeded };
    names.add(name);
    return outcome;
  });
  return { outcomes: limited, active: names };
}
