/** A Parquet file of a snapshot, built one row group at a time. Its bytes are in memory until it is complete. */
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Cell, Kind, Scalar } from "../sources/rows/kind.ts";
import { type Column, KEPT } from "./column.ts";

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

/** A file with these columns and `_kept`. */
export function createParquetFile(columns: readonly Column[]) {
  const all = [...columns, { name: KEPT, kind: { is: "string" } as const }];
  const writer = new ByteWriter(1 << 20);
  const file = new ParquetWriter({ writer, schema: schemaOf(all), createdBy: "daymark" });
  return {
    /** Adds a row group: the cells of each column, `_kept` last. */
    async add(cells: readonly Cell[][]): Promise<void> {
      const columnData = all.map(({ name }, i) => ({ name, data: cells[i] ?? [] }));
      await file.write({ columnData, rowGroupSize: cells[0]?.length ?? 0 });
    },
    /** Bytes so far. */
    get bytes() {
      return writer.offset;
    },
    /** The complete file. */
    async end(): Promise<Uint8Array> {
      await file.finish();
      return writer.getBytes();
    },
  };
}

/** The columns in Parquet's terms. All are nullable, because a value that goes to `_kept` is null in its column. */
export function schemaOf(columns: readonly { name: string; kind: Kind }[]): SchemaElement[] {
  return [
    { name: "snapshot", num_children: columns.length },
    ...columns.flatMap(({ name, kind }) => (kind.is === "array" ? listOf(name, kind.of) : [elementOf(name, kind)])),
  ];
}

// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
function listOf(name: string, of: Scalar): SchemaElement[] {
  return [
    { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    elementOf("element", of),
  ];
}

const physical = {
  bigint: { type: "INT64" },
  double: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  binary: { type: "BYTE_ARRAY" },
  date: { type: "INT32", converted_type: "DATE" },
} satisfies Record<Exclude<Scalar["is"], "decimal" | "timestamp">, Partial<SchemaElement>>;

const wide = { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16 } as const;

function elementOf(name: string, scalar: Scalar): SchemaElement {
  const optional = { name, repetition_type: "OPTIONAL" } as const;
  if (scalar.is === "decimal") {
    const { precision, scale } = scalar;
    // 18 digits fit into 64 bits, which are several times faster to write.
    const bytes = precision <= 18 ? ({ type: "INT64" } as const) : wide;
    return { ...optional, ...bytes, converted_type: "DECIMAL", precision, scale };
  }
  if (scalar.is !== "timestamp") return { ...optional, ...physical[scalar.is] };
  // The older name of the type means an instant in UTC, so only those have it.
  const logical = { type: "TIMESTAMP", isAdjustedToUTC: scalar.utc, unit: "MICROS" } as const;
  const older = scalar.utc ? ({ converted_type: "TIMESTAMP_MICROS" } as const) : {};
  return { ...optional, type: "INT64", logical_type: logical, ...older };
}
