/**
 * A connection to MySQL or MariaDB that passes on what the server sends as it arrives: every value as text, bytes as
 * `\x` and hexadecimal digits.
 */
import { isIP } from "node:net";
import { type Connection, createConnection, type QueryOptions, type RowDataPacket, type TypeCastField } from "mysql2";
import { log } from "../log.ts";
import type { MysqlDatabase } from "../snapshot/engines/mysql-run.ts";
import { type DatabaseAddress, readAddress } from "./credentials.ts";

const CONNECT_MS = 10_000;
/** About how many characters of rows are passed on at a time. */
const CHUNK = 1 << 18;

type Fields = (string | null)[];

/**
 * Connects with TLS, to a server whose certificate is for its name. Throws for a secret in any other form, without
 * showing it.
 */
export async function connectMysql(secret: string, address: DatabaseAddress): Promise<MysqlDatabase & Disposable> {
  const { host, port, username, password, tls } = readAddress(secret, address, 3306);
  // The driver checks a certificate only for a name, and treats "localhost" as an address.
  if (isIP(host))
    throw new TypeError(`Cannot connect to ${host}: give its name, for which its certificate can be checked`);
  const connection = createConnection({
    host,
    port,
    user: username,
    password,
    ssl: { rejectUnauthorized: true, verifyIdentity: true, ...tls },
    connectTimeout: CONNECT_MS,
    charset: "utf8mb4",
    typeCast,
    flags: ["-LOCAL_FILES"],
  });
  // A broken connection also rejects the statement that is running on it.
  connection.on("error", (error) => log.warn("The connection to a database broke", { host, error }));
  await new Promise<void>((done, fail) => connection.connect((error) => (error ? fail(error) : done())));
  return {
    query: (sql, values = [], timeout = 0) => ask(connection, { sql, values: [...values], timeout }),
    rows: (sql, timeout) => rowsOf(connection, { sql, timeout, rowsAsArray: true }),
    [Symbol.dispose]: () => connection.destroy(),
  };
}

function typeCast(field: TypeCastField): string | null {
  if (!field.name.startsWith("bytes")) return field.string("utf8");
  const bytes = field.buffer();
  return bytes === null ? null : `\\x${bytes.toString("hex")}`;
}

async function ask(connection: Connection, options: QueryOptions): Promise<Record<string, string | null>[]> {
  return await new Promise((done, fail) => {
    connection.query<(RowDataPacket & Record<string, string | null>)[]>(options, (error, rows) =>
      error ? fail(error) : done(Array.isArray(rows) ? rows : []),
    );
  });
}

/** The rows of a statement, some at a time; the server waits until they are read. */
async function* rowsOf(connection: Connection, options: QueryOptions): AsyncGenerator<Fields[]> {
  let [some, size, isFull, isOver]: [Fields[], number, boolean, boolean] = [[], 0, false, false];
  let failed: Error | undefined;
  let wake = () => {};
  const fail = (error: Error) => {
    failed = error;
    wake();
  };
  // If a statement's rows are read by a listener, the statement does not report a broken connection.
  connection.on("error", fail);
  try {
    connection
      .query(options)
      .on("result", (row: Fields) => {
        some.push(row);
        for (const field of row) size += field?.length ?? 0;
        if (size < CHUNK) return;
        isFull = true;
        connection.pause();
        wake();
      })
      .on("error", fail)
      .on("end", () => {
        isOver = true;
        wake();
      });
    while (true) {
      if (!isFull && !isOver && failed === undefined) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
      if (failed !== undefined) throw failed;
      if (some.length > 0) yield some;
      if (isOver) return;
      [some, size, isFull] = [[], 0, false];
      connection.resume();
    }
  } finally {
    connection.off("error", fail);
  }
}
