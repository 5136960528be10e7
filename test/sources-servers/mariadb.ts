/** A real MariaDB for a test, of this machine or of Debian's package. */
import { mariaDbServer, startMariaDb as start } from "../../tools/servers/mariadb.ts";
import { debianProgram, suiteProgram } from "./debian.ts";

export const mariaDbProgram = () => debianProgram(mariaDbServer);

/** The newest release, which has types that the one of this machine lacks. */
export const newestMariaDbProgram = () => suiteProgram("sid", mariaDbServer);

export async function startMariaDb() {
  const program = await mariaDbProgram();
  if (program === undefined) throw new Error("Cannot start MariaDB: no package of it can be had");
  return await start(program);
}

export async function startNewestMariaDb() {
  const program = await newestMariaDbProgram();
  if (program === undefined) throw new Error("Cannot start the newest MariaDB: no package of it can be had");
  return await start(program);
}
