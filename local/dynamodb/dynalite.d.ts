/** The parts of dynalite 4 that local/dynamodb/engine.ts uses; dynalite has no types of its own. */

declare module "dynalite/db/index.js" {
  export type Attribute = Record<string, unknown>;
  export type Item = Record<string, Attribute>;
  export type Callback<T> = (error: Error | null, value?: T) => void;
  export type Release = <F>(done: F) => F;
  export type ItemDb = {
    get(key: string, done: Callback<Item>): void;
    put(key: string, item: Item, done: Callback<void>): void;
    del(key: string, done: Callback<void>): void;
    lock(keys: string | string[], run: (release: Release) => void): void;
  };
  export type Write = { type: "put"; key: string; value: Item } | { type: "del"; key: string };
  export type Iterator = {
    nextv(size: number): Promise<[key: string, value: string][]>;
    close(): Promise<void>;
  };
  export type Level = {
    open(): Promise<void>;
    close: { (): Promise<void>; _original(): Promise<void> };
    getSync(key: string, options: { valueEncoding: "utf8" }): string | undefined;
    get(key: string, done: Callback<Item>): void;
    put(key: string, value: Item, done: Callback<void>): void;
    del(key: string, done: Callback<void>): void;
    batch(writes: Write[], done: Callback<void>): void;
    createValueStream(range: object): import("node:stream").Readable;
    iterator(range: object): Iterator;
  };
  export type Table = {
    TableName: string;
    KeySchema: { AttributeName: string; KeyType: string }[];
    AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  };
  export type Store = {
    db: Level;
    getItemDb(table: string): ItemDb;
    getIndexDb(kind: string, table: string, index: string): ItemDb;
    /** By default, a table that is being created or deleted counts as missing. */
    getTable(name: string, ...rest: [done: Callback<Table>] | [checkStatus: boolean, done: Callback<Table>]): void;
  };
  type Database = {
    create(options: { path: string; createTableMs: number; deleteTableMs: number; updateTableMs: number }): Store;
    createKey(key: Item, table: Table): string;
    validateKey(key: Item, table: Table): Error | undefined | null;
    checkConditional(request: object, item: Item | undefined): Error | undefined | null;
  };
  const database: Database;
  export default database;
}

declare module "dynalite/validations/index.js" {
  type Validations = {
    checkTypes(input: object, types: object): Record<string, unknown>;
    checkValidations(input: object, types: object, custom: unknown, store: unknown): void;
  };
  const validations: Validations;
  export default validations;
}

declare module "dynalite/db/updateParser.js" {
  export type ExpressionContext = {
    attrNames?: Record<string, string>;
    attrVals?: Record<string, Record<string, unknown>>;
    unusedAttrNames: Record<string, boolean>;
    unusedAttrVals: Record<string, boolean>;
  };
  type Parser = { parse(text: string, options: { context: ExpressionContext }): unknown };
  const parser: Parser;
  export default parser;
}

declare module "dynalite/db/conditionParser.js" {
  export { default } from "dynalite/db/updateParser.js";
}
