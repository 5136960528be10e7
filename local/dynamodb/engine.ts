/**
 * dynalite without its web server: one call runs one DynamoDB operation on the store. Having access to the store makes
 * transactions possible (dynalite has none), and saves parsing each request twice.
 */
import { createRequire } from "node:module";
import database, { type Item, type Store } from "dynalite/db/index.js";
import validations from "dynalite/validations/index.js";
import { AwsError } from "../endpoint/aws-error.ts";
import { rememberExpressions } from "./expressions.ts";

type Action = (store: Store, input: object, done: (error: Error | null, output?: object) => void) => void;
type Conditional = { TableName: string; Key?: Item; Item?: Item; ReturnValuesOnConditionCheckFailure?: string };
/** A query's key conditions, in whichever form they were written. */
type KeyConditions = Record<string, { AttributeValueList: { S?: string; B?: string }[] }>;
type Validation = { types: object; custom?: unknown };

const load = createRequire(import.meta.url);
const names = [
  "batchGetItem",
  "batchWriteItem",
  "createTable",
  "deleteItem",
  "deleteTable",
  "describeTable",
  "getItem",
  "listTables",
  "putItem",
  "query",
  "scan",
  "updateItem",
  "updateTable",
] as const;

/** An operation of DynamoDB, as dynalite names it. */
export type Operation = (typeof names)[number];
export const operations: readonly Operation[] = names;

const actions = new Map<Operation, { run: Action; validation: Validation }>(
  names.map((name) => [
    name,
    { run: load(`dynalite/actions/${name}.js`), validation: load(`dynalite/validations/${name}.js`) },
  ]),
);
rememberExpressions();

/**
 * Checks the input as DynamoDB does and runs the operation; throws an AwsError with DynamoDB's own code and message.
 */
export async function runOperation(store: Store, name: Operation, input: object): Promise<object> {
  const action = actions.get(name);
  if (!action) throw new AwsError("UnknownOperationException", `Unknown operation ${name}`);
  const wantsOldItem = (input as Conditional).ReturnValuesOnConditionCheckFailure === "ALL_OLD";
  const request = checkInput(store, name, input);
  return await new Promise<object>((resolve, reject) => {
    action.run(store, request, (error, output) => {
      if (!error) return resolve(output ?? {});
      const failure = toAwsError(error);
      if (wantsOldItem && failure instanceof AwsError) addOldItem(store, input as Conditional, failure);
      reject(failure);
    });
  });
}

/**
 * dynalite does not know ReturnValuesOnConditionCheckFailure. This runs in the same turn as the check, so no write came
 * in between.
 */
function addOldItem(store: Store, { TableName, Key, Item }: Conditional, failure: AwsError): void {
  const key = Key ?? Item;
  if (failure.code !== "ConditionalCheckFailedException" || !key) return;
  store.getTable(TableName, (_, table) => {
    if (!table) return;
    store.getItemDb(TableName).get(database.createKey(key, table), (_, item) => {
      if (item) failure.extra.Item = item;
    });
  });
}

/** The input with only known members, and with its expressions parsed. */
export function checkInput(store: Store, name: Operation, input: object): object {
  const validation = actions.get(name)?.validation;
  try {
    const request = validations.checkTypes(input, validation?.types ?? {});
    validations.checkValidations(request, validation?.types ?? {}, validation?.custom, store);
    refuseEmptyKeyValue(request);
    return request;
  } catch (cause) {
    const error = toAwsError(cause);
    // Only the input has been looked at so far: if dynalite's checks fail on something (a null, for instance), the
    // input is malformed.
    throw error instanceof AwsError
      ? error
      : new AwsError("SerializationException", "The input is malformed", { cause });
  }
}

/**
 * No key is empty, so DynamoDB does not accept conditions on an empty one either, including `begins_with(sk, "")`;
 * dynalite does.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
function refuseEmptyKeyValue({ KeyConditions = {} }: { KeyConditions?: KeyConditions }): void {
  for (const [key, { AttributeValueList }] of Object.entries(KeyConditions)) {
    const kind = AttributeValueList.flatMap(({ S, B }) => (S === "" ? "string" : B === "" ? "binary" : []))[0];
    if (kind === undefined) continue;
    const problem = `The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${key}`;
    throw new AwsError("ValidationException", `One or more parameter values are not valid. ${problem}`);
  }
}

/** dynalite's errors contain the answer that DynamoDB would give; anything else is a bug or the disk. */
export function toAwsError(error: unknown): Error {
  const { body, statusCode } = (error ?? {}) as { body?: Record<string, unknown>; statusCode?: number };
  if (!body) return error instanceof Error ? error : new Error(String(error));
  const { __type, message, Message, ...extra } = body;
  const code = String(__type).replace(/^.*#/, "");
  return new AwsError(code, String(message ?? Message ?? ""), { status: statusCode ?? 400, extra, cause: error });
}
