/**
 * The lake's tables in the Glue catalog. The columns come from src/schemas, so that what collect writes, what Firehose
 * converts and what Athena reads always agree.
 */
import { dailyEventColumns } from "../../src/schemas/tables/daily-event-columns.ts";
import { eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { rejectedColumns } from "../../src/schemas/tables/rejected-columns.ts";
import { monthlyRollupColumns, rollupColumns, rollupsByMonthColumns } from "../../src/schemas/tables/rollup-columns.ts";

// The earliest day that an event sent with a trusted key can have; an event of a day before it would be stored and
// never found.
const firstDay = "1970-01-01";

/** @returns {Promise<object>} The `Resources` of the database and its tables. */
export async function template({ resolveVariable }) {
  const [service, stage] = await Promise.all(["self:service", "sls:stage"].map((name) => resolveVariable(name)));
  return {
    Resources: {
      Database: {
        Type: "AWS::Glue::Database",
        Properties: {
          CatalogId: { Ref: "AWS::AccountId" },
          DatabaseInput: {
            Name: `${service}_${stage}`.replaceAll("-", "_"),
            Description: "Events, and what was counted",
          },
        },
      },
      EventsTable: table("events", eventColumns, projection("events")),
      RejectedTable: table("rejected", rejectedColumns, projection("rejected")),
      // The batch adds these partitions itself: a sealed day or month points to the only run that counts.
      DailyEventsTable: table("daily_events", dailyEventColumns, {}),
      RollupsTable: table("rollups", rollupColumns, {}),
      RollupsMonthlyTable: table("rollups_monthly", monthlyRollupColumns, {}, "month"),
      RollupsByMonthTable: table("rollups_by_month", rollupsByMonthColumns, {}, "month"),
    },
  };
}

function table(name, columns, parameters, partitionKey = "dt") {
  return {
    Type: "AWS::Glue::Table",
    Properties: {
      CatalogId: { Ref: "AWS::AccountId" },
      DatabaseName: { Ref: "Database" },
      TableInput: {
        Name: name,
        TableType: "EXTERNAL_TABLE",
        Parameters: { EXTERNAL: "TRUE", classification: "parquet", ...parameters },
        PartitionKeys: [{ Name: partitionKey, Type: "string" }],
        StorageDescriptor: {
          Columns: Object.entries(columns).map(([column, type]) => ({ Name: column, Type: type })),
          Location: location(name, ""),
          InputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
          OutputFormat: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
          SerdeInfo: {
            SerializationLibrary: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            Parameters: { "serialization.format": "1" },
          },
        },
      },
    },
  };
}

// Projected dates are computed from the clock in UTC, so in zones east of it NOW ends before today has begun.
// https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html#partition-projection-date-type
function projection(name) {
  return {
    "projection.enabled": "true",
    "projection.dt.type": "date",
    "projection.dt.format": "yyyy-MM-dd",
    "projection.dt.interval": "1",
    "projection.dt.interval.unit": "DAYS",
    "projection.dt.range": `${firstDay},NOW+1DAYS`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena fills it in
    "storage.location.template": location(name, "dt=${dt}/"),
  };
}

// Joined, not Fn::Sub: there, the $ of Athena's own ${dt} would need escaping.
function location(name, rest) {
  return { "Fn::Join": ["", ["s3://", { Ref: "LakeBucket" }, `/${name}/${rest}`]] };
}
