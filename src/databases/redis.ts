/** A connection to Redis over TLS: sends commands and returns replies, both as bytes. */
import { once } from "node:events";
import { connect } from "node:tls";
import type { RedisDatabase } from "../snapshot/engines/redis-run.ts";
import { type Command, createReplyReader, encodeCommand, RedisError, type Reply } from "../sources/redis/replies.ts";
import { type DatabaseAddress, readAddress } from "./credentials.ts";

const CONNECT_MS = 10_000;
/** A server that is silent for this long is considered gone. */
const SILENCE_MS = 60_000;

/**
 * Connects to a server whose certificate is for its name, and logs in. Throws for a secret in any other form, without
 * showing it.
 */
export async function connectRedis(secret: string, address: DatabaseAddress): Promise<RedisDatabase & Disposable> {
  const { host, port, username, password, tls } = readAddress(secret, address, 6379);
  const socket = connect({ host, port, ...tls });
  socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error(`Cannot go on: ${host} does not answer`)));
  await once(socket, "secureConnect");
  socket.setTimeout(SILENCE_MS).setNoDelay();
  const read = createReplyReader();
  let replies: Reply[] = [];
  let waiting: { count: number; done(replies: Reply[]): void; fail(error: unknown): void } | undefined;
  socket.on("data", (chunk: Buffer) => {
    try {
      replies.push(...read(chunk));
    } catch (error) {
      socket.destroy(error instanceof Error ? error : undefined);
    }
    if (waiting !== undefined && replies.length >= waiting.count) waiting.done(replies);
  });
  let broken: Error | undefined;
  const fail = (error: Error) => {
    broken ??= error;
    waiting?.fail(broken);
  };
  socket.on("error", fail);
  socket.on("close", () => fail(new Error(`The connection to ${host} is closed`)));
  const send = async (commands: readonly Command[]): Promise<Reply[]> => {
    if (broken !== undefined) throw broken;
    if (commands.length === 0) return [];
    replies = [];
    const answered = new Promise<Reply[]>((done, fail) => {
      waiting = { count: commands.length, done, fail };
    });
    socket.write(Buffer.concat(commands.map(encodeCommand)));
    return await answered;
  };
  const [login] = await send([["AUTH", username, password]]);
  // The error's message may contain the user name.
  if (login instanceof RedisError) {
    socket.destroy();
    throw new Error(`Cannot log in to ${host}: ${login.message.split(" ")[0]}`);
  }
  return { send, [Symbol.dispose]: () => void socket.destroy() };
}
