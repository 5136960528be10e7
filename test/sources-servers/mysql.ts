/** A real MySQL of Debian's newest packages, on loopback with TLS, in a folder of its own. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, makeCertificate } from "../../tools/servers/own-server.ts";
import { OWNER_PASSWORD, ownedMysql } from "../../tools/servers/owned-mysql.ts";
import { suiteProgram } from "./debian.ts";

/** The suites before it have MariaDB alone. */
export const mySqlProgram = () => suiteProgram("sid", { path: "usr/sbin/mysqld", packages: ["mysql-server-core"] });

export async function startMySql() {
  const program = await mySqlProgram();
  if (program === undefined) throw new Error("Cannot start MySQL: no package of it can be had");
  const home = await mkdtemp(join(tmpdir(), "daymark-mysql-"));
  await makeCertificate(home);
  await mkdir(join(home, "temporary"));
  const data = [`--datadir=${join(home, "data")}`, `--tmpdir=${join(home, "temporary")}`];
  const folders = [`--basedir=${join(program.root, "usr")}`, ...data];
  const messages = `--lc-messages-dir=${join(program.root, "usr/share/mysql")}`;
  const user = process.getuid?.() === 0 ? ["--user=root"] : [];
  const fast = ["--innodb-doublewrite=OFF", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"];
  const common = ["--no-defaults", ...folders, messages, ...user, ...fast, "--secure-file-priv=NULL", "--mysqlx=OFF"];
  const start = (...args: string[]) => spawn(program.path, [...common, ...args], { cwd: home, stdio: "ignore" });

  const first = join(home, "first.sql");
  const grant = "GRANT ALL ON *.* TO owner@'%' WITH GRANT OPTION";
  await writeFile(first, `CREATE USER owner@'%' IDENTIFIED BY '${OWNER_PASSWORD}' REQUIRE SSL;\n${grant};\n`);
  const initialized = start("--initialize-insecure", `--init-file=${first}`);
  await new Promise((resolve) => initialized.once("exit", resolve));

  const port = await freePort();
  const ssl = [`--ssl-cert=${join(home, "server.crt")}`, `--ssl-key=${join(home, "server.key")}`];
  const place = [`--port=${port}`, "--bind-address=127.0.0.1", `--socket=${join(home, "socket")}`];
  const server = start(...place, ...ssl, `--pid-file=${join(home, "data/pid")}`);
  // However the tests end, the server does not go on without them.
  process.once("exit", () => server.kill("SIGKILL"));
  return await ownedMysql({ process: server, home, port }, 60);
}
