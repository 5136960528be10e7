/** What the query function uses: the table, Athena, the catalog, the zone of its days and a clock. */
import { AthenaClient } from "@aws-sdk/client-athena";
import { createAthena } from "../aws/athena.ts";
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTable } from "../aws/dynamodb/table.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import { reporter } from "../log.ts";
import { catalog, derivedMetrics } from "../metrics/catalog.ts";
import { createTableZone } from "../table/time-zone.ts";

type Config = { workgroup: string; database: string; timezone: string; readTokenSecret: string; table: string };

/** The zone is read immediately, so that the first request waits less. */
export function queryOptions({ workgroup: workGroup, database, timezone, readTokenSecret, table: name }: Config) {
  const clock = () => Date.now();
  const table = createTable({ client: createDynamoDbClient(), table: name });
  const athena = createAthena({ client: new AthenaClient({}), workGroup, database, clock });
  const options = { ...reporter, table, athena, catalog, derived: derivedMetrics, timezone, clock };
  const tableZone = createTableZone(options);
  void tableZone.read();
  const token = createSecret({ client: createSecretsManagerClient(), id: readTokenSecret, clock });
  return { ...options, tableZone, token };
}
