/**
 * The one table as the pure code knows it: keys, items, and the operations on them. `src/aws/dynamodb` implements these
 * over the wire, in DynamoDB's own terms; which items there are, and what they hold, is decided in this folder alone.
 * Every method rejects with the SDK's errors; a condition that does not hold is a value, not an error.
 */

/** Attributes as they are written. */
export type NewAttribute = { S: string } | { N: string } | { B: Uint8Array } | { SS: string[] } | { L: NewAttribute[] };
export type NewItem = Key & Record<string, NewAttribute>;
export type Key = { pk: { S: string }; sk: { S: string } };

/** Attributes as they are read: any of the kinds that can be written. */
export type Attribute = { S?: string; N?: string; B?: Uint8Array; SS?: string[]; L?: Attribute[] };
export type Item = Record<string, Attribute>;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html */
export type Change = {
  UpdateExpression: string;
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, NewAttribute>;
};

/**
 * Items of one partition: all, or those whose sort keys lie between two texts (both included); whole, or only some
 * attributes.
 */
export type KeyRange = { pk: string; between?: readonly [from: string, to: string]; attributes?: string };

export type Table = {
  /** Strongly consistent. */
  get(key: Key): Promise<Item | undefined>;
  /**
   * In any order; missing items are left out. `isFresh` (the default) also sees the latest writes, at twice the price.
   */
  getMany(keys: readonly Key[], isFresh?: boolean): Promise<Item[]>;
  /** By sort key, strongly consistent. */
  query(range: KeyRange): Promise<Item[]>;
  put(item: NewItem): Promise<void>;
  /** False, and nothing is written, when an item with that key exists. */
  putOnce(item: NewItem): Promise<boolean>;
  /** False when the condition does not hold. */
  update(key: Key, change: Change): Promise<boolean>;
  /** The item as it is after the change; undefined when the condition does not hold. */
  updateAndGet(key: Key, change: Change): Promise<Item | undefined>;
  /** All changes or none: false when a condition does not hold. */
  updateAll(changes: readonly (Change & { Key: Key })[]): Promise<boolean>;
  remove(key: Key): Promise<void>;
};

export function keyOf(pk: string, sk: string): Key {
  return { pk: { S: pk }, sk: { S: sk } };
}

/** A number as an attribute. */
export function number(n: number): NewAttribute {
  return { N: String(n) };
}
