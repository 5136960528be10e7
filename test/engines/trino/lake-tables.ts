/**
 * The lake's tables in Trino's own catalog: created from Glue's description on the local AWS port, over the same files.
 */
import type { Lake } from "../lake.ts";
import type { Trino } from "./client.ts";

type Column = { Name: string; Type: string };
/** A table without partitions, as the last snapshot of a source is, may lack the list of keys. */
type Table = { Name: string; PartitionKeys?: Column[]; StorageDescriptor: { Columns: Column[]; Location: string } };
type Partition = { Values: string[]; StorageDescriptor: { Location: string } };

/** Trino's types where Hive has other names. */
const types: Record<string, string> = {
  string: "varchar",
  int: "integer",
  timestamp: "timestamp(3)",
  "array<bigint>": "array(bigint)",
};

/** Creates the schema that the lake's database has in Glue, with all tables and partitions; returns its name. */
export async function makeLakeTables(trino: Trino, lake: Lake): Promise<string> {
  const schema = lake.database;
  await trino.ask(`CREATE SCHEMA ${schema}`);
  const { TableList } = await glue<{ TableList: Table[] }>(lake, "GetTables", { DatabaseName: schema });
  for (const table of TableList) {
    await trino.ask(createTable(schema, table));
    if ((table.PartitionKeys ?? []).length === 0) continue;
    const about = { DatabaseName: schema, TableName: table.Name };
    const { Partitions } = await glue<{ Partitions: Partition[] }>(lake, "GetPartitions", about);
    for (const partition of Partitions) await trino.ask(registerPartition(schema, table, partition));
    // Projected days are not partitions in any catalog: here they are found by their folders.
    if (Partitions.length === 0)
      await trino.ask(`CALL system.sync_partition_metadata('${schema}', '${table.Name}', 'ADD')`);
  }
  return schema;
}

function createTable(schema: string, { Name, PartitionKeys = [], StorageDescriptor }: Table): string {
  const columns = [...StorageDescriptor.Columns, ...PartitionKeys].map(
    (column) => `"${column.Name}" ${types[column.Type] ?? column.Type}`,
  );
  const keys = PartitionKeys.map((key) => `'${key.Name}'`).join(", ");
  const location = localPlace(StorageDescriptor.Location);
  return `CREATE TABLE ${schema}.${Name} (${columns.join(", ")})
    WITH (format = 'PARQUET'${keys && `, partitioned_by = ARRAY[${keys}]`}, external_location = '${location}')`;
}

function registerPartition(schema: string, table: Table, { Values, StorageDescriptor }: Partition): string {
  const keys = (table.PartitionKeys ?? []).map(({ Name }) => `'${Name}'`).join(", ");
  const values = Values.map((value) => `'${value}'`).join(", ");
  const place = `'${localPlace(StorageDescriptor.Location)}'`;
  return `CALL system.register_partition('${schema}', '${table.Name}', ARRAY[${keys}], ARRAY[${values}], ${place})`;
}

/** An object's path in Trino's file system, which is the home of the pipeline. */
function localPlace(location: string): string {
  return location.replace(/^s3:\/\//, "local:///s3/").replace(/\/$/, "");
}

async function glue<T>({ awsUrl }: Lake, operation: string, input: object): Promise<T> {
  const headers = { "x-amz-target": `AWSGlue.${operation}` };
  const answer = await fetch(awsUrl, { method: "POST", headers, body: JSON.stringify(input) });
  if (!answer.ok) throw new Error(`Cannot ask Glue for ${operation}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
