/**
 * DynamoDB on this machine: dynalite's engine on LevelDB under `<home>/dynamodb`, with transactions, time to live, and
 * points where faults can be injected. The endpoint dispatches to it as to any other service.
 */
import { join } from "node:path";
import type { Store, Table } from "dynalite/db/index.js";
import { AwsError, type AwsService } from "../endpoint/aws-error.ts";
import { createFaults, type Faults } from "../faults.ts";
import type { Troubles } from "../troubles.ts";
import { operations, runOperation } from "./engine.ts";
import { startExpiry } from "./expiry.ts";
import { type Dropped, openStore } from "./store.ts";
import { createTransactions } from "./transactions.ts";

/** A table as CloudFormation describes it; other properties of AWS::DynamoDB::Table are ignored. */
export type TableDescription = {
  TableName: string;
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  KeySchema: { AttributeName: string; KeyType: string }[];
  TimeToLiveSpecification?: { AttributeName: string; Enabled: boolean };
};
export type DynamoDbOptions = {
  home: string;
  tables: TableDescription[];
  faults?: Faults;
  sweepEveryMs?: number;
  troubles?: Troubles;
};
export type DynamoDb = { service: AwsService } & AsyncDisposable;

type Input = Record<string, unknown> & { TableName?: string };

/** Opens the data and creates missing tables. */
export async function startDynamoDb(options: DynamoDbOptions): Promise<DynamoDb> {
  const store = await openStore(join(options.home, "dynamodb"), (dropped) => tellOfDropped(dropped, options.troubles));
  const tables = new Map<string, TableDescription>();
  for (const table of options.tables) {
    await ensureTable(store, table);
    tables.set(table.TableName, table);
  }
  const expiry = startExpiry(store, [...tables.values()].flatMap(expiringTable), {
    ...(options.sweepEveryMs && { everyMs: options.sweepEveryMs }),
  });
  return {
    service: createService(store, tables, options.faults ?? createFaults()),
    async [Symbol.asyncDispose]() {
      await expiry[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

function tellOfDropped({ place, bytes, reason }: Dropped, troubles: Troubles | undefined): void {
  troubles?.set(`dropped ${place}`, {
    kind: "damage",
    summary: `The table of counters lost ${bytes} bytes that were damaged: days that are not sealed may count too little until they are`,
    detail: `The store of DynamoDB was damaged: ${place} has lost ${bytes} bytes (${reason}). Days that are not sealed may count too little until they are`,
  });
}

async function ensureTable(store: Store, { TableName, AttributeDefinitions, KeySchema }: TableDescription) {
  try {
    const request = { TableName, AttributeDefinitions, KeySchema, BillingMode: "PAY_PER_REQUEST" };
    await runOperation(store, "createTable", structuredClone(request));
    // dynalite activates a table in a later turn.
    while (!(await isActive(store, TableName))) await new Promise((resolve) => setTimeout(resolve, 1));
  } catch (error) {
    if (!(error instanceof AwsError && error.code === "ResourceInUseException")) throw error;
  }
}

async function isActive(store: Store, TableName: string): Promise<boolean> {
  const { Table } = (await runOperation(store, "describeTable", { TableName })) as { Table?: { TableStatus: string } };
  return Table?.TableStatus === "ACTIVE";
}

function expiringTable(description: TableDescription): { table: Table; attribute: string }[] {
  const { TimeToLiveSpecification: ttl } = description;
  return ttl?.Enabled ? [{ table: description, attribute: ttl.AttributeName }] : [];
}

function createService(store: Store, tables: Map<string, TableDescription>, faults: Faults): AwsService {
  const run: AwsService["operations"] = {
    ...Object.fromEntries(
      operations.map((name) => [upperFirst(name), (input: Input) => runOperation(store, name, input)]),
    ),
    ...createTransactions(store),
    DescribeTimeToLive: async ({ TableName }: Input) => describeTimeToLive(tables.get(TableName ?? "")),
  };
  const guarded = Object.entries(run).map(([name, operation]) => [name, withFaults(faults, name, operation)]);
  return { target: "DynamoDB_20120810", operations: Object.fromEntries(guarded) };
}

function describeTimeToLive(table: TableDescription | undefined): object {
  if (!table) throw new AwsError("ResourceNotFoundException", "Requested resource not found");
  const ttl = table.TimeToLiveSpecification;
  if (!ttl?.Enabled) return { TimeToLiveDescription: { TimeToLiveStatus: "DISABLED" } };
  return { TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: ttl.AttributeName } };
}

/**
 * `dynamodb.before` can throttle or delay. `dynamodb.after` comes after a completed write: with the code
 * ConnectionLost, the endpoint hangs up instead of answering.
 */
function withFaults(faults: Faults, operation: string, run: (input: Input) => Promise<object>) {
  return async (input: Input): Promise<object> => {
    const context = { operation, ...contextOf(input) };
    const before = faults.check("dynamodb.before", context);
    if (before) await before;
    const output = await run(input);
    const after = faults.check("dynamodb.after", context);
    if (after) await after;
    return output;
  };
}

/** For a transaction, the context of its first update. */
function contextOf(input: Input) {
  const transaction = input as { TransactItems?: { Update?: Input }[] };
  const of = transaction.TransactItems?.[0]?.Update ?? input;
  return { table: of.TableName, pk: partitionKey(of), update: of.UpdateExpression };
}

function partitionKey({ Key, Item }: Input): string | undefined {
  const key = (Key ?? Item) as { pk?: { S?: string } } | undefined;
  return key?.pk?.S;
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
