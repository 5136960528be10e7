/**
 * TransactWriteItems and TransactGetItems, which dynalite lacks. The items are locked, so that no other write comes in
 * between; each action runs as the plain operation on a store that holds its write back; if none failed, all writes go
 * to LevelDB as one batch, which a crash leaves complete or undone. Differences from AWS: a conflicting request waits
 * instead of failing with TransactionConflict, and tokens are forgotten when the process ends.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
import { isDeepStrictEqual } from "node:util";
import database, { type Item, type ItemDb, type Store, type Table, type Write } from "dynalite/db/index.js";
import { AwsError } from "../endpoint/aws-error.ts";
import { checkInput, type Operation, runOperation, toAwsError } from "./engine.ts";

type Request = { TableName: string; Key?: Item; Item?: Item; ReturnValuesOnConditionCheckFailure?: string };
type Action = { kind: Kind; request: Request; table: Table; key: string };
type Reason = { Code: string; Message?: string; Item?: Item };
type TransactItems = { TransactItems?: Record<string, Request>[]; ClientRequestToken?: string };

const plainOperation = {
  Put: "putItem",
  Update: "updateItem",
  Delete: "deleteItem",
  // A check has the same members as a deletion: a key and a condition.
  ConditionCheck: "deleteItem",
  Get: "getItem",
} as const satisfies Record<string, Operation>;
type Kind = keyof typeof plainOperation;

const maxActions = 100;
const tokenLifeMs = 10 * 60_000;

/** The two operations on a store. */
export function createTransactions(store: Store) {
  const tokens = new Map<string, { input: object; at: number }>();
  return {
    async TransactWriteItems(input: TransactItems): Promise<object> {
      const token = input.ClientRequestToken;
      if (token !== undefined && wasDone(tokens, token, input)) return {};
      const actions = await planActions(store, input, ["Put", "Update", "Delete", "ConditionCheck"]);
      await whileLocked(store, actions, () => writeTogether(store, actions));
      if (token !== undefined) tokens.set(token, { input: structuredClone(input), at: Date.now() });
      return {};
    },
    async TransactGetItems(input: TransactItems): Promise<object> {
      const actions = await planActions(store, input, ["Get"]);
      return await whileLocked(store, actions, async () => ({
        Responses: await Promise.all(actions.map(({ request }) => runOperation(store, "getItem", request))),
      }));
    },
  };
}

/** A token repeated within ten minutes means the same transaction, which must then be for the same input. */
function wasDone(tokens: Map<string, { input: object; at: number }>, token: string, input: object): boolean {
  for (const [old, { at }] of tokens) {
    if (Math.abs(Date.now() - at) < tokenLifeMs) break;
    tokens.delete(old);
  }
  const done = tokens.get(token);
  if (done && !isDeepStrictEqual(done.input, input))
    throw new AwsError(
      "IdempotentParameterMismatchException",
      "Request was rejected because a request with the same client token but different parameters was already processed",
    );
  return done !== undefined;
}

async function planActions(store: Store, { TransactItems: items }: TransactItems, kinds: Kind[]): Promise<Action[]> {
  if (!Array.isArray(items) || items.length === 0 || items.length > maxActions)
    throw invalid(`Member must have length between 1 and ${maxActions}: transactItems`);
  const actions = await Promise.all(items.map((item) => planAction(store, item, kinds)));
  if (new Set(actions.map(({ request, key }) => `${request.TableName}/${key}`)).size < actions.length)
    throw invalid("Transaction request cannot include multiple operations on one item");
  return actions;
}

async function planAction(store: Store, item: Record<string, Request>, kinds: Kind[]): Promise<Action> {
  const kind = kinds.find((name) => item?.[name]);
  const request = kind && item[kind];
  if (!request || Object.keys(item).length !== 1)
    throw invalid(`TransactItems can only contain one of ${kinds.join(", ")}`);
  checkInput(store, plainOperation[kind], structuredClone(request));
  const table = await new Promise<Table>((resolve, reject) =>
    store.getTable(request.TableName, (error, found) => (found ? resolve(found) : reject(toAwsError(error)))),
  );
  const key = keyOf(request, table);
  const mismatch = database.validateKey(key, table);
  if (mismatch) throw toAwsError(mismatch);
  return { kind, request, table, key: database.createKey(key, table) };
}

