/**
 * A real PostgreSQL from this machine's packages, on loopback with TLS, in its own folder; started as a user other than
 * root, whom PostgreSQL refuses.
 */
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { freePort, makeCertificate, untilReady } from "./own-server.ts";

const run = promisify(execFile);
const NOBODY = 65534;
const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** The folder with the programs of the newest PostgreSQL, or undefined. */
export async function postgresPrograms(): Promise<string | undefined> {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? (await readdir(root)).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, "bin")).find((folder) => existsSync(join(folder, "initdb")));
}

export type Postgres = Awaited<ReturnType<typeof startPostgres>>;

export async function startPostgres() {
  const programs = await postgresPrograms();
  if (programs === undefined) throw new Error("Cannot start PostgreSQL: no package of it is installed");
  const home = await mkdtemp(join(tmpdir(), "daymark-postgres-"));
  await writeFile(join(home, "password"), "secret of the owner");
  await makeCertificate(home);
  for (const name of [".", "password", "server.key", "server.crt"])
    if (user.uid) await chown(join(home, name), NOBODY, NOBODY);
  const data = join(home, "data");
  const initdb = ["-D", data, "-U", "owner", "-E", "UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "-N"];
  await run(join(programs, "initdb"), [...initdb, `--pwfile=${join(home, "password")}`], { ...user, cwd: home });
  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    fsync: "off",
    ssl: "on",
    ssl_cert_file: join(home, "server.crt"),
    ssl_key_file: join(home, "server.key"),
    log_min_messages: "fatal",
  };
  const args = ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
  const server = spawn(join(programs, "postgres"), args, { ...user, cwd: home, stdio: "ignore" });
  const gone = new Promise((resolve) => server.once("exit", resolve));
  const ca = await readFile(join(home, "server.crt"), "utf8");
  const ssl = { ca, servername: "localhost" };
  const owner = { host: "127.0.0.1", port, user: "owner", password: "secret of the owner", database: "postgres", ssl };
  await untilReady(async () => {
    const client = new pg.Client(owner);
    await client.connect();
    await client.end();
  });
  return {
    port,
    ca,
    owner,
    /** A connection as the owner. */
    async connect(): Promise<pg.Client> {
      const client = new pg.Client(owner);
      await client.connect();
      return client;
    },
    async [Symbol.asyncDispose]() {
      server.kill("SIGINT");
      await gone;
      await rm(home, { recursive: true, force: true });
    },
  };
}
