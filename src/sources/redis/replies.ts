/**
 * Commands to Redis and its replies, as bytes (RESP 2). Values are bytes throughout: nothing is decoded here.
 * https://redis.io/docs/latest/develop/reference/protocol-spec/
 */

/** An error reply to a command, such as `NOPERM …`. */
export class RedisError extends Error {
  override readonly name = "RedisError";
}
export type Reply = Buffer | number | null | RedisError | Reply[];
export type Command = readonly (string | Buffer)[];

export function encodeCommand(command: Command): Buffer {
  const words = command.map((word) => (typeof word === "string" ? Buffer.from(word) : word));
  const parts = words.flatMap((word) => [Buffer.from(`$${word.length}\r\n`), word, Buffer.from("\r\n")]);
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]);
}

/** A function that takes chunks of bytes and returns the complete replies. Throws an Error for invalid bytes. */
export function createReplyReader(): (chunk: Buffer) => Reply[] {
  let chunks: Buffer[] = [];
  let [size, needed] = [0, 1];
  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    // A long value arrives in many chunks, which are joined only once.
    if (size < needed) return [];
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
    const replies: Reply[] = [];
    let at = 0;
    needed = 1;
    while (at < bytes.length) {
      const read = readReply(bytes, at);
      if (typeof read === "number") {
        needed = read - at;
        break;
      }
      replies.push(read.reply);
      at = read.end;
    }
    chunks = at < bytes.length ? [bytes.subarray(at)] : [];
    size = bytes.length - at;
    return replies;
  };
}

/** A reply and where it ends, or, if it is incomplete, the earliest position at which it can end. */
function readReply(bytes: Buffer, start: number): { reply: Reply; end: number } | number {
  const line = bytes.indexOf("\r\n", start, "latin1");
  if (line < 0) return bytes.length + 1;
  const text = bytes.toString("latin1", start + 1, line);
  const end = line + 2;
  switch (bytes[start]) {
    case 0x2b: // +
      return { reply: Buffer.from(text, "latin1"), end };
    case 0x2d: // -
      return { reply: new RedisError(text), end };
    case 0x3a: // :
      return { reply: Number(text), end };
    case 0x24: // $
      return readBulk(bytes, end, Number(text));
    case 0x2a: // *
      return readArray(bytes, end, Number(text));
  }
  throw new Error(`Cannot read a reply of Redis: it begins with byte ${bytes[start]}`);
}

function readBulk(bytes: Buffer, start: number, length: number) {
  if (length < 0) return { reply: null, end: start };
  const end = start + length + 2;
  return end > bytes.length ? end : { reply: bytes.subarray(start, end - 2), end };
}

function readArray(bytes: Buffer, start: number, length: number) {
  if (length < 0) return { reply: null, end: start };
  const reply: Reply[] = [];
  let end = start;
  for (let i = 0; i < length; i++) {
    const read = readReply(bytes, end);
    if (typeof read === "number") return read;
    reply.push(read.reply);
    end = read.end;
  }
  return { reply, end };
}
