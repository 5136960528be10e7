/**
 * Firehose's limit on active partitions: a partition is active while it has an undelivered buffer, and a stream may
 * have only so many of them (500 unless AWS has raised it). A record for one more goes to the error prefix, although
 * the function has accepted it.
 * https://docs.aws.amazon.com/firehose/latest/dev/buffering.html
 */

import type { Outcome } from "./ask-function.ts";
import type { StreamContext } from "./context.ts";
import { dueAt } from "./next-step.ts";
import { isDeliveryFailing } from "./progress.ts";
import { type Batch, partitionName } from "./state.ts";

/** https://docs.aws.amazon.com/firehose/latest/dev/limits.html */
export const ACTIVE_PARTITIONS = 500;

// The type is from the documentation, the message as quoted by users; the code is not documented.
const exceeded = {
  code: "DynamicPartitioning.ActivePartitionLimitExceeded",
  message: "The number of active partitions has exceeded the configured limit",
  errorType: "activePartitionExceeded",
} as const;

/**
 * The outcomes, in which those without an available partition have failed, and the names of all partitions that are
 * then active. Records are processed in order, so the first ones get what is available.
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

/** A stream's partitions, including those of batches that are just being spooled. */
export type Partitions = {
  /**
   * Fails what exceeds the limit, and reserves the partitions of the rest for the batch until they are in the journal.
   */
  limit(batch: Batch, outcomes: readonly Outcome[]): readonly Outcome[];
  release(batch: Batch): void;
  active(): Set<string>;
};

export function createPartitions(context: StreamContext): Partitions {
  const reserved = new Map<number, Set<string>>();
  const active = () => activePartitions(context, reserved);
  return {
    limit(batch, outcomes) {
      if (!context.stream.dynamicPartitioning) return outcomes;
      reserved.delete(batch.id);
      const limited = limitPartitions(outcomes, active(), context.tuning.activePartitions);
      reserved.set(batch.id, limited.active);
      return limited.outcomes;
    },
    release: ({ id }) => reserved.delete(id),
    active,
  };
}

/**
 * The partitions with an undelivered buffer. AWS delivers all that are due at the same time, this machine one after the
 * other: so one that is due counts as active only if it cannot be delivered.
 */
function activePartitions(context: StreamContext, reserved: ReadonlyMap<number, Set<string>>): Set<string> {
  const { journal, progress, limits } = context;
  const { parts, plans } = journal.state;
  const isFailing = isDeliveryFailing(journal.state, progress);
  const undelivered = isFailing ? [...parts, ...plans.flatMap((plan) => plan.parts)] : parts;
  const names = new Set(undelivered.map(({ keys }) => partitionName(keys)));
  const now = performance.now();
  if (!isFailing)
    for (const part of parts) if (dueAt(part, progress, limits) <= now) names.delete(partitionName(part.keys));
  for (const more of reserved.values()) for (const name of more) names.add(name);
  return names;
}
