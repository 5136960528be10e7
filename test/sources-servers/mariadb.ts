/** A real MariaDB for a test, of this machine or of Debian's package. */
import { mariaDbServer, startMariaDb as start } from "../../tools/servers/mariadb.ts";
import { debianProgram } from "./debian.ts";

export const mariaDbProgram = () => debianProgram(mariaDbServer);

export type MariaDb = Awaited<ReturnType<typeof startMariaDb>>;

export async function startMariaDb() {
  const program = await mariaDbProgram();
  if (program === undefined) throw new Error("Cannot start MariaDB: no package of it can be had");
  return await start(program);
}