function keyOf({ Key, Item }: Request, table: Table): Item {
  if (Key) return Key;
  const key: Item = {};
  for (const { AttributeName: name } of table.KeySchema) if (Item?.[name]) key[name] = Item[name];
  return key;
}

/**
 * Runs `work` while no other request can write these items. Tables are locked in order, so that two transactions cannot
 * deadlock.
 */
function whileLocked<T>(store: Store, actions: Action[], work: () => Promise<T>): Promise<T> {
  const tables = [...new Set(actions.map(({ request }) => request.TableName))].sort();
  return tables.reduceRight<() => Promise<T>>(
    (inner, table) => () =>
      new Promise<T>((resolve, reject) => {
        const keys = actions.filter(({ request }) => request.TableName === table).map(({ key }) => key);
        store.getItemDb(table).lock(keys, (release) => {
          inner().then(release(resolve), release(reject));
        });
      }),
    work,
  )();
}

async function writeTogether(store: Store, actions: Action[]): Promise<void> {
  const writes: Write[] = [];
  const reasons: Reason[] = [];
  const heldBack = holdBack(store, writes);
  for (const action of actions) reasons.push(await tryAction(heldBack, action));
  if (reasons.some(({ Code }) => Code !== "None")) throw cancelled(reasons);
  if (writes.length === 0) return;
  await new Promise<void>((resolve, reject) => store.db.batch(writes, (error) => (error ? reject(error) : resolve())));
}

async function tryAction(store: Store, { kind, request, key }: Action): Promise<Reason> {
  // The engine removes unknown members from its input.
  const input = structuredClone(request);
  try {
    if (kind === "ConditionCheck") checkCondition(store, input, key);
    else await runOperation(store, plainOperation[kind], input);
    return { Code: "None" };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return {
      Code: error.code.replace(/(Exception)$/, "").replace(/^Validation$/, "ValidationError"),
      Message: error.message,
      ...oldItem(store, request, key),
    };
  }
}

function checkCondition(store: Store, request: Request, key: string): void {
  const checked = checkInput(store, "deleteItem", request);
  store.getItemDb(request.TableName).get(key, (_, item) => {
    const failure = database.checkConditional(checked, item);
    if (failure) throw toAwsError(failure);
  });
}

function oldItem(store: Store, request: Request, key: string): { Item?: Item } {
  if (request.ReturnValuesOnConditionCheckFailure !== "ALL_OLD") return {};
  let found: Item | undefined;
  store.getItemDb(request.TableName).get(key, (_, item) => {
    found = item;
  });
  return found ? { Item: found } : {};
}

/**
 * The store as the plain operations see it within a transaction: reads are real, writes are collected, locks are held.
 */
function holdBack(store: Store, writes: Write[]): Store {
  const hold = (db: ItemDb, prefix: string): ItemDb => ({
    get: (key, done) => db.get(key, done),
    lock: (_keys, run) => run((done) => done),
    put(key, value, done) {
      writes.push({ type: "put", key: prefix + key, value });
      done(null);
    },
    del(key, done) {
      writes.push({ type: "del", key: prefix + key });
      done(null);
    },
  });
  return {
    ...store,
    getItemDb: (table) => hold(store.getItemDb(table), `item-${table}~`),
    getIndexDb: (kind, table, index) =>
      hold(store.getIndexDb(kind, table, index), `index-${kind.toLowerCase()}~${table}~${index}~`),
  };
}

function cancelled(reasons: Reason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(", ");
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html
  return new AwsError("TransactionCanceledException", message, {
    extra: { Message: message, CancellationReasons: reasons },
  });
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
