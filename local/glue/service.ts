/**
 * Glue's wire protocol on this machine's catalog: what readers of a lake ask for. Athena's statements change partitions, and
 * snapshots add tables, as in a deployed stage.
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog.html
 */
import { z } from "zod";
import { AwsError, type AwsService } from "../endpoint/aws-error.ts";
import { createWireInput, pageInput } from "../endpoint/wire-input.ts";
import { tableInput, toTable } from "./added-tables.ts";
import type { Column, Glue, GlueTable } from "./catalog.ts";
import { readExpression } from "./partition-expression.ts";

const { read, take, nameFilter } = createWireInput("InvalidInputException");

const page = pageInput(1000);
const tablesInput = z.object({ DatabaseName: z.string(), Expression: z.string().optional(), ...page });
const nameInput = z.object({ DatabaseName: z.string(), Name: z.string() });
const putInput = z.object({ DatabaseName: z.string(), TableInput: tableInput });
const databaseInput = z.object({ Name: z.string() });
const ofTable = { DatabaseName: z.string(), TableName: z.string() };
const partitionsInput = z.object({ ...ofTable, Expression: z.string().optional(), ...page });
const partitionInput = z.object({ ...ofTable, PartitionValues: z.array(z.string()) });
const batchInput = z.object({
  ...ofTable,
  PartitionsToGet: z
    .array(z.object({ Values: z.array(z.string()) }))
    .refine(({ length }) => length <= 1000, "must have at most 1000"),
});

/** Glue for the SDKs; `accountId` is the catalog's id. */
export function createGlueService(glue: Glue, accountId: string): AwsService {
  const lookup = createLookup(glue, accountId);
  const { databases, checkDatabase, find, partitions, partition } = lookup;
  const wholeTable = (table: GlueTable) => describeTable(table, accountId);
  const operations: AwsService["operations"] = {
    GetDatabases: async (wire) => {
      const { items, next } = take(databases, read(z.object(page), wire));
      return { DatabaseList: items.map((name) => describeDatabase(name, accountId)), ...next };
    },
    GetDatabase: async (wire) => ({
      Database: describeDatabase(checkDatabase(read(databaseInput, wire).Name), accountId),
    }),
    GetTables: async (wire) => {
      const input = read(tablesInput, wire);
      const database = checkDatabase(input.DatabaseName);
      const pattern = nameFilter(input.Expression);
      const { items, next } = take(
        glue.tables.filter((table) => table.database === database && pattern(table.name)),
        input,
      );
      return { TableList: items.map(wholeTable), ...next };
    },
    GetTable: async (wire) => {
      const { DatabaseName, Name } = read(nameInput, wire);
      return { Table: wholeTable(find(DatabaseName, Name)) };
    },
    ...changes(glue, lookup),
    // awswrangler removes the table of a failed query before it reports the error.
    DeleteTable: async (wire) => {
      const { DatabaseName, Name } = read(nameInput, wire);
      const { name } = find(DatabaseName, Name);
      throw new AwsError(
        "AccessDeniedException",
        `Table ${name} is declared by the template and cannot be deleted here`,
      );
    },
    GetPartitions: async (wire) => {
      const input = read(partitionsInput, wire);
      const { items, next } = take(partitions(find(input.DatabaseName, input.TableName), input.Expression), input);
      return { Partitions: items, ...next };
    },
    GetPartition: async (wire) => {
      const { DatabaseName, TableName, PartitionValues } = read(partitionInput, wire);
      const found = partition(find(DatabaseName, TableName), PartitionValues);
      return { Partition: found ?? missing("Cannot find partition.") };
    },
    BatchGetPartition: async (wire) => {
      const { DatabaseName, TableName, PartitionsToGet } = read(batchInput, wire);
      const table = find(DatabaseName, TableName);
      const asked = PartitionsToGet.map(({ Values }) => ({ Values, found: partition(table, Values) }));
      return {
        Partitions: asked.flatMap(({ found }) => found ?? []),
        UnprocessedKeys: asked.flatMap(({ Values, found }) => (found === undefined ? [{ Values }] : [])),
      };
    },
  };
  return { target: "AWSGlue", operations };
}

