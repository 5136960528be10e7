/** A connection to PostgreSQL that returns every value as text, just as the server sent it. */
import { Client } from "pg";
import { to as copyTo } from "pg-copy-streams";
import { log } from "../log.ts";
import type { Database } from "../snapshot/engines/postgres-session.ts";
import { type DatabaseAddress, readAddress } from "./credentials.ts";

const CONNECT_MS = 10_000;

/**
 * Connects with TLS, to a server whose certificate is for its name. Throws for a secret in any other form, without
 * showing it.
 */
export async function connectPostgres(secret: string, address: DatabaseAddress): Promise<Database & AsyncDisposable> {
  const { host, port, database = "postgres", username, password, tls } = readAddress(secret, address, 5432);
  const client = new Client({
    host,
    port,
    database,
    user: username,
    password,
    ssl: { rejectUnauthorized: true, ...tls },
    application_name: "daymark-snapshot",
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    types: { getTypeParser: () => (text: string) => text },
  });
  // When a connection breaks, the statement running on it is rejected as well.
  client.on("error", (error) => log.warn("The connection to a database broke", { host, error }));
  await client.connect();
  return {
    query: async (text, parameters = []) =>
      (await client.query<Record<string, string | null>>(text, [...parameters])).rows,
    copy: (text) => client.query(copyTo(text, { highWaterMark: 1 << 20 })),
    [Symbol.asyncDispose]: () => client.end(),
  };
}
