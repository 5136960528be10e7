/**
 * What functions that take events work with: the secret for visitors' ids, the zone of the table, the delivery streams,
 * a clock and ids.
 */
import { randomUUID } from "node:crypto";
import { createQuickDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTable } from "../aws/dynamodb/table.ts";
import { putRecords } from "../aws/firehose.ts";
import { createFirehoseClient } from "../aws/firehose-client.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import type { PutRecords } from "../collect/deliver.ts";
import { reporter } from "../log.ts";
import { createTableZone } from "../table/time-zone.ts";

type Config = { timezone: string; table: string; visitorSaltSecret: string };

/** Secrets and the zone are read right away, so that the first request waits less. */
export function collectOptions<C extends Config>(config: C) {
  const clock = () => Date.now();
  const firehose = createFirehoseClient();
  const secrets = { client: createSecretsManagerClient(), clock };
  const visitorSalt = createSecret({ ...secrets, id: config.visitorSaltSecret });
  const table = createTable({ client: createQuickDynamoDbClient(), table: config.table });
  const tableZone = createTableZone({ ...reporter, table, timezone: config.timezone, clock });
  void tableZone.read();
  const put: PutRecords = (records) => putRecords(firehose, records);
  return {
    ...config,
    ...reporter,
    clock,
    newId: (): string => randomUUID(),
    visitorSalt,
    tableZone,
    putRecords: put,
    /** The secret with this name. */
    secretOf: (id: string) => createSecret({ ...secrets, id }),
  };
}