type Lookup = ReturnType<typeof createLookup>;

/** What snapshots do to the catalog. */
function changes(glue: Glue, { checkDatabase, find }: Lookup): AwsService["operations"] {
  return {
    CreateTable: async (wire) => {
      const { DatabaseName, TableInput } = read(putInput, wire);
      const database = checkDatabase(DatabaseName);
      if (glue.table(database, TableInput.Name))
        throw new AwsError("AlreadyExistsException", `Table already exists: ${TableInput.Name}`);
      await glue.putTable(toTable(database, TableInput));
      return {};
    },
    UpdateTable: async (wire) => {
      const { DatabaseName, TableInput } = read(putInput, wire);
      const table = find(DatabaseName, TableInput.Name);
      if (!glue.isAdded(table))
        throw new AwsError("AccessDeniedException", `Table ${table.name} is declared by the template`);
      await glue.putTable(toTable(table.database, TableInput));
      return {};
    },
  };
}

/** Finds databases, tables and partitions; what is missing is an error of Glue's. */
function createLookup(glue: Glue, accountId: string) {
  const databases = [...new Set(glue.tables.map(({ database }) => database))].sort();

  function find(database: string, name: string): GlueTable {
    checkDatabase(database);
    return glue.table(database, name) ?? missing(`Entity Not Found: table ${database}.${name}`);
  }

  function checkDatabase(name: string): string {
    return databases.find((one) => one === name.toLowerCase()) ?? missing(`Database ${name} not found.`);
  }

  function partitions(table: GlueTable, expression?: string): object[] {
    return matchingPartitions(table, glue, expression).map((one) => describePartition(table, accountId, one));
  }

  function partition(table: GlueTable, values: string[]): object | undefined {
    const location = glue.partitions(table).get(values.join("/"));
    return location === undefined ? undefined : describePartition(table, accountId, { values, location });
  }

  return { databases, checkDatabase, find, partitions, partition };
}

/** The partitions of a table whose keys match an expression, in order. */
function matchingPartitions(table: GlueTable, glue: Glue, expression: string | undefined) {
  const keys = table.partitionKeys.map(({ name }) => name);
  const filter = readExpression(expression, keys);
  const all = [...glue.partitions(table)].sort(([a], [b]) => (a < b ? -1 : 1));
  return all
    .map(([joined, location]) => ({ values: joined.split("/"), location }))
    .filter(({ values }) => filter(Object.fromEntries(keys.map((key, index) => [key, values[index] ?? ""]))));
}

/** The catalog is older than anything in it. */
const created = 0;

function describeDatabase(Name: string, CatalogId: string): object {
  return { Name, CatalogId, CreateTime: created };
}

function describeTable(table: GlueTable, CatalogId: string): object {
  return {
    ...declaration(table),
    Name: table.name,
    DatabaseName: table.database,
    CatalogId,
    CreateTime: created,
    UpdateTime: created,
    Retention: 0,
    VersionId: "0",
    IsRegisteredWithLakeFormation: false,
  };
}

/** A table that is not declared in a template is described by what is known about it. */
function declaration({ declared, columns, partitionKeys, location, parameters }: GlueTable) {
  const wire = (list: Column[]) => list.map(({ name: Name, type: Type }) => ({ Name, Type }));
  const StorageDescriptor = { Columns: wire(columns), Location: location };
  return declared ?? { PartitionKeys: wire(partitionKeys), Parameters: parameters, StorageDescriptor };
}

function describePartition(
  table: GlueTable,
  CatalogId: string,
  { values, location }: { values: string[]; location: string },
): object {
  return {
    Values: values,
    DatabaseName: table.database,
    TableName: table.name,
    CatalogId,
    CreationTime: created,
    StorageDescriptor: { ...declaration(table).StorageDescriptor, Location: location },
    Parameters: {},
  };
}

function missing(message: string): never {
  throw new AwsError("EntityNotFoundException", message);
}
