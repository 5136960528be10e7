/** The Firehose transformation. What it does, and in which order, is in src/stream/stream.ts. */
import middy from "@middy/core";
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTable } from "../aws/dynamodb/table.ts";
import { cached } from "../cache.ts";
import { streamConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { reporter } from "../log.ts";
import { catalog } from "../metrics/catalog.ts";
import { createStream, type StreamEvent } from "../stream/stream.ts";
import { createTableZone, zoneProblem } from "../table/time-zone.ts";

const config = streamConfig();
const table = createTable({ client: createDynamoDbClient(), table: config.table });
const options = { ...reporter, table, catalog, clock: () => Date.now() };
const tableZone = createTableZone({ ...options, timezone: config.timezone });
const streamOf = cached(1, (timezone) => createStream({ ...options, timezone }));

/**
 * These events were acknowledged by a collect function in the table's time zone, so they count in that zone, whatever
 * this stage's zone is now.
 */
async function count(event: StreamEvent) {
  const timezone = await tableZone.claim();
  const problem = zoneProblem(config.timezone, timezone);
  if (problem !== undefined) reporter.log.error("Counting in the table's time zone", { problem });
  return streamOf(timezone)(event);
}

export const handler = withInvocation(middy<StreamEvent>().handler(count));
