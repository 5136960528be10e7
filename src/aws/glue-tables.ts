/** Tables of Glue's catalog that snapshots add to the lake's database. Every method throws the SDK's errors. */
import {
  CreateTableCommand,
  EntityNotFoundException,
  GetTableCommand,
  type GlueClient,
  type TableInput,
  UpdateTableCommand,
} from "@aws-sdk/client-glue";
import type { LakeColumn, LakeTable } from "../snapshot/lake-tables.ts";

type Options = { client: GlueClient; database: string; bucket: string };

export function createGlueTables({ client, database: DatabaseName, bucket }: Options) {
  /** A table's columns, and the first day that it has; undefined if there is no such table. */
  async function find(name: string): Promise<{ columns: LakeColumn[]; from: string | undefined } | undefined> {
    try {
      const { Table } = await client.send(new GetTableCommand({ DatabaseName, Name: name }));
      const columns = (Table?.StorageDescriptor?.Columns ?? []).map(({ Name = "", Type = "" }) => {
        return { name: Name, type: Type };
      });
      return { columns, from: Table?.Parameters?.["projection.dt.range"]?.split(",")[0] };
    } catch (error) {
      if (error instanceof EntityNotFoundException) return undefined;
      throw error;
    }
  }

  return {
    find,
    /** Creates the table, or replaces its columns and its folder. */
    async put(table: LakeTable): Promise<void> {
      const input = { DatabaseName, TableInput: toInput(table, bucket) };
      const command = (await find(table.name)) === undefined ? new CreateTableCommand(input) : undefined;
      await (command === undefined ? client.send(new UpdateTableCommand(input)) : client.send(command));
    },
  };
}

function toInput({ name, columns, folder, from }: LakeTable, bucket: string): TableInput {
  const Location = `s3://${bucket}/${folder}`;
  return {
    Name: name,
    TableType: "EXTERNAL_TABLE",
    Parameters: { EXTERNAL: "TRUE", classification: "parquet", ...(from && projection(from, Location)) },
    PartitionKeys: from === undefined ? [] : ["dt", "hour"].map((key) => ({ Name: key, Type: "string" })),
    StorageDescriptor: {
      Columns: columns.map((column) => ({ Name: column.name, Type: column.type })),
      Location,
      InputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
      OutputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
      SerdeInfo: {
        SerializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        Parameters: { "serialization.format": "1" },
      },
    },
  };
}

/**
 * Athena finds the folders by itself.
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
 */
function projection(from: string, location: string): Record<string, string> {
  return {
    "projection.enabled": "true",
    "projection.dt.type": "date",
    "projection.dt.format": "yyyy-MM-dd",
    "projection.dt.interval": "1",
    "projection.dt.interval.unit": "DAYS",
    "projection.dt.range": `${from},NOW+1DAYS`,
    "projection.hour.type": "integer",
    "projection.hour.range": "0,23",
    "projection.hour.digits": "2",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena fills it in
    "storage.location.template": `${location}${"dt=${dt}/hour=${hour}/"}`,
  };
}
