/**
 * What Athena reports about catalogs, databases, tables and workgroups; tools ask for these before they write a query.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_TableMetadata.html
 */
import { z } from "zod";
import { AwsError, type AwsService } from "../endpoint/aws-error.ts";
import { createWireInput, pageInput } from "../endpoint/wire-input.ts";
import type { Column, Glue, GlueTable } from "../glue/catalog.ts";

export type Workgroup = { name: string; outputLocation: string; bytesScannedCutoff?: number | undefined };

const catalogName = "AwsDataCatalog";
const engine = { SelectedEngineVersion: "AUTO", EffectiveEngineVersion: "Athena engine version 3" };

const { read, take, nameFilter } = createWireInput("InvalidRequestException");

const page = pageInput(50);
const inCatalog = { CatalogName: z.string() };
const databaseInput = z.object({ ...inCatalog, DatabaseName: z.string() });
const tableInput = databaseInput.extend({ TableName: z.string() });
const tablesInput = databaseInput.extend({ Expression: z.string().optional(), ...page });
const workgroupInput = z.object({ WorkGroup: z.string() });

/** Athena's read-only operations; `find` looks up a workgroup by name. */
export function catalogOperations(
  glue: Glue,
  workgroups: Workgroup[],
  find: (name: string) => Workgroup | undefined,
): AwsService["operations"] {
  const databases = [...new Set(glue.tables.map(({ database }) => database))].sort();

  function checkDatabase({ CatalogName, DatabaseName }: z.output<typeof databaseInput>): string {
    checkCatalog(CatalogName);
    return (
      databases.find((name) => name === DatabaseName.toLowerCase()) ?? missing(`Database ${DatabaseName} not found.`)
    );
  }

  return {
    ListDataCatalogs: async () => ({ DataCatalogsSummary: [{ CatalogName: catalogName, Type: "GLUE" }] }),
    GetDataCatalog: async (wire) => {
      checkCatalog(read(z.object({ Name: z.string() }), wire).Name);
      return { DataCatalog: { Name: catalogName, Type: "GLUE" } };
    },
    ListDatabases: async (wire) => {
      const input = read(z.object({ ...inCatalog, ...page }), wire);
      checkCatalog(input.CatalogName);
      const { items, next } = take(databases, input);
      return { DatabaseList: items.map((Name) => ({ Name })), ...next };
    },
    GetDatabase: async (wire) => ({ Database: { Name: checkDatabase(read(databaseInput, wire)) } }),
    ListTableMetadata: async (wire) => {
      const input = read(tablesInput, wire);
      const database = checkDatabase(input);
      const isWanted = nameFilter(input.Expression);
      const tables = glue.tables.filter((table) => table.database === database && isWanted(table.name));
      const { items, next } = take(tables, input);
      return { TableMetadataList: items.map(describeTable), ...next };
    },
    GetTableMetadata: async (wire) => {
      const input = read(tableInput, wire);
      const table = glue.table(checkDatabase(input), input.TableName);
      return { TableMetadata: describeTable(table ?? missing(`EntityNotFoundException: table ${input.TableName}`)) };
    },
    ListWorkGroups: async () => ({
      WorkGroups: workgroups.map(({ name: Name }) => ({ Name, State: "ENABLED", EngineVersion: engine })),
    }),
    GetWorkGroup: async (wire) => {
      const { WorkGroup: name } = read(workgroupInput, wire);
      const found = find(name);
      if (!found) throw new AwsError("InvalidRequestException", `WorkGroup ${name} is not found.`);
      return { WorkGroup: describeWorkgroup(name, found) };
    },
  };
}

function checkCatalog(name: string): void {
  if (name.toLowerCase() !== catalogName.toLowerCase())
    throw new AwsError("InvalidRequestException", `DataCatalog ${name} was not found`);
}

function describeTable({ name, columns, partitionKeys, location, parameters }: GlueTable): object {
  const wire = (list: Column[]) => list.map((column) => ({ Name: column.name, Type: column.type }));
  return {
    Name: name,
    TableType: "EXTERNAL_TABLE",
    CreateTime: 0,
    Columns: wire(columns),
    PartitionKeys: wire(partitionKeys),
    Parameters: { ...parameters, location },
  };
}

function describeWorkgroup(Name: string, { outputLocation, bytesScannedCutoff }: Workgroup): object {
  return {
    Name,
    State: "ENABLED",
    CreationTime: 0,
    Configuration: {
      // Clients cannot override the workgroup's settings, as in infra/data/athena.yml.
      EnforceWorkGroupConfiguration: true,
      PublishCloudWatchMetricsEnabled: false,
      RequesterPaysEnabled: false,
      ResultConfiguration: { OutputLocation: outputLocation },
      ...(bytesScannedCutoff !== undefined && { BytesScannedCutoffPerQuery: bytesScannedCutoff }),
      EngineVersion: engine,
    },
  };
}

function missing(message: string): never {
  throw new AwsError("MetadataException", message);
}
