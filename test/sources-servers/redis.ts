/** A real Redis or Valkey for a test, of this machine or of Debian's packages, with a connection of its owner. */
import { connectRedis } from "../../src/databases/redis.ts";
import { type Command, RedisError, type Reply } from "../../src/sources/redis/replies.ts";
import type { FoundProgram } from "../../tools/servers/found-program.ts";
import { redisServer, startRedis as start } from "../../tools/servers/redis.ts";
import { debianProgram, suiteProgram } from "./debian.ts";

export const redisProgram = () => debianProgram(redisServer);
/** Its newest release; the Debian of this machine may have none. */
export const valkeyProgram = () => suiteProgram("sid", { path: "usr/bin/valkey-server", packages: ["valkey-server"] });

export type Redis = Awaited<ReturnType<typeof startRedis>>;

export async function startRedis() {
  const program = await redisProgram();
  if (program === undefined) throw new Error("Cannot start Redis: no package of it can be had");
  return await startProgram(program);
}

export async function startValkey() {
  const program = await valkeyProgram();
  if (program === undefined) throw new Error("Cannot start Valkey: no package of it can be had");
  return await startProgram(program);
}

async function startProgram(program: FoundProgram) {
  const server = await start(program);
  const { port, ca, home } = server;
  const owner = await connectRedis(JSON.stringify({ ...server.owner, host: "localhost", port, ca }), {});
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
      await server[Symbol.asyncDispose]();
    },
  };
}
