/** A real Redis of Debian's package, on loopback with TLS, in a folder of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import type { FoundProgram } from "./found-program.ts";
import { freePort, makeCertificate, untilReady } from "./own-server.ts";

// The server and the tool that checks RDB files are one program, which looks at the name by which it is called.
export const redisServer = {
  path: "usr/bin/redis-check-rdb",
  packages: ["redis-tools", "libjemalloc2", "liblzf1", "libatomic1"],
} as const;

const PASSWORD = "secret of the owner";

export async function startRedis(program: FoundProgram) {
  const home = await mkdtemp(join(tmpdir(), "daymark-redis-"));
  await makeCertificate(home);
  const port = await freePort();
  const settings = {
    port: "0",
    "tls-port": String(port),
    bind: "127.0.0.1",
    "tls-cert-file": join(home, "server.crt"),
    "tls-key-file": join(home, "server.key"),
    "tls-ca-cert-file": join(home, "server.crt"),
    "tls-auth-clients": "no",
    dir: home,
    save: "",
    requirepass: PASSWORD,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn(program.path, args, { cwd: home, env: program.env, argv0: "redis-server", stdio: "ignore" });
  const gone = new Promise((resolve) => server.once("exit", resolve));
  const ca = await readFile(join(home, "server.crt"), "utf8");
  const run = async (...commands: string[]) => {
    const socket = connect({ host: "127.0.0.1", servername: "localhost", port, ca });
    await once(socket, "secureConnect");
    socket.write([`AUTH "${PASSWORD}"`, ...commands, "QUIT", ""].join("\r\n"));
    const refused = /^-.*/m.exec(await text(socket));
    if (refused) throw new Error(`Cannot run a command of Redis: ${refused[0]}`);
  };
  await untilReady(() => run("PING"));
  return {
    port,
    ca,
    home,
    owner: { username: "default", password: PASSWORD },
    /** Commands of the owner, as one would type them, all of which must work. */
    run,
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
      await gone;
      await rm(home, { recursive: true, force: true });
    },
  };
}
