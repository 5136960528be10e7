/**
 * The objects under a stream's error prefix for the records of a batch that the transformation failed, or for which no
 * partition was left. lake/convert.ts writes those that the conversion refuses.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
 */
import { rm } from "node:fs/promises";
import { objectPath, putObject } from "../../s3/objects.ts";
import { functionArn, type StreamDescription } from "../description.ts";
import { evaluatePrefix, objectName } from "../prefix.ts";
import { type FailedOutcome, failureLine } from "./ask-function.ts";
import type { Batch } from "./state.ts";

export type FailureContext = { home: string; stream: StreamDescription };
/**
 * The failures of a batch; `at` is the arrival of its first record, `isAgain` whether an earlier attempt may have
 * written objects.
 */
export type Failures = { batch: Batch; at: number; failed: readonly FailedOutcome[]; isAgain: boolean };

const errorTypes = ["processing-failed", "activePartitionExceeded"] as const;

/**
 * The same batch writes the same objects, because their names are derived from it. What an earlier attempt wrote is
 * replaced.
 */
export async function writeFailures({ batch, at, failed, isAgain }: Failures, context: FailureContext): Promise<void> {
  const { home, stream } = context;
  const { timeZone } = stream;
  const name = objectName(stream.name, at, timeZone, `batch-${batch.id}`);
  for (const errorType of errorTypes) {
    const ones = failed.filter((one) => (one.errorType ?? "processing-failed") === errorType);
    if (ones.length === 0 && !isAgain) continue;
    const prefix = evaluatePrefix(stream.errorPrefix, { at, timeZone, errorType, random: `${batch.from}` });
    const path = objectPath(home, stream.bucket, `${prefix}${name}`);
    if (ones.length === 0) await rm(path, { force: true });
    else await putObject(path, linesOf(ones, stream));
  }
}

function linesOf(failed: readonly FailedOutcome[], stream: StreamDescription): string {
  const arn = functionArn(stream, stream.processor?.functionName ?? "");
  return failed.map((one) => `${failureLine(one, arn, Date.now())}\n`).join("");
}
