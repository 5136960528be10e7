/** A MariaDB or a MySQL of one's own, once its process runs: connections of its owner, over TLS, and its end. */
import type { ChildProcess } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";
import { untilReady } from "./own-server.ts";

/** Of the user `owner`, whom the server's first start has to make. */
export const OWNER_PASSWORD = "secret of the owner";

/** Resolves when the server takes connections, for which it has `seconds`. It is removed with its folder `home`. */
export async function ownedMysql(
  { process, home, port }: { process: ChildProcess; home: string; port: number },
  seconds?: number,
) {
  const gone = new Promise((resolve) => process.once("exit", resolve));
  const ca = await readFile(join(home, "server.crt"), "utf8");
  const connect = (): Promise<Connection> =>
    createConnection({
      host: "localhost",
      port,
      user: "owner",
      password: OWNER_PASSWORD,
      ssl: { ca },
      charset: "utf8mb4",
      multipleStatements: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
    });
  await untilReady(async () => (await connect()).end(), seconds);
  return {
    port,
    ca,
    home,
    /** A connection of the owner. */
    connect,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await gone;
      await rm(home, { recursive: true, force: true });
    },
  };
}
