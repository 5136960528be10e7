/** A real MariaDB of Debian's package, on loopback with TLS, in a folder of its own. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FoundProgram } from "./found-program.ts";
import { freePort, makeCertificate } from "./own-server.ts";
import { OWNER_PASSWORD, ownedMysql } from "./owned-mysql.ts";

export const mariaDbServer = {
  path: "usr/sbin/mariadbd",
  packages: ["mariadb-server-core", "liburing2", "libaio1", "libnuma1", "mariadb-common"],
} as const;

export async function startMariaDb(program: FoundProgram) {
  const home = await mkdtemp(join(tmpdir(), "daymark-mariadb-"));
  await makeCertificate(home);
  // Named otherwise since MariaDB 11.
  const named = existsSync(join(program.root, "usr/share/mariadb/mariadb_system_tables.sql")) ? "mariadb" : "mysql";
  const share = join(program.root, "usr/share", named);
  // A server that starts removes what others have in a folder for temporary tables that it shares with them.
  const own = [`--datadir=${join(home, "data")}`, `--tmpdir=${join(home, "temporary")}`];
  const folders = [...own, `--basedir=${join(program.root, "usr")}`, `--lc-messages-dir=${share}`];
  const user = process.getuid?.() === 0 ? ["--user=root"] : [];
  const common = ["--no-defaults", ...folders, `--character-sets-dir=${join(share, "charsets")}`, ...user];
  const start = (args: string[], stdin: "pipe" | "ignore") =>
    spawn(program.path, [...common, ...args], { cwd: home, env: program.env, stdio: [stdin, "ignore", "ignore"] });

  for (const name of ["data", "temporary"]) await mkdir(join(home, name));
  const tables = [`${named}_system_tables.sql`, `${named}_system_tables_data.sql`];
  const texts = await Promise.all(tables.map((name) => readFile(join(share, name), "utf8")));
  const owner = `CREATE USER owner@'%' IDENTIFIED BY '${OWNER_PASSWORD}' REQUIRE SSL`;
  const grants = ["FLUSH PRIVILEGES", owner, "GRANT ALL ON *.* TO owner@'%' WITH GRANT OPTION"];
  const first = ["CREATE DATABASE mysql", "USE mysql", "SET @auth_root_socket = NULL"];
  const all = [first.join(";\n"), ";", ...texts, grants.join(";\n"), ";"].join("\n");
  const bootstrap = start(["--bootstrap"], "pipe");
  bootstrap.stdin?.end(all);
  await new Promise((resolve) => bootstrap.once("exit", resolve));

  const port = await freePort();
  const ssl = [`--ssl-cert=${join(home, "server.crt")}`, `--ssl-key=${join(home, "server.key")}`];
  const socket = `--socket=${join(home, "socket")}`;
  const fast = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"];
  const server = start([`--port=${port}`, "--bind-address=127.0.0.1", socket, ...ssl, ...fast], "ignore");
  return await ownedMysql({ process: server, home, port });
}
