/**
 * dynalite's store on LevelDB, with changed disk access. Writes of the same turn are written as one synced batch (group
 * commit): what was answered survives a power cut, at a fraction of the cost of single writes. Point reads are
 * synchronous (they come from LevelDB's cache, and this saves a thread switch), and range reads fetch many items at a
 * time.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import database, { type Callback, type Item, type Store, type Table, type Write } from "dynalite/db/index.js";
import { checkedValues } from "./checked-values.ts";

export type DynamoDbStore = Store & AsyncDisposable;

/** Data with a wrong checksum, which LevelDB dropped from a file, or an item that cannot be read and counts as missing. */
export type Dropped = { place: string; bytes: number; reason: string };

/** Opens the store in the folder `path`; only one process can. `onDropped` is told what was damaged and is lost. */
export async function openStore(path: string, onDropped?: (dropped: Dropped) => void): Promise<DynamoDbStore> {
  await mkdir(path, { recursive: true });
  const store = database.create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const level = store.db;
  try {
    await level.open();
  } catch (error) {
    throw new Error(`Cannot open the data of DynamoDB in "${path}": ${lockedOr(error)}`, { cause: error });
  }
  for (const dropped of await readDropped(path)) onDropped?.(dropped);
  const log = createGroupCommit(store);
  const read = createReader(store, onDropped);
  level.get = read.value;
  level.put = (key, value, done) => log.write([{ type: "put", key, value }], done);
  level.del = (key, done) => log.write([{ type: "del", key }], done);
  level.batch = log.write;
  level.createValueStream = read.values;
  rememberTables(store);
  return Object.assign(store, {
    async [Symbol.asyncDispose]() {
      await log.close();
    },
  });
}

/** LevelDB opens without the damaged data, and reports it only in its own log, which it starts afresh each time. */
async function readDropped(path: string): Promise<Dropped[]> {
  const said = await readFile(join(path, "LOG"), "utf8").catch(() => "");
  return [...said.matchAll(/\(ignoring error\) (.+): dropping (\d+) bytes; (.+)/g)].map(
    ([, place = "", bytes, reason = ""]) => ({
      place,
      bytes: Number(bytes),
      reason,
    }),
  );
}

/** Reads values; one that is damaged counts as missing, and those beside it are read. */
function createReader({ db }: Store, onDropped: ((dropped: Dropped) => void) | undefined) {
  function value(key: string, done: Callback<Item>): void {
    let item: Item | undefined;
    let failure: Error | null = null;
    try {
      item = decoded(key, db.getSync(key, { valueEncoding: "utf8" }));
    } catch (error) {
      if (isCorruption(error))
        onDropped?.({ place: `the item ${JSON.stringify(key)}`, bytes: 0, reason: String(error) });
      else failure = error instanceof Error ? error : new Error(String(error));
    }
    done(failure, item);
  }

  function values(range: object): Readable {
    const iterator = db.iterator({ ...range, valueEncoding: "utf8" });
    const readAhead = async function* () {
      try {
        for (let some = await iterator.nextv(500); some.length > 0; some = await iterator.nextv(500))
          yield* some.flatMap(([key, text]) => decoded(key, text) ?? []);
      } finally {
        await iterator.close();
      }
    };
    return Readable.from(readAhead(), { highWaterMark: 500 });
  }

  function decoded(key: string, text: string | undefined): Item | undefined {
    if (text === undefined) return undefined;
    try {
      return checkedValues.decode(text);
    } catch (error) {
      onDropped?.({ place: `the item ${JSON.stringify(key)}`, bytes: Buffer.byteLength(text), reason: String(error) });
      return undefined;
    }
  }

  return { value, values };
}

/** Looks up a table once per turn: dynalite's BatchGetItem looks it up for each item, which takes half of its time. */
function rememberTables(store: Store): void {
  const known = new Map<string, Table>();
  const getTable = store.getTable.bind(store);
  store.getTable = (name, ...rest) => {
    // A call with a second argument is for an operation on the table itself.
    const done = rest.length === 1 ? rest[0] : undefined;
    if (done === undefined) return getTable(name, ...rest);
    const table = known.get(name);
    if (table !== undefined) return done(null, table);
    getTable(name, (error, found) => {
      if (found && known.size === 0) setImmediate(() => known.clear());
      if (found) known.set(name, found);
      done(error, found);
    });
  };
}

/** Collects what is written while a batch is being written, and writes it as the next batch. */
function createGroupCommit({ db }: Store) {
  const prototype: { batch(writes: Write[], options: object): Promise<void> } = Object.getPrototypeOf(db);
  let writes: Write[] = [];
  let waiting: Callback<void>[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  function write(more: Write[], done: Callback<void>): void {
    // dynalite deletes a table in a later turn, when the store may be closed already.
    if (closed) return void done(new Error("Database is closed"));
    for (const one of more) writes.push(one);
    waiting.push(done);
    // After the current turn, so that requests that arrived together are written together.
    running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(drain);
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const [batch, callbacks] = [writes, waiting];
      writes = [];
      waiting = [];
      const error = await commit(batch);
      for (const done of callbacks) done(error);
    }
    running = undefined;
  }

  async function commit(batch: Write[]): Promise<Error | null> {
    try {
      await prototype.batch.call(db, batch, { sync: true, valueEncoding: checkedValues });
      return null;
    } catch (error) {
      await reopen();
      return new Error("Cannot write to the store of DynamoDB", { cause: error });
    }
  }

  /**
   * A failed write (a full disk) may leave half a record at the end of LevelDB's log, so the log must be read again.
   */
  async function reopen(): Promise<void> {
    if (closed) return;
    try {
      await db.close._original();
      await db.open();
    } catch {
      // There may not even be enough space to open it. Until there is, reads and writes fail.
      setTimeout(() => void reopen(), 500).unref();
    }
  }

  async function close(): Promise<void> {
    closed = true;
    await running;
    await db.close._original();
  }

  return { write, close };
}

/** LevelDB could not unpack the part of a table that has the item. */
function isCorruption(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "LEVEL_CORRUPTION";
}

function lockedOr(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "LEVEL_LOCKED" ? "another Daymark is using it" : String(cause ?? error);
}
