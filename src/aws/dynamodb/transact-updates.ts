/** Updates several items of the table at once: all of them or none. */
import { type DynamoDBClient, TransactionCanceledException, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import type { Change, Key } from "../../table/table.ts";

type Store = { client: DynamoDBClient; table: string };

const MOST_TRIES = 12;
const LONGEST_WAIT_MS = 2_000;

/**
 * True when the updates were made, false when a condition did not hold. The SDK gives each command a token, so an
 * attempt whose answer got lost is recognised.
 */
export async function transactUpdates(
  { client, table }: Store,
  changes: readonly (Change & { Key: Key })[],
): Promise<boolean> {
  const input = { TransactItems: changes.map((change) => ({ Update: { TableName: table, ...change } })) };
  try {
    await retryConflicts(() => client.send(new TransactWriteItemsCommand(input)));
    return true;
  } catch (error) {
    if (error instanceof TransactionCanceledException && hasCode(error, "ConditionalCheckFailed")) return false;
    throw error;
  }
}

/**
 * Repeats work that conflicted with a transaction on the same item, or a transaction that conflicted with another
 * write: the SDK does not retry these.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
 */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || tries === MOST_TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(LONGEST_WAIT_MS, 10 * 2 ** tries)));
  }
}

function isConflict(error: unknown): boolean {
  if (error instanceof TransactionCanceledException) return !hasCode(error, "ConditionalCheckFailed");
  return error instanceof Error && error.name === "TransactionConflictException";
}

function hasCode({ CancellationReasons: reasons = [] }: TransactionCanceledException, code: string): boolean {
  return reasons.some(({ Code }) => Code === code);
}
