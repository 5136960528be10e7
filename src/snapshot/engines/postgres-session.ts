/**
 * A PostgreSQL transaction that sees the instant of a run. The first holder of a run opens it; each later one joins it
 * while the one before still holds it, so it outlives each of them.
 * https://www.postgresql.org/docs/current/sql-set-transaction.html
 */
import { hash } from "node:crypto";
import type { SnapshotSource } from "../../schemas/snapshot-source.ts";
import * as sql from "../../sources/postgres/statements.ts";
import { refuseWriter } from "./refuse-writer.ts";

type Row = Record<string, string | null>;
/** A connection. Values are texts; `copy` must be read to its end before the next statement. */
export type Database = {
  query(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  copy(text: string): AsyncIterable<Buffer>;
};

/** The snapshot to join is gone, along with its holder. */
export class SnapshotGone extends Error {
  override readonly name = "SnapshotGone";
}

/**
 * Sets up the session, and refuses databases that must not be read like this. If this invocation was killed before, the
 * server may not know yet that the connection of that time is gone, and with it its locks.
 */
export async function openSession(db: Database, settings: SnapshotSource, invocation: string): Promise<void> {
  const name = `daymark-snapshot ${invocation}`;
  const session = Object.entries({ ...sql.sessionSettings, application_name: name });
  await db.query(sql.setSession, [session.map(([name]) => name), session.map(([, value]) => value)]);
  await endOthers(db, name);
  const [encoding] = await db.query("SHOW server_encoding");
  // Their texts may be in any encoding, and nobody knows in which.
  if (encoding?.server_encoding === "SQL_ASCII")
    throw new Error(`Cannot take a snapshot of ${settings.source}: its texts have no encoding (SQL_ASCII)`);
  const [writable] = await db.query(sql.findWritable);
  refuseWriter(settings, writable && `its role may write ${writable.what}`);
}

/** Ends connections of this name, and waits until they are gone, and their locks with them. */
async function endOthers(db: Database, name: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await db.query(sql.endOthers, [name])).length === 0) return;
    await db.query(sql.pause);
  }
  throw new Error(`Cannot end the connections of ${name}, which was killed`);
}

/** Opens the first transaction of a run, locks its tables, and returns its instant in epoch ms. */
export async function openSnapshot(db: Database, tables: readonly string[]): Promise<{ at: number; found: Row[] }> {
  // A partition added between the two queries is not locked; then this tries again.
  for (let tries = 0; tries < 3; tries++) {
    const before = await db.query(sql.findTables, [tables]);
    await db.query(sql.begin);
    await db.query(sql.lockTables(lockable(before)));
    const [seen] = await db.query(sql.instant);
    const found = await db.query(sql.findTables, [tables]);
    if (namesOf(found) === namesOf(before)) return { at: Number(seen?.at), found };
    await db.query("ROLLBACK");
  }
  throw new Error("Cannot lock the tables of a snapshot: their partitions change all the time");
}

/** Joins the snapshot of the previous holder, and locks the tables before that one lets go. Throws a SnapshotGone. */
export async function joinSnapshot(db: Database, id: string, tables: readonly Row[]): Promise<void> {
  await db.query(sql.begin);
  try {
    await db.query(sql.importSnapshot(id));
  } catch (cause) {
    throw new SnapshotGone(`Cannot join the snapshot ${id}: whoever held it is gone`, { cause });
  }
  await db.query(sql.lockTables(lockable(tables)));
}

/** An id under which others may join this transaction's snapshot while the transaction is open. */
export async function exportSnapshot(db: Database): Promise<string> {
  const [row] = await db.query(sql.exportSnapshot);
  return row?.id ?? "";
}

/** A holder of a run. The database itself knows the holders, by locks that go with their connections. */
export type Holder = { source: string; run: string; holder: number };

/** Marks the holder of a run; false if somebody already is that holder. */
export async function claim(db: Database, holder: Holder): Promise<boolean> {
  const [row] = await db.query(sql.tryLock, [sourceKey(holder.source), holderKey(holder)]);
  return row?.taken === "t";
}

/** Whether a holder has begun. */
export async function isClaimed(db: Database, holder: Holder): Promise<boolean> {
  const rows = await db.query(sql.findLocks, [sourceKey(holder.source)]);
  return rows.some(({ key }) => key === String(holderKey(holder)));
}

/** Claims the right to begin a run; false if a run is going on. */
export async function claimBeginning(db: Database, source: string): Promise<boolean> {
  const rows = await db.query(sql.findLocks, [sourceKey(source)]);
  if (rows.length > 0) return false;
  const [row] = await db.query(sql.tryLock, [sourceKey(source), 0]);
  return row?.taken === "t";
}

function sourceKey(source: string): number {
  return keyOf(`source ${source}`);
}

function holderKey({ run, holder }: Holder): number {
  return keyOf(`run ${run} ${holder}`);
}

/** 28 bits, so that the number is not negative in PostgreSQL. */
function keyOf(text: string): number {
  return Number.parseInt(hash("sha256", `daymark ${text}`, "hex").slice(0, 7), 16);
}

function namesOf(rows: readonly Row[]): string {
  return rows.map(({ table, schema, relation }) => `${table} ${schema} ${relation}`).join("\n");
}

/** Foreign tables and materialized views take no lock. */
function lockable(rows: readonly Row[]): { schema: string; relation: string }[] {
  return rows
    .map(({ table, schema, relation, kind }) => {
      if (schema == null || relation == null)
        throw new Error(`Cannot take a snapshot of table ${table}: it is not there, or its role may not see it`);
      return { schema, relation, kind };
    })
    .filter(({ kind }) => kind === "r" || kind === "v");
}
