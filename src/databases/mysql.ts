/** A connection to MySQL or MariaDB that hands over what it says as it says it: every value as text, bytes as `\x` and their digits. */
import { isIP } from "node:net";
import { type Connection, createConnection, type QueryOptions, type RowDataPacket, type TypeCastField } from "mysql2";
import { log } from "../log.ts";
import type { MysqlDatabase } from "../snapshot/mysql-run.ts";
import { type DatabaseAddress, readCredentials } from "./credentials.ts";

const CONNECT_MS = 10_000;
/** So many characters of rows are handed over at a time, about. */
const CHUNK = 1 << 18;

type Fields = (string | null)[];

/** Connects with TLS, to a server whose certificate is for its name. Throws for a secret of another form, which it does not show. */
export async function connectMysql(secret: string, address: DatabaseAddress): Promise<MysqlDatabase & Disposable> {
  const { username, password, ca, ...said } = readCredentials(secret);
  const host = address.host ?? said.host ?? "";
  // The driver checks a certificate for a name alone, and takes "localhost" for an address.
  if (isIP(host))
    throw new TypeError(`Cannot connect to ${host}: give its name, for which its certificate can be checked`);
  const connection = createConnection({
    host,
    port: address.port ?? said.port ?? 3306,
    user: username,
    password,
    ssl: { rejectUnauthorized: true, verifyIdentity: true, ...(ca === undefined ? {} : { ca }) },
    connectTimeout: CONNECT_MS,
    charset: "utf8mb4",
    typeCast,
    flags: ["-LOCAL_FILES"],
  });
  // A connection that breaks rejects the statement that runs on it as well.
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

/** The rows of a statement, some at a time; the server waits while they are not taken. */
async function* rowsOf(connection: Connection, options: QueryOptions): AsyncGenerator<Fields[]> {
  let [some, size, isFull, isOver]: [Fields[], number, boolean, boolean] = [[], 0, false, false];
  let failed: Error | undefined;
  let wake = () => {};
  const fail = (error: Error) => {
    failed = error;
    wake();
  };
  // A statement whose rows are listened for hears nothing of a connection that breaks.
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
