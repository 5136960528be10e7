/** The stream on its table, for the handlers that Firehose invokes. */
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTable } from "../aws/dynamodb/table.ts";
import { cached } from "../cache.ts";
import type { StreamConfig } from "../config.ts";
import { reporter } from "../log.ts";
import { catalog } from "../metrics/catalog.ts";
import { createStream } from "../stream/stream.ts";
import { createTableZone, zoneProblem } from "../table/time-zone.ts";

/**
 * Opens the stream for a batch. Its events were acknowledged by a collect function in the table's time zone, so they
 * count in that zone, whatever this stage's zone is now.
 */
export function streamOpener(config: StreamConfig) {
  const table = createTable({ client: createDynamoDbClient(), table: config.table });
  const options = { ...reporter, table, catalog, clock: () => Date.now() };
  const tableZone = createTableZone({ ...options, timezone: config.timezone });
  const streamOf = cached(1, (timezone) => createStream({ ...options, timezone }));
  return async () => {
    const timezone = await tableZone.claim();
    const problem = zoneProblem(config.timezone, timezone);
    if (problem !== undefined) reporter.log.error("Counting in the table's time zone", { problem });
    return { timezone, count: streamOf(timezone) };
  };
}
