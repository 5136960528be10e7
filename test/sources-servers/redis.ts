/** A real Redis of Debian's package, on loopback with TLS, in a folder of its own. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectRedis } from "../../src/databases/redis.ts";
import { type Command, RedisError, type Reply } from "../../src/sources/redis/replies.ts";
import { debianProgram } from "./debian.ts";
import { freePort, makeCertificate, untilReady } from "./own-server.ts";

// The server and the tool that checks RDB files are one program, which looks at the name by which it is called.
export const redisProgram = () =>
  debianProgram("usr/bin/redis-check-rdb", ["redis-tools", "libjemalloc2", "liblzf1", "libatomic1"]);

export type Redis = Awaited<ReturnType<typeof startRedis>>;

const PASSWORD = "secret of the owner";

export async function startRedis() {
  const program = await redisProgram();
  if (program === undefined) throw new Error("Cannot start Redis: no package of it can be had");
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
  const secret = JSON.stringify({ username: "default", password: PASSWORD, host: "localhost", port, ca });
  await untilReady(async () => (await connectRedis(secret, {}))[Symbol.dispose]());
  const owner = await connectRedis(secret, {});
  return {
    port,
    ca,
    home,
    /** Commands of the owner, all of which must work. */
    async send(...commands: Command[]): Promise<Reply[]> {
      const replies = await owner.send(commands);
      for (const reply of replies) if (reply instanceof RedisError) throw reply;
      return replies;
    },
    async [Symbol.asyncDispose]() {
      owner[Symbol.dispose]();
      server.kill("SIGTERM");
      await gone;
      await rm(home, { recursive: true, force: true });
    },
  };
}
